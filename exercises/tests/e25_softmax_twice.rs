//! A model ends in a softmax layer. Its loss expects logits, and applies a softmax of its
//! own. Nothing fails: the loss falls, and the model learns, slowly, so nobody looks for
//! a bug. Measure how much it costs. For one row with the logits z and the label y,
//! write:
//!
//! - `loss_twice`: the loss that you get if you hand p = softmax(z) to a loss that
//!   expects logits.
//! - `floor`: the same for C numbers p of which p_y is exactly 1 and all others are 0. No
//!   row can cost less, however good the model is.
//! - `gradient_twice`: the gradient of `loss_twice` with respect to z. `gradient` returns
//!   the gradient of a loss with respect to its input. Here the input is p, and the chain
//!   rule leads on to z.
//! - `slope_left`: the norm of that gradient, divided by the norm of the right gradient,
//!   p - y.
//!
//! You're given `softmax`, `loss` and `gradient` of a row, and each of them is right.
//! You're also given `norm` and `through_softmax`, the product with the Jacobian diag(p)
//! - p p'. Everything is in f64, so that the numbers show the bug and no rounding.

#[path = "../src/e25_softmax_twice.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e25_softmax_twice;

use std::f64::consts::E;

use backend::Batch;
use conformance::oracle;
use conformance::random::Random;
use e25_softmax_twice::{floor, gradient_twice, loss_twice, slope_left};
use exercises::lesson;

/// All is computed in f64, in a few steps: a hundred roundings are enough.
const ROUNDING: f64 = 1e-14;

/// A sum of C terms, one after the other, is off by C roundings at most.
fn of_a_sum(classes: usize) -> f64 {
    ROUNDING + classes as f64 * f64::EPSILON
}

/// Numbers known to nine digits.
const NINE_DIGITS: f64 = 1e-9;

/// The definition, written out: the sum of exponentials of numbers from 0 to 1 is harmless.
fn twice(z: &[f64], label: usize) -> f64 {
    once(&softmax(z), label)
}

/// The loss of a row.
fn once(z: &[f64], label: usize) -> f64 {
    z.iter().map(|z_k| z_k.exp()).sum::<f64>().ln() - z[label]
}

fn softmax(z: &[f64]) -> Vec<f64> {
    let sum: f64 = z.iter().map(|z_k| z_k.exp()).sum();
    z.iter().map(|z_k| z_k.exp() / sum).collect()
}

#[test]
fn probabilities_as_logits_cost_more() {
    let lesson = lesson("elsewhere", "not the loss of the logits p = softmax(z)");
    // exp(0.659001139), exp(0.242432971), exp(0.098565890) are 1.93286, 1.27434, 1.10359.
    let got = loss_twice(&[2.0, 1.0, 0.1], 0);
    lesson.near("loss_twice([2, 1, 0.1], 0)", got, 0.802_120_891, NINE_DIGITS);
    for label in 0..3 {
        let z = [0.5, -1.0, 2.0];
        let input = format!("loss_twice({z:?}, {label})");
        lesson.near(input, loss_twice(&z, label), twice(&z, label), ROUNDING);
    }
}

#[test]
fn ten_classes_never_cost_less_than_1_46() {
    let lesson =
        lesson("elsewhere", "not the loss of the logits 1, 0, ..., 0 with label 0");
    lesson.near("floor(10)", floor(10), 1.461_150, 1e-6);
    lesson.near("floor(3)", floor(3), 0.551_444_714, NINE_DIGITS);
    lesson.near("floor(1), where no other class is", floor(1), 0.0, ROUNDING);
    for classes in [2, 3, 10, 1000, 32_000] {
        let exact = (E + (classes - 1) as f64).ln() - 1.0;
        let input = format!("floor({classes})");
        lesson.near(input, floor(classes), exact, of_a_sum(classes));
    }
}

#[test]
fn the_floor_is_the_loss_of_certainty() {
    let lesson = lesson("elsewhere", "a floor that no probabilities reach");
    for classes in [2, 10, 1000] {
        let mut p = vec![0.0; classes];
        p[0] = 1.0;
        let batch = Batch::new(&p, &[0], classes).expect("one row");
        let exact = oracle::expected(&batch).forward.value;
        let input = format!("floor({classes})");
        lesson.near(input, floor(classes), exact, of_a_sum(classes));
    }
}

#[test]
fn all_losses_fit_into_one_nat() {
    let lesson = lesson(
        "elsewhere",
        "a loss of the logits: the loss of probabilities moves by at most 1",
    );
    for classes in [2, 10, 100] {
        let mut z = vec![0.0; classes];
        z[0] = 1000.0;
        let floor = (E + (classes - 1) as f64).ln() - 1.0;
        let input = format!("{classes} classes, right by a margin of 1000: loss_twice");
        lesson.near(input, loss_twice(&z, 0), floor, ROUNDING);
        let input = format!("{classes} classes, wrong by a margin of 1000: loss_twice");
        lesson.near(input, loss_twice(&z, 1), floor + 1.0, ROUNDING);
    }
}

#[test]
fn the_gradient_is_the_slope_of_the_loss() {
    let lesson = lesson("elsewhere", "not the slope of loss_twice by each logit");
    // A central difference is off by the third derivative, below 1/2, times h^2 / 6.
    const H: f64 = 1e-4;
    const TOLERANCE: f64 = H * H / 6.0;
    let mut random = Random::new(25);
    for classes in 2..=6 {
        let z: Vec<f64> =
            random.normals(classes, 2.0).into_iter().map(f64::from).collect();
        let label = classes / 2;
        let loss_at = |k: usize, step: f64| {
            let mut moved = z.clone();
            moved[k] += step;
            twice(&moved, label)
        };
        let slope = |k| (loss_at(k, H) - loss_at(k, -H)) / (2.0 * H);
        let slopes: Vec<f64> = (0..classes).map(slope).collect();
        let input = format!("gradient_twice({z:?}, {label}), seed 25");
        lesson.all_near(input, &gradient_twice(&z, label), &slopes, TOLERANCE);
    }
}

#[test]
fn nearly_half_of_the_slope_is_lost() {
    // 0.237714260 over 0.429847884.
    let got = slope_left(&[2.0, 1.0, 0.1], 0);
    let lesson = lesson("elsewhere", "not the bug's norm over the right one");
    lesson.near("slope_left([2, 1, 0.1], 0)", got, 0.553_019, 1e-6);
    // Two equal logits: a Jacobian of 1/4 on either side of the diagonal, on slopes of 1/2.
    lesson.near("slope_left([0, 0], 1)", slope_left(&[0.0, 0.0], 1), 0.5, ROUNDING);
}

#[test]
fn where_the_model_is_most_wrong_it_learns_least() {
    let lesson =
        lesson("elsewhere", "a ratio that forgets the factor p (1 - p) of the Jacobian");
    for margin in [1.0_f64, 5.0, 10.0, 20.0] {
        // Two classes, label 1, p_0 = s: the right slope is s, that of the bug is
        // sigmoid(s - (1 - s)) times 2 s (1 - s).
        let one_minus_s = 1.0 / (1.0 + margin.exp());
        let slope_by_p = 1.0 / (1.0 + (2.0 * one_minus_s - 1.0).exp());
        let exact = 2.0 * one_minus_s * slope_by_p;
        let got = slope_left(&[margin, 0.0], 1);
        // Relative to the slopes, which are near 1 before they are multiplied by 1 - s.
        lesson.near(format!("slope_left([{margin}, 0], 1)"), got, exact, ROUNDING);
    }
}
