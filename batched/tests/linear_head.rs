//! The head that holds no logits, against the same results computed from all logits.

use backend::{Backend, CrossEntropy, Error, Reduction, Targets};
use batched::linear_head::{BLOCK_ROWS, HeadGrads, LinearHead, Schedule};
use batched::{ArrayError, Batched};
use conformance::random::Random;
use ndarray::{Array1, Array2, Axis, ShapeBuilder};

/// The schedules to test, some of which don't divide the classes or the rows.
const SCHEDULES: [Schedule; 5] = [
    Schedule::Rows(256),
    Schedule::Rows(7),
    Schedule::Vocabulary(512),
    Schedule::Vocabulary(64),
    Schedule::Vocabulary(1),
];

struct Inputs {
    hidden: Array2<f32>,
    weights: Array2<f32>,
    bias: Array1<f32>,
}

impl Inputs {
    fn new(rows: usize, depth: usize, classes: usize) -> Self {
        let mut random = Random::new(80);
        let mut array = |rows, columns| {
            let values = random.normals(rows * columns, 1.0);
            Array2::from_shape_vec((rows, columns), values).expect("as many")
        };
        let (hidden, weights) = (array(rows, depth), array(classes, depth));
        let bias = array(classes, 1).remove_axis(Axis(1));
        Inputs { hidden, weights, bias }
    }

    fn head(&self) -> LinearHead<'_> {
        let head = LinearHead::new(self.hidden.view(), self.weights.view());
        head.and_then(|head| head.with_bias(self.bias.view())).expect("they agree")
    }

    /// Returns the loss and the gradients, computed from all logits.
    fn unfused(&self, loss: &CrossEntropy, targets: Targets<'_>) -> (f32, HeadGrads) {
        let logits = self.hidden.dot(&self.weights.t()) + &self.bias;
        let mut grad = Array2::zeros(logits.dim());
        let value = Batched::default()
            .loss_and_grad(loss, logits.view(), targets, grad.view_mut())
            .expect("they agree");
        let grads = HeadGrads {
            hidden: grad.dot(&self.weights),
            weights: grad.t().dot(&self.hidden),
            bias: Some(grad.mapv(f64::from).sum_axis(Axis(0)).mapv(|g| g as f32)),
        };
        (value, grads)
    }
}

/// Accepts errors up to 2e-6 of the largest entry, from `f32` products in a different order.
fn assert_near(got: &[f32], expected: &[f32], what: &str) {
    let size = expected.iter().fold(0.0_f32, |size, x| size.max(x.abs()));
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let near = (got - expected).abs() <= 2e-6 * size;
        assert!(near, "{what}[{i}]: {got}, not {expected}, of {size}");
    }
}

fn assert_agrees(inputs: &Inputs, loss: &CrossEntropy, targets: Targets<'_>) {
    let (value, expected) = inputs.unfused(loss, targets);
    let head = inputs.head();
    let backend = Batched::with_threads(2).expect("two threads");
    for schedule in SCHEDULES {
        let mut grads = head.zero_grads();
        grads.hidden.fill(7.0);
        grads.weights.fill(7.0);
        let got = backend
            .head_loss_and_grads(loss, &head, targets, schedule, &mut grads)
            .expect("they agree");
        let forward = backend.head_loss(loss, &head, targets, schedule);
        assert_eq!(forward.expect("they agree").to_bits(), got.to_bits());
        assert_near(&[got], &[value], &format!("{schedule:?}: loss"));
        let pairs =
            [(&grads.hidden, &expected.hidden), (&grads.weights, &expected.weights)];
        for (got, expected) in pairs {
            let slices = (got.as_slice(), expected.as_standard_layout());
            let (Some(got), expected) = slices else { panic!("zero_grads is row-major") };
            let expected = expected.as_slice().expect("row-major");
            assert_near(got, expected, &format!("{schedule:?}: gradient"));
        }
        let (got, expected) = (grads.bias.expect("it has one"), expected.bias.as_ref());
        let expected = expected.expect("it has one");
        assert_near(&got.to_vec(), &expected.to_vec(), &format!("{schedule:?}: bias"));
    }
}

#[test]
fn labels_agree_with_the_logits() {
    let inputs = Inputs::new(300, 24, 1000);
    let labels = Random::new(81).below(300, 1000);
    let plain = CrossEntropy::default();
    let weights = Random::new(82).units(1000);
    let smoothed = plain.clone().label_smoothing(0.1).unwrap();
    let both = smoothed.clone().class_weights(weights).unwrap();
    for loss in [plain.clone(), plain.reduction(Reduction::Sum), smoothed, both] {
        assert_agrees(&inputs, &loss, Targets::from(&labels));
    }
}

#[test]
fn distributions_agree_with_the_logits() {
    let inputs = Inputs::new(40, 8, 130);
    let case = Random::new(83).distributions(40, 130, 1.0);
    let conformance::case::Targets::Distributions(q) = &case.targets else {
        panic!("they are distributions")
    };
    assert_agrees(&inputs, &CrossEntropy::default(), Targets::from(q));
}

/// Makes the logits from the bias alone, to the last bit.
#[test]
fn a_large_offset_swallows_no_logarithm() {
    let classes = 200;
    let labels = [3, 150];
    let loss = CrossEntropy::default().label_smoothing(0.25).unwrap();
    let (hidden, weights) = (Array2::zeros((2, 1)), Array2::zeros((classes, 1)));
    let normals = Random::new(86).normals(classes, 3.0);
    let rising: Vec<f32> = (0..classes).map(|k| 1e10 * k as f32).collect();
    let mut masked = vec![f32::NEG_INFINITY; classes];
    masked[60..].fill(2.0);
    for logits in [vec![1e20; classes], vec![-1e8; classes], normals, rising, masked] {
        let row = logits.repeat(2);
        let batch = loss.batch(&row, &labels, classes).unwrap();
        let expected = Batched::default().forward(&batch);
        let bias = Array1::from(logits);
        let inputs = Inputs { hidden: hidden.clone(), weights: weights.clone(), bias };
        for schedule in SCHEDULES {
            let got = Batched::default()
                .head_loss(&loss, &inputs.head(), Targets::from(&labels), schedule)
                .expect("they agree");
            let near = got == expected || (got - expected).abs() <= 1e-6 * expected.abs();
            assert!(near, "{schedule:?} from {}: {got}, not {expected}", row[0]);
        }
    }
}

/// Makes the logits of a row from the bias alone, whose gradient is then the row's.
#[test]
fn weights_beyond_f32_are_as_exact_as_without_a_head() {
    const INF: f32 = f32::INFINITY;
    let summed = CrossEntropy::default().reduction(Reduction::Sum);
    let heavy = summed.clone().class_weights([1e30, 1.0]).unwrap();
    let light = summed.clone().class_weights([1e-30, 1e-20]).unwrap();
    let tiny = summed.clone().label_smoothing(1e-45).unwrap();
    let label = Targets::Labels(&[0]);
    for (logits, loss, targets) in [
        ([200.0, 0.0], &heavy, label),
        ([0.0, 90.0], &heavy, label),
        ([60.0, 0.0], &light, label),
        ([0.0, -INF], &tiny, label),
        ([60.0, 0.0], &summed, Targets::Distributions(&[-1.0, 1e-20])),
        ([60.0, 0.0], &summed, Targets::Distributions(&[1.0, 1e-20])),
        ([200.0, 0.0], &summed, Targets::Distributions(&[1e30, -1e30])),
    ] {
        let batch = loss.batch(&logits, targets, 2).unwrap();
        let exact = conformance::oracle::expected(&batch);
        let (hidden, weights) = (Array2::zeros((1, 1)), Array2::zeros((2, 1)));
        let inputs = Inputs { hidden, weights, bias: Array1::from(logits.to_vec()) };
        for schedule in SCHEDULES {
            let head = inputs.head();
            let mut grads = head.zero_grads();
            let got = Batched::default()
                .head_loss_and_grads(loss, &head, targets, schedule, &mut grads)
                .unwrap();
            assert!(exact.forward.accepts(got), "{schedule:?}, {logits:?}: {got}");
            let of_bias = grads.bias.expect("it has one");
            for (g, exact) in of_bias.into_iter().zip(&exact.grad) {
                assert!(exact.accepts(g), "{schedule:?}, {logits:?}: {g}, not {exact:?}");
            }
        }
    }
}

/// Checks the law `many_rows_add_up`, for the gradients of the layer.
#[test]
fn many_rows_add_up() {
    let rows = 200_000;
    let inputs = Inputs {
        hidden: Array2::ones((rows, 1)),
        weights: Array2::zeros((2, 1)),
        bias: Array1::from(vec![2.25, 0.0]),
    };
    let p = 1.0 / (1.0 + 2.25_f64.exp());
    for (schedule, blocks) in
        [(Schedule::Rows(256), rows / 256), (Schedule::Vocabulary(1), rows / BLOCK_ROWS)]
    {
        let head = inputs.head();
        let mut grads = head.zero_grads();
        let (loss, labels) = (CrossEntropy::default(), vec![0; rows]);
        Batched::default()
            .head_loss_and_grads(&loss, &head, &labels, schedule, &mut grads)
            .unwrap();
        let error = |got: f32| (f64::from(got).abs() / p - 1.0).abs();
        for got in grads.bias.expect("it has one") {
            assert!(error(got) <= 4.0 * f64::from(f32::EPSILON), "bias: {got}, not {p}");
        }
        // As documented, each block adds a rounding to the roundings inside a product.
        let within = (blocks + BLOCK_ROWS) as f64 * f64::from(f32::EPSILON) / 2.0;
        for got in grads.weights {
            assert!(error(got) <= within, "weights: {got}, not {p}");
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let backends =
        [1, 2, 3, 8, 16].map(|threads| Batched::with_threads(threads).unwrap());
    // Blocks of one row, a depth of one, and a block that keeps one of its rows.
    for (rows, depth, classes, kept) in [
        (1, 64, 2000, 1),
        (257, 64, 2000, 257),
        (300, 1, 1000, 300),
        (500, 64, 1500, 257),
    ] {
        let inputs = Inputs::new(rows, depth, classes);
        let mut labels = Random::new(87).below(rows, classes);
        labels[kept..].fill(classes);
        let loss = CrossEntropy::default().ignore_index(classes);
        for schedule in [Schedule::Rows(256), Schedule::Vocabulary(512)] {
            let head = inputs.head();
            let results = backends.each_ref().map(|backend| {
                let mut grads = head.zero_grads();
                let loss = backend
                    .head_loss_and_grads(&loss, &head, &labels, schedule, &mut grads)
                    .unwrap();
                (loss, grads)
            });
            let all_same = results.windows(2).all(|pair| pair[0] == pair[1]);
            assert!(all_same, "{schedule:?}, {rows} x {depth} x {classes}");
        }
    }
}

#[test]
fn ignored_rows_have_no_part() {
    let mut inputs = Inputs::new(2 * BLOCK_ROWS + 50, 8, 90);
    let rows = inputs.hidden.nrows();
    let mut labels = Random::new(84).below(rows, 90);
    for label in labels.iter_mut().step_by(3) {
        *label = 255;
    }
    labels[700..BLOCK_ROWS + 300].fill(255);
    let loss = CrossEntropy::default().ignore_index(255);
    assert_agrees(&inputs, &loss, Targets::from(&labels));

    // Ignored rows aren't read, not even for a product.
    inputs.hidden.row_mut(0).fill(f32::NAN);
    let head = inputs.head();
    for schedule in SCHEDULES {
        let mut grads = head.zero_grads();
        let value = Batched::default()
            .head_loss_and_grads(&loss, &head, &labels, schedule, &mut grads)
            .unwrap();
        assert!(value.is_finite());
        assert!(grads.weights.iter().all(|g| g.is_finite()));
        assert!(grads.hidden.row(0).iter().all(|&g| g == 0.0));
    }

    let none = CrossEntropy::default().ignore_index(255).reduction(Reduction::Sum);
    let nothing = vec![255; rows];
    for schedule in SCHEDULES {
        let mut grads = head.zero_grads();
        let value = Batched::default()
            .head_loss_and_grads(&none, &head, &nothing, schedule, &mut grads)
            .unwrap();
        assert_eq!((value, grads), (0.0, head.zero_grads()));
    }
}

#[test]
fn other_layouts_are_copied() {
    let inputs = Inputs::new(20, 6, 50);
    let labels = Random::new(85).below(20, 50);
    let loss = CrossEntropy::default();
    // `to_owned` alone would keep the order of the memory.
    let [by_columns, of_columns] = [&inputs.hidden, &inputs.weights]
        .map(|x| x.t().as_standard_layout().into_owned());
    assert!(!by_columns.t().is_standard_layout());
    let other = LinearHead::new(by_columns.t(), of_columns.t()).unwrap();
    let other = other.with_bias(inputs.bias.view()).unwrap();
    let schedule = Schedule::default();
    let [one, other] = [inputs.head(), other].map(|head| {
        Batched::default().head_loss(&loss, &head, &labels, schedule).unwrap()
    });
    assert_eq!(one, other);
}

#[test]
fn what_does_not_fit_is_refused() {
    let inputs = Inputs::new(4, 6, 5);
    let refused = LinearHead::new(inputs.hidden.view(), inputs.hidden.t()).unwrap_err();
    assert_eq!(refused.to_string(), "weights has shape 6 x 4, but must have 6 x 6");
    let short = Array1::zeros(4);
    let head = LinearHead::new(inputs.hidden.view(), inputs.weights.view()).unwrap();
    let refused = head.clone().with_bias(short.view()).unwrap_err();
    assert_eq!(refused.to_string(), "bias has length 4, but must have length 5");
    let mut grads = HeadGrads { hidden: Array2::zeros((6, 4)), ..head.zero_grads() };
    let refused = Batched::default()
        .head_loss_and_grads(
            &CrossEntropy::default(),
            &head,
            &[0, 1, 2, 3],
            Schedule::default(),
            &mut grads,
        )
        .unwrap_err();
    assert_eq!(refused.to_string(), "grads.hidden has shape 6 x 4, but must have 4 x 6");
    let by_columns = Array2::zeros((5, 6).f());
    let with_bias = head.clone().with_bias(inputs.bias.view()).unwrap();
    let other_grads = [
        (
            &head,
            HeadGrads { weights: by_columns, ..head.zero_grads() },
            "grads.weights isn't row-major, but must be: its rows have to lie one after \
             the other",
        ),
        (&with_bias, head.zero_grads(), "grads.bias is None, but the layer has a bias"),
        (&head, with_bias.zero_grads(), "grads.bias is Some, but the layer has no bias"),
        (
            &with_bias,
            HeadGrads { bias: Some(short.clone()), ..head.zero_grads() },
            "grads.bias has length 4, but must have length 5",
        ),
    ];
    for (head, mut grads, message) in other_grads {
        let loss = CrossEntropy::default();
        let labels = [0, 1, 2, 3];
        let refused = Batched::default()
            .head_loss_and_grads(&loss, head, &labels, Schedule::default(), &mut grads)
            .unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let refused = Batched::default()
        .head_loss(&CrossEntropy::default(), &head, &[0, 1, 5, 3], Schedule::default())
        .unwrap_err();
    let error = Error::LabelOutOfRange { row: 2, label: 5, classes: 5 };
    assert_eq!(refused, ArrayError::Loss(error));
}
