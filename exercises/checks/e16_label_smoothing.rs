//! A label asks for p_y = 1, which no finite logits reach, so they grow for ever. Label
//! smoothing asks for less: it takes epsilon of the label's weight, and spreads it. But over
//! which classes? Two conventions share the name. For C = 5 and epsilon = 0.1:
//!
//! ```text
//! over all     a_k = epsilon / C, the label 1 - epsilon more      0.92, and 4 x 0.02
//! over others  a_k = epsilon / (C - 1), the label 1 - epsilon     0.9, and 4 x 0.025
//! ```
//!
//! The first is that of Szegedy et al. (2015), of PyTorch and Keras. Whoever compares results
//! should know which one was meant: for the logits [2, 1, 0, -1, 0.5] and label 0 the losses
//! are 0.7244 and 0.7619.
//!
//! Write `smoothed_over_all` and `smoothed_over_others`, the target weights of a row.
//!
//! A smoothed loss cannot fall to 0. It is smallest where p = a, and then equals the entropy
//! of the target. Write `loss_floor`, that entropy in nats, so that you know a curve that has
//! come down to it from one that is stuck. A class without weight adds nothing to it.

#[path = "../src/e16_label_smoothing.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e16_label_smoothing;

use std::f64::consts::LN_2;

use conformance::oracle;
use conformance::random::Random;
use e16_label_smoothing::{loss_floor, smoothed_over_all, smoothed_over_others};
use exercises::{Lesson, lesson};

/// Weights are a few roundings of `f64` away from what they are by hand.
const WITHIN: f64 = 1e-12;

/// The loss of a row for target weights.
fn loss(z: &[f32], a: &[f64]) -> f64 {
    let log_p = oracle::log_probabilities(z);
    let with_weight = a.iter().zip(&log_p).filter(|(a_k, _)| **a_k != 0.0);
    with_weight.map(|(a_k, log_p_k)| -a_k * log_p_k).sum()
}

#[test]
fn without_smoothing_the_label_has_it_all() {
    let lesson =
        lesson(12, "epsilon is taken from the label and spread; what it keeps is not");
    let one_hot = [0.0, 0.0, 1.0];
    let got = smoothed_over_all(2, 3, 0.0);
    lesson.all_near("smoothed_over_all(2, 3, 0)", &got, &one_hot, WITHIN);
    let got = smoothed_over_others(2, 3, 0.0);
    lesson.all_near("smoothed_over_others(2, 3, 0)", &got, &one_hot, WITHIN);
}

#[test]
fn over_all_every_class_gets_epsilon_over_c() {
    let lesson = lesson(
        12,
        "(1 - epsilon) / C off the label, epsilon / (C - 1), or a label \
         that gets no share of the spread",
    );
    let got = smoothed_over_all(0, 5, 0.1);
    let by_hand = [0.92, 0.02, 0.02, 0.02, 0.02];
    lesson.all_near("smoothed_over_all(0, 5, 0.1)", &got, &by_hand, WITHIN);
    let got = smoothed_over_all(3, 4, 0.2);
    let by_hand = [0.05, 0.05, 0.05, 0.85];
    lesson.all_near("smoothed_over_all(3, 4, 0.2)", &got, &by_hand, WITHIN);
    // All of it spread: the uniform distribution.
    let got = smoothed_over_all(1, 4, 1.0);
    lesson.all_near("smoothed_over_all(1, 4, 1)", &got, &[0.25; 4], WITHIN);
    // With one class there is nowhere else to go.
    let got = smoothed_over_all(0, 1, 0.3);
    lesson.all_near("smoothed_over_all(0, 1, 0.3)", &got, &[1.0], WITHIN);
}

#[test]
fn over_others_the_label_is_left_out() {
    let lesson = lesson(
        12,
        "epsilon / C where C - 1 classes share it, or a share for the label, too",
    );
    let got = smoothed_over_others(0, 5, 0.1);
    let by_hand = [0.9, 0.025, 0.025, 0.025, 0.025];
    lesson.all_near("smoothed_over_others(0, 5, 0.1)", &got, &by_hand, WITHIN);
    let got = smoothed_over_others(1, 3, 0.3);
    lesson.all_near("smoothed_over_others(1, 3, 0.3)", &got, &[0.15, 0.7, 0.15], WITHIN);
    // All of it taken from the label.
    let got = smoothed_over_others(1, 2, 1.0);
    lesson.all_near("smoothed_over_others(1, 2, 1)", &got, &[1.0, 0.0], WITHIN);
}

#[test]
fn the_weights_sum_to_one() {
    let lesson = lesson(
        12,
        "epsilon is counted once too often, or once too seldom, at the label: smoothing \
         moves weight, and makes none",
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
    let lesson = lesson(
        12,
        "one convention where the other was asked for: epsilon 0.08 over the others is \
         epsilon 0.1 over all 5 classes",
    );
    let by_hand = [0.02, 0.92, 0.02, 0.02, 0.02];
    let got = smoothed_over_all(1, 5, 0.1);
    lesson.all_near("smoothed_over_all(1, 5, 0.1)", &got, &by_hand, WITHIN);
    let got = smoothed_over_others(1, 5, 0.08);
    lesson.all_near("smoothed_over_others(1, 5, 0.08)", &got, &by_hand, WITHIN);
}

#[test]
fn the_losses_of_both_conventions_are_known() {
    let lesson = lesson(
        12,
        "0.7244379 is right over all classes, 0.7619379 over the others; 2.383988 is \
         what (1 - epsilon) / C off the label gives",
    );
    // The known losses have 7 digits.
    let (z, within) = ([2.0, 1.0, 0.0, -1.0, 0.5], 1e-7);
    let got = loss(&z, &smoothed_over_all(0, 5, 0.1));
    lesson.near("the loss of [2, 1, 0, -1, 0.5], over all", got, 0.724_437_9, within);
    let got = loss(&z, &smoothed_over_others(0, 5, 0.1));
    lesson.near("the loss of [2, 1, 0, -1, 0.5], over others", got, 0.761_937_9, within);
}

#[test]
fn the_floor_is_the_entropy_of_the_target() {
    let in_nats =
        lesson(12, "the sign is not turned, or the logarithm is not to the base e");
    let of_zeros =
        lesson(12, "0 ln 0 is NaN in floats: a class without weight is left out");
    let near = |lesson: Lesson, a: &[f64], floor: f64| {
        lesson.near(format!("loss_floor({a:?})"), loss_floor(a), floor, 1e-9);
    };
    near(in_nats, &[0.25; 4], 1.386_294_361_12);
    near(in_nats, &[0.5, 0.25, 0.25], 1.039_720_770_84);
    near(of_zeros, &[0.0, 1.0, 0.0], 0.0);
    near(of_zeros, &[0.5, 0.0, 0.5], LN_2);
}

#[test]
fn no_logits_cost_less_than_the_floor() {
    let lesson =
        lesson(12, "the loss at p = a was not the smallest, or has the other sign");
    for a in [[0.92, 0.02, 0.02, 0.02, 0.02], [0.9, 0.025, 0.025, 0.025, 0.025]] {
        let floor = loss_floor(&a);
        // At logits ln a the probabilities are a. Rounded to f32 they miss it by 1e-7, and at
        // a minimum that is 1e-14 of loss.
        let z = a.map(|a_k: f64| a_k.ln() as f32);
        lesson.near(format!("loss_floor({a:?})"), floor, loss(&z, &a), 1e-12);
        let seed = 16;
        let mut random = Random::new(seed);
        for deviation in [0.1, 1.0, 10.0] {
            let z = random.normals(5, deviation);
            let cost = loss(&z, &a);
            let input = format!("loss_floor({a:?}) beside {z:?}, of seed {seed}");
            lesson.holds(input, floor, &format!("at most {cost}"), floor <= cost);
        }
    }
}
