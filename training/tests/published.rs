//! Numbers that well-known tutorials print: reproduced where they're right, and corrected
//! where they're wrong.

use approx::{assert_abs_diff_eq, assert_relative_eq};
use backend::{Backend, Batch, CrossEntropy};
use ndarray::{Array2, array};
use scalar::Scalar;
use scalar::tape::Tape;
use training::{Linear, Model, Optimizer, Sgd};

fn loss_and_gradient(
    logits: &[f32],
    labels: &[usize],
    classes: usize,
) -> (f32, Vec<f32>) {
    let batch = Batch::new(logits, labels, classes).expect("logits and labels fit");
    let mut grad = vec![f32::NAN; logits.len()];
    let out = batch.grad_out(&mut grad).expect("the buffer has its length");
    let loss = Scalar.forward_backward(out);
    (loss, grad)
}

/// The tutorial prints the right numbers.
#[test]
fn the_loss_and_gradient_of_two_rows() {
    let (loss, grad) = loss_and_gradient(&[2.0, 1.0, 0.1, 0.0, 5.0, 0.2], &[0, 1], 3);
    assert_relative_eq!(loss, 0.215_943_4, max_relative = 1e-6);
    let printed = [
        -0.170_499_44,
        0.121_216_48,
        0.049_282_95,
        0.003_319_29,
        -0.007_373_48,
        0.004_054_19,
    ];
    for (&grad, printed) in grad.iter().zip(printed) {
        assert_relative_eq!(grad, printed, max_relative = 1e-6);
    }
}

/// The tutorial prints a mean of 0.7456, and a gradient that isn't divided by the three
/// rows and is wrong besides.
#[test]
fn the_loss_of_three_rows_of_five_is_not_0_7456() {
    let logits =
        [2.0, 1.2, 0.3, -0.8, -2.0, -1.0, -0.5, 2.0, 0.1, -0.3, 0.5, 0.5, 0.5, 0.5, 0.5];
    let (loss, grad) = loss_and_gradient(&logits, &[0, 2, 1], 5);
    assert_relative_eq!(loss, 0.823_303_66, max_relative = 1e-7);
    assert!((loss - 0.7456).abs() > 0.07);

    let right =
        [-0.138_531_22, 0.087_530_23, 0.035_587_136, 0.011_845_929, 0.003_567_925];
    let printed = [-0.3561, 0.2896, 0.0466, 0.0155, 0.0044];
    for (&grad, right) in grad.iter().zip(right) {
        assert_relative_eq!(grad, right, max_relative = 1e-6);
    }
    let farthest = |factor: f32| {
        let distances =
            grad.iter().zip(printed).map(|(g, printed)| (factor * g - printed).abs());
        distances.fold(0.0, f32::max)
    };
    assert!(farthest(1.0) > 0.2, "it is not the gradient of the mean");
    assert!(farthest(3.0) > 0.05, "nor that of the row alone");
}

/// The tutorial is right: weight and bias both move, so the scores move at twice the rate.
#[test]
fn a_linear_classifier_takes_51_steps() {
    let inputs = array![[1.0, 0.0, 0.0]];
    let mut weights = Array2::zeros((3, 3));
    weights.column_mut(0).assign(&array![-1.129_986, 1.843_283_2, -0.886_512_46]);
    let mut layer = Linear { weights, bias: array![0.0, 0.0, 0.0] };

    let mut losses = Vec::new();
    for _ in 0..51 {
        let (logits, ()) = layer.forward(&inputs);
        let (loss, grad) = loss_and_gradient(logits.as_slice().unwrap(), &[2], 3);
        losses.push(loss);
        let by_logits = Array2::from_shape_vec((1, 3), grad).unwrap();
        let grad = layer.backward(&inputs, &(), &by_logits);
        Sgd { rate: 0.1 }.step(&mut layer, &grad);
    }
    let printed = [2.8399, 0.6802, 0.2603, 0.1513, 0.1052, 0.0803];
    for (loss, printed) in losses.iter().step_by(10).zip(printed) {
        assert_abs_diff_eq!(*loss, printed, epsilon = 5e-5);
    }
    let scores = layer.outputs(&inputs);
    for (&score, printed) in scores.iter().zip([-1.596_386_2, -0.714_629, 2.137_798_5]) {
        assert_abs_diff_eq!(score, printed, epsilon = 5e-6);
    }
}

/// The most common bug passes probabilities in as if they were logits.
#[test]
fn softmax_twice_halves_the_slope_and_has_a_floor() {
    let (loss, grad) = loss_and_gradient(&[2.0, 1.0, 0.1], &[0], 3);
    let norm = grad.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt();
    assert_relative_eq!(f64::from(loss), 0.417_030_016, max_relative = 1e-7);
    assert_relative_eq!(norm, 0.429_847_884, max_relative = 1e-7);

    let tape = Tape::default();
    let z = [2.0, 1.0, 0.1].map(|z| tape.variable(z));
    let twice = softmax_on_tape(softmax_on_tape(z));
    let loss = -twice[0].ln();
    let grad = loss.gradient();
    let norm_twice = z.map(|z| grad.by(z).powi(2)).iter().sum::<f64>().sqrt();
    assert_relative_eq!(loss.value(), 0.802_120_891, max_relative = 1e-7);
    assert_relative_eq!(norm_twice, 0.237_714_260, max_relative = 1e-7);
    assert_relative_eq!(norm_twice / norm, 0.553_019, max_relative = 1e-6);

    // However sure the model is, its "logits" are at best 1, 0, 0.
    let (floor, _) = loss_and_gradient(&[1.0, 0.0, 0.0], &[0], 3);
    assert_relative_eq!(floor, 0.551_444_7, max_relative = 1e-7);
}

fn softmax_on_tape<'t>(z: [scalar::tape::Var<'t>; 3]) -> [scalar::tape::Var<'t>; 3] {
    let sum = z[0].exp() + z[1].exp() + z[2].exp();
    z.map(|z| z.exp() / sum)
}

/// "Squared error is nearly flat where the model is confidently wrong": that's false in
/// p, where its slope is at its steepest, and true only in the logit.
#[test]
fn squared_error_is_flat_in_the_logit_not_in_the_probability() {
    let p = 0.01_f64;
    assert_relative_eq!((1.0 - p).powi(2), 0.9801);
    assert_relative_eq!(-p.ln(), 4.605_17, max_relative = 1e-6);
    assert_relative_eq!(-(0.99_f64).ln(), 0.010_05, max_relative = 1e-4);

    let tape = Tape::default();
    let one = tape.variable(1.0);
    let z = tape.variable((p / (1.0 - p)).ln());
    let sigmoid = one / (one + (-z).exp());
    let squared = (one - sigmoid) * (one - sigmoid);
    let by_p = squared.gradient().by(sigmoid);
    let by_z = squared.gradient().by(z);
    assert_relative_eq!(by_p, -1.98, max_relative = 1e-12);
    assert_relative_eq!(by_z, -0.0196, max_relative = 1e-3);

    let logits = [(0.01_f32 / 0.99).ln(), 0.0];
    let batch = Batch::new(&logits, &[0], 2).unwrap();
    let mut grad = [0.0; 2];
    Scalar.backward(batch.grad_out(&mut grad).unwrap());
    assert_relative_eq!(grad[0], -0.99, max_relative = 1e-6);
}

/// The two conventions of smoothing, next to the number that a library printed.
#[test]
fn smoothing_has_two_conventions_and_one_mistake() {
    let logits = [2.0, 1.0, 0.0, -1.0, 0.5];
    let value =
        |loss: CrossEntropy| Scalar.forward(&loss.batch(&logits, &[0], 5).unwrap());
    let over_all = value(CrossEntropy::default().label_smoothing(0.1).unwrap());
    let over_others =
        value(CrossEntropy::default().label_smoothing_over_others(0.1).unwrap());
    assert_relative_eq!(over_all, 0.724_437_9, max_relative = 1e-6);
    assert_relative_eq!(over_others, 0.761_937_9, max_relative = 1e-6);
    assert!((over_all - 2.383_988).abs() > 1.0);
}
