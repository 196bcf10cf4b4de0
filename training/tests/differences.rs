//! The gradient of every model, compared with differences of the loss.

use backend::{Backend, CrossEntropy};
use ndarray::{Array2, array};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use scalar::Scalar;
use training::{LanguageModel, Linear, Model, Network, row_major};

/// The step of a difference: rounding in f32 gives it an error of about 1e-7 / STEP, and
/// the curvature gives it one of about STEP squared.
const STEP: f32 = 4e-3;
const NEAR: f64 = 2e-4;

fn loss_of<M: Model>(model: &M, inputs: &Array2<M::Input>, labels: &[usize]) -> f64 {
    let (logits, _) = model.forward(inputs);
    let loss = CrossEntropy::default();
    let batch = loss.batch(row_major(&logits), labels, logits.ncols());
    f64::from(Scalar.forward(&batch.expect("labels fit the logits")))
}

fn assert_gradient<M: Model>(model: &M, inputs: &Array2<M::Input>, labels: &[usize]) {
    let (logits, kept) = model.forward(inputs);
    let mut by_logits = Array2::zeros(logits.dim());
    let loss = CrossEntropy::default();
    let batch = loss.batch(row_major(&logits), labels, logits.ncols());
    let batch = batch.expect("labels fit the logits");
    let grad = by_logits.as_slice_mut().expect("a new array is row-major");
    Scalar.backward(batch.grad_out(grad).expect("the buffer has its length"));
    let gradient = model.backward(inputs, &kept, &by_logits);

    for (part, slopes) in gradient.weights().into_iter().enumerate() {
        for (i, &slope) in slopes.iter().enumerate() {
            let at = |step: f32| {
                let mut model = model.clone();
                model.weights_mut()[part][i] += step;
                loss_of(&model, inputs, labels)
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * f64::from(STEP));
            let error = (f64::from(slope) - difference).abs();
            assert!(error <= NEAR, "weight {i} of {part}: {slope}, not {difference}");
        }
    }
}

fn generator() -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(1)
}

#[test]
fn of_a_linear_layer() {
    let inputs = array![[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]];
    assert_gradient(&Linear::random(3, 4, &mut generator()), &inputs, &[3, 1]);
}

/// A running sum of `f32` stops growing long before the last of these rows.
#[test]
fn the_bias_of_a_linear_layer_counts_every_row() {
    const ROWS: usize = 1 << 20;
    let gradient = Linear::gradient(
        &Array2::ones((ROWS, 1)),
        &Array2::from_elem((ROWS, 2), 1.0 / 3.0),
    );
    let exact = ROWS as f32 * (1.0 / 3.0);
    assert_eq!(gradient.bias.to_vec(), [exact, exact]);
}

/// No hidden unit is so near its bend that the step crosses it.
#[test]
fn of_a_network() {
    let inputs = array![[0.5, -1.0, 2.0], [1.0, 0.25, -0.5], [0.0, 1.5, 1.0]];
    let model = Network::random(3, 5, 4, &mut generator());
    let outputs = model.hidden.outputs(&inputs);
    assert!(outputs.iter().all(|x| x.abs() > 2.0 * STEP), "{outputs}");
    assert!(outputs.iter().any(|&x| x < 0.0) && outputs.iter().any(|&x| x > 0.0));
    assert_gradient(&model, &inputs, &[3, 1, 0]);
}

/// One word occurs twice in a context, and in two contexts.
#[test]
fn of_a_language_model() {
    let contexts = array![[0, 0], [0, 2], [3, 1]];
    let model = LanguageModel::random(5, 2, 3, 4, &mut generator());
    assert_gradient(&model, &contexts, &[1, 4, 2]);
}
