//! What is a loss for? You have 1,797 handwritten digits, 8 x 8 pixels each, and a linear
//! classifier that learns to read them by stochastic gradient descent. Write all of it
//! except the loss:
//!
//! - `logits` are X W' + b.
//! - `loss_and_gradient` makes a batch of these logits, calls the backend's
//!   `forward_backward`, and makes the model's gradient from G, the gradient with respect
//!   to the logits: dW = G' X, and db is the sum of G over its rows.
//! - `step` subtracts rate times the gradient from the model.
//! - `epoch` takes a step for every `ROWS_PER_STEP` examples, in the given order, at the
//!   given `RATE`.
//!
//! The caller chooses the backend, so your code can't depend on how it works. The checks
//! train with all three stages and expect one curve, that of the same training in f64.
//! Your own backend would do as well. `Batch::new` makes a batch, and `grad_out(&mut
//! grad)` joins it with the buffer that the backend fills. You're given `row_after_row`,
//! since a `Batch` is made of a slice. `ndarray` has `select`, `dot`, `sum_axis`,
//! `scaled_add` and `from_shape_vec`, which makes rows of a `Vec`. A prime, as in G',
//! means a transposed matrix.

#[path = "../src/e24_it_trains.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e24_it_trains;

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use batched::Batched;
use conformance::random::Random;
use e24_it_trains::{
    Linear, RATE, ROWS_PER_STEP, epoch, logits, loss_and_gradient, step,
};
use exercises::lesson;
use ndarray::{Array1, Array2, Axis, array};
use scalar::Scalar;
use training::{Examples, digits};
use vectorized::Vectorized;

/// Of a loss, against the same training in `f64`: the roundings of `f32`, 6e-8 each, in the
/// products of a few hundred steps.
const ROUNDING: f64 = 1e-5;

#[test]
fn logits_are_weighted_sums_and_a_bias() {
    let weights = array![[1.0, 2.0], [3.0, 5.0], [-1.0, 0.0]];
    let model = Linear { weights, bias: array![0.5, -1.0, 0.0] };
    let inputs = array![[1.0, 10.0], [2.0, 0.0]];
    let lesson = lesson("layer", "not X W' + b: which rows meet which columns?");
    let got = lesson.returns("N = 2, D = 2, C = 3", || logits(&model, &inputs));
    lesson.equal("N = 2, D = 2, C = 3: shape", got.dim(), (2, 3));
    let got: Vec<f32> = got.iter().copied().collect();
    let expected = [21.5, 52.0, -1.0, 2.5, 5.0, -2.0];
    lesson.all_near("N = 2, D = 2, C = 3", &got, &expected, 0.0);
}

#[test]
fn the_first_gradient_is_known() {
    let digits = digits::embedded();
    let model = Linear::zeros(digits::PIXELS, digits::CLASSES);
    let (loss, gradient) =
        loss_and_gradient(&Scalar, &model, &digits.inputs, &digits.labels).unwrap();
    let rows = digits.len() as f64;
    let guess = lesson("surprise", "a loss that doesn't start at ln C");
    guess.near("all digits, all logits 0: loss", loss, 10.0_f64.ln(), 1e-6);

    // All p are 1/10, so p - y is 1/10 for every row and less 1 for those of the class.
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / rows;
    let bias = lesson("layer", "db isn't the sum of G over its N rows");
    bias.equal("all digits: how many numbers db has", gradient.bias.len(), 10);
    let weights = lesson("layer", "dW isn't G' X");
    for class in 0..digits::CLASSES {
        let is_class = |&y: &usize| f64::from(u8::from(y == class));
        let p_minus_y: Vec<f64> =
            digits.labels.iter().map(|y| 0.1 - is_class(y)).collect();
        let input = format!("all digits, all logits 0: db of class {class}");
        bias.near(input, gradient.bias[class], mean(&p_minus_y), 1e-6);
        for pixel in [2, 27, 61] {
            let x = digits.inputs.column(pixel);
            let terms: Vec<f64> =
                p_minus_y.iter().zip(x).map(|(g, &x)| g * f64::from(x)).collect();
            let dw = format!("dW of class {class}, pixel {pixel}");
            let input = format!("all digits, all logits 0: {dw}");
            weights.near(input, gradient.weights[[class, pixel]], mean(&terms), 1e-6);
        }
    }
}

#[test]
fn a_step_goes_against_the_gradient() {
    let mut model = Linear { weights: array![[1.0, -1.0]], bias: array![2.0] };
    let gradient = Linear { weights: array![[4.0, 0.0]], bias: array![-2.0] };
    step(&mut model, &gradient, 0.25);
    let input = "weights 1, -1 and bias 2, gradient 4, 0 and -2, rate 0.25";
    let got: Vec<f32> = model.weights.iter().chain(&model.bias).copied().collect();
    let lesson = lesson("p-minus-y", "not the model less rate times the gradient");
    lesson.all_near(input, &got, &[0.0, -1.0, 2.5], 0.0);
}

/// A run that a tutorial prints: one row, 51 steps, weights and bias both in motion.
#[test]
fn a_published_run_comes_out_again() {
    let lesson = lesson("training", "weights or bias move differently");
    let mut model = Linear::zeros(3, 3);
    model.weights.column_mut(0).assign(&array![-1.129_986, 1.843_283_2, -0.886_512_46]);
    let inputs = array![[1.0, 0.0, 0.0]];
    let mut losses = vec![];
    for _ in 0..51 {
        let (loss, gradient) = loss_and_gradient(&Scalar, &model, &inputs, &[2]).unwrap();
        losses.push(loss);
        step(&mut model, &gradient, 0.1);
    }
    let printed = [2.8399, 0.6802, 0.2603, 0.1513, 0.1052, 0.0803];
    for (number, printed) in [0, 10, 20, 30, 40, 50].into_iter().zip(printed) {
        // To the digits that are printed.
        lesson.near(format!("loss before step {number}"), losses[number], printed, 5e-5);
    }
    let scores: Vec<f32> = logits(&model, &inputs).iter().copied().collect();
    let printed = [-1.596_386_2, -0.714_629, 2.137_798_5];
    lesson.all_near("logits after 51 steps", &scores, &printed, 5e-6);
}

#[test]
fn every_example_is_seen_with_its_own_label() {
    let digits = digits::embedded();
    let order = shuffled(digits.len(), 24);
    let mut model = Linear::zeros(digits::PIXELS, digits::CLASSES);
    let losses = epoch(&Scalar, &mut model, &digits.inputs, &digits.labels, &order);
    let losses = losses.unwrap();
    let steps = digits.len().div_ceil(ROWS_PER_STEP);
    let last = lesson("training", "not a step for every ROWS_PER_STEP examples");
    last.equal("1797 digits, 32 a step: how many steps", losses.len(), steps);
    let curve = lesson(
        "training",
        "not the steps that RATE and the examples in the order of `order` give",
    );
    let mut reference = Reference::new(RATE);
    let expected = reference.epoch(&digits, &order);
    for (number, (&loss, &expected)) in losses.iter().zip(&expected).enumerate() {
        curve.near(format!("loss before step {number}"), loss, expected, ROUNDING);
    }
}

#[test]
fn one_curve_with_every_backend() {
    let digits = digits::embedded();
    let lesson =
        lesson("training", "something that isn't the backend's: rows, rate or order");
    let stages: [&dyn Backend; 3] =
        [&Scalar, &Vectorized::default(), &Batched::default()];
    for backend in stages {
        let mut model = Linear::zeros(digits::PIXELS, digits::CLASSES);
        let mut reference = Reference::new(RATE);
        for number in 0..4 {
            let order = shuffled(digits.len(), number);
            let (inputs, labels) = (&digits.inputs, &digits.labels);
            let losses = epoch(backend, &mut model, inputs, labels, &order).unwrap();
            let expected = reference.epoch(&digits, &order);
            let input = format!("{}, epoch {number}: loss of a step", backend.name());
            lesson.all_near(input, &losses, &expected, ROUNDING);
        }
    }
}

#[test]
fn the_gradient_is_the_backends() {
    let lesson = lesson(
        "training",
        "the gradient doesn't come from the backend that was given: a wrong one has to show \
         in the curve",
    );
    let digits = digits::embedded();
    let mut model = Linear::zeros(digits::PIXELS, digits::CLASSES);
    let order: Vec<usize> = (0..digits.len()).collect();
    let losses = epoch(&Half, &mut model, &digits.inputs, &digits.labels, &order);
    // Half the gradient is half the rate.
    let expected = Reference::new(RATE / 2.0).epoch(&digits, &order);
    let input = "a backend with half the gradient: loss of a step";
    lesson.all_near(input, &losses.unwrap(), &expected, ROUNDING);
}

#[test]
fn it_reads_digits_that_it_has_not_seen() {
    let lesson = lesson("training", "a model that doesn't learn");
    let (train, test) = digits::embedded().split(1);
    let mut model = Linear::zeros(digits::PIXELS, digits::CLASSES);
    for number in 0..10 {
        let order = shuffled(train.len(), number);
        epoch(&Scalar, &mut model, &train.inputs, &train.labels, &order).unwrap();
    }
    let z: Vec<f32> = logits(&model, &test.inputs).iter().copied().collect();
    let batch = Batch::new(&z, &test.labels, digits::CLASSES).unwrap();
    let share = backend::accuracy(&batch).unwrap();
    let input =
        "10 epochs on four fifths of the digits: share of the others it gets right";
    lesson.holds(input, share, "at least 0.9", share >= 0.9);
}

/// A backend with half the gradient: what is wrong must not be repaired by accident.
struct Half;

impl Backend for Half {
    fn name(&self) -> &str {
        "half the gradient"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        Scalar.softmax(out);
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        Scalar.log_softmax(out);
    }

    fn losses(&self, out: LossesOut<'_>) {
        Scalar.losses(out);
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        Scalar.sum_of_losses(batch)
    }

    fn backward(&self, out: GradOut<'_>) {
        let (batch, grad) = out.into_parts();
        Scalar.backward(batch.grad_out(grad).expect("it has its length"));
        grad.iter_mut().for_each(|g| *g /= 2.0);
    }
}

/// The same training in `f64`, by the formula: these logits are small enough for it.
struct Reference {
    weights: Array2<f64>,
    bias: Array1<f64>,
    rate: f64,
}

impl Reference {
    fn new(rate: f32) -> Self {
        let weights = Array2::zeros((digits::CLASSES, digits::PIXELS));
        Reference { weights, bias: Array1::zeros(digits::CLASSES), rate: f64::from(rate) }
    }

    fn epoch(&mut self, examples: &Examples<f32>, order: &[usize]) -> Vec<f64> {
        order
            .chunks(ROWS_PER_STEP)
            .map(|rows| self.step(&examples.select(rows)))
            .collect()
    }

    fn step(&mut self, examples: &Examples<f32>) -> f64 {
        let x = examples.inputs.mapv(f64::from);
        let mut g = x.dot(&self.weights.t()) + &self.bias;
        let (rows, mut loss) = (examples.len() as f64, 0.0);
        for (mut z, &label) in g.rows_mut().into_iter().zip(&examples.labels) {
            let lse = z.mapv(f64::exp).sum().ln();
            loss += (lse - z[label]) / rows;
            z.mapv_inplace(|z_k| (z_k - lse).exp() / rows);
            z[label] -= 1.0 / rows;
        }
        self.weights.scaled_add(-self.rate, &g.t().dot(&x));
        self.bias.scaled_add(-self.rate, &g.sum_axis(Axis(0)));
        loss
    }
}

/// The numbers below `count` in an order that the seed fixes.
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let keys = Random::new(seed).units(count);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
    order
}
