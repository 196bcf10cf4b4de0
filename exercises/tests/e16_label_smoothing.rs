//! A label asks for p_y = 1. No finite logits reach that, so they grow forever. Label
//! smoothing asks for less: it takes epsilon of the label's weight and spreads it over
//! classes. But over which classes? Two conventions share the name. For C = 5 and epsilon =
//! 0.1:
//!
//! ```text
//! over all     a_k = epsilon / C, the label 1 - epsilon more      0.92, and 4 x 0.02
//! over others  a_k = epsilon / (C - 1), the label 1 - epsilon     0.9, and 4 x 0.025
//! ```
//!
//! Szegedy et al. (2015), PyTorch 2.15 and Keras 3.15 (November 2026) use the first. If you
//! compare your results with other people's, find out which one they used: for the logits [2,
//! 1, 0, -1, 0.5] and label 0, the losses are 0.7244 and 0.7619.
//!
//! Write `smoothed_over_all` and `smoothed_over_others`, which return the target weights of a
//! row.
//!
//! A smoothed loss can't fall to 0. It's smallest where p = a, and there it equals the entropy
//! of the target. Write `loss_floor`, that entropy in nats. With it you can tell a curve that
//! has reached its floor from one that is stuck. A class with weight 0 adds nothing to the
//! entropy.

#[path = "../src/e16_label_smoothing.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e16_label_smoothing;

use std::f64::consts::LN_2;

use conformance::oracle;
use conformance::random::Random;
use e16_label_smoothing::{loss_floor, smoothed_over_all, smoothed_over_others};
use exercises::lesson;

/// The weights are a few roundings of `f64` away from the weights by hand.
const WITHIN: f64 = 1e-12;

/// Returns the loss of a row for target weights.
fn loss(z: &[f32], a: &[f64]) -> f64 {
    let log_p = oracle::log_probabilities(z);
    let with_weight = a.iter().zip(&log_p).filter(|(a_k, _)| **a_k != 0.0);
    with_weight.map(|(a_k, log_p_k)| -a_k * log_p_k).sum()
}

/// Checks a row smoothed over all classes.
#[track_caller]
fn over_all(label: usize, classes: usize, epsilon: f64, expected: &[f64]) {
    let lesson = lesson(
        "smoothing",
        "the weights aren't epsilon / C for every class and 1 - epsilon more for the \
         label",
    );
    let input = format!("smoothed_over_all({label}, {classes}, {epsilon})");
    let got = smoothed_over_all(label, classes, epsilon);
    lesson.all_near(input, &got, expected, WITHIN);
}

/// Checks a row smoothed over the other classes.
#[track_caller]
fn over_others(label: usize, classes: usize, epsilon: f64, expected: &[f64]) {
    let lesson = lesson(
        "smoothing",
        "the weights aren't 1 - epsilon for the label and epsilon / (C - 1) for the \
         others",
    );
    let input = format!("smoothed_over_others({label}, {classes}, {epsilon})");
    let got = smoothed_over_others(label, classes, epsilon);
    lesson.all_near(input, &got, expected, WITHIN);
}

#[test]
fn without_smoothing_the_label_has_it_all() {
    over_all(2, 3, 0.0, &[0.0, 0.0, 1.0]);
    over_others(2, 3, 0.0, &[0.0, 0.0, 1.0]);
}

#[test]
fn over_all_every_class_gets_epsilon_over_c() {
    over_all(0, 5, 0.1, &[0.92, 0.02, 0.02, 0.02, 0.02]);
    over_all(3, 4, 0.2, &[0.05, 0.05, 0.05, 0.85]);
    // With epsilon 1, everything is spread: this is the uniform distribution.
    over_all(1, 4, 1.0, &[0.25; 4]);
    // With one class, the spread comes back to the label.
    over_all(0, 1, 0.3, &[1.0]);
}

#[test]
fn over_others_the_label_is_left_out() {
    over_others(0, 5, 0.1, &[0.9, 0.025, 0.025, 0.025, 0.025]);
    over_others(1, 3, 0.3, &[0.15, 0.7, 0.15]);
    // With epsilon 1, the label loses everything.
    over_others(1, 2, 1.0, &[1.0, 0.0]);
}

#[test]
fn the_weights_sum_to_one() {
    let lesson = lesson(
        "smoothing",
        "smoothing moves weight and makes none: you count epsilon once too often, or \
         once too rarely",
    );
    for (classes, epsilon) in [(2, 0.1), (3, 0.5), (10, 0.05), (67, 0.3), (1000, 1.0)] {
        for label in [0, classes - 1] {
            let sum = smoothed_over_all(label, classes, epsilon).iter().sum::<f64>();
            let input =
                format!("sum of smoothed_over_all({label}, {classes}, {epsilon})");
            lesson.near(input, sum, 1.0, WITHIN);
            let sum = smoothed_over_others(label, classes, epsilon).iter().sum::<f64>();
            let input =
                format!("sum of smoothed_over_others({label}, {classes}, {epsilon})");
            lesson.near(input, sum, 1.0, WITHIN);
        }
    }
}

#[test]
fn the_conventions_differ_by_c_over_c_minus_one() {
    let by_hand = [0.02, 0.92, 0.02, 0.02, 0.02];
    over_all(1, 5, 0.1, &by_hand);
    over_others(1, 5, 0.08, &by_hand);
}

#[test]
fn the_losses_of_both_conventions_are_known() {
    let lesson = lesson(
        "smoothing",
        "over all classes 0.7244379 is right, over the others 0.7619379",
    );
    // The expected losses have 7 digits.
    let (z, within) = ([2.0, 1.0, 0.0, -1.0, 0.5], 1e-7);
    let got = loss(&z, &smoothed_over_all(0, 5, 0.1));
    lesson.near("the loss of [2, 1, 0, -1, 0.5], over all", got, 0.724_437_9, within);
    let got = loss(&z, &smoothed_over_others(0, 5, 0.1));
    lesson.near("the loss of [2, 1, 0, -1, 0.5], over others", got, 0.761_937_9, within);
}

#[test]
fn the_floor_is_the_entropy_of_the_target() {
    let lesson = lesson("smoothing", "the result isn't the entropy of the target");
    let near = |a: &[f64], floor: f64| {
        lesson.near(format!("loss_floor({a:?})"), loss_floor(a), floor, 1e-9);
    };
    near(&[0.25; 4], 1.386_294_361_12);
    near(&[0.5, 0.25, 0.25], 1.039_720_770_84);
    near(&[0.0, 1.0, 0.0], 0.0);
    near(&[0.5, 0.0, 0.5], LN_2);
}

#[test]
fn no_logits_cost_less_than_the_floor() {
    let lesson =
        lesson("smoothing", "the floor isn't the smallest loss, which you get at p = a");
    for a in [[0.92, 0.02, 0.02, 0.02, 0.02], [0.9, 0.025, 0.025, 0.025, 0.025]] {
        let floor = loss_floor(&a);
        // The logits ln a have the probabilities a. Rounding them to f32 moves the probabilities
        // by 1e-7, and near a minimum that changes the loss by 1e-14.
        let z = a.map(|a_k: f64| a_k.ln() as f32);
        lesson.near(format!("loss_floor({a:?})"), floor, loss(&z, &a), 1e-12);
        let seed = 16;
        let mut random = Random::new(seed);
        for deviation in [0.1, 1.0, 10.0] {
            let z = random.normals(5, deviation);
            let cost = loss(&z, &a);
            let input =
                format!("loss_floor({a:?}) against the loss of {z:?}, seed {seed}");
            lesson.holds(input, floor, &format!("at most {cost}"), floor <= cost);
        }
    }
}
