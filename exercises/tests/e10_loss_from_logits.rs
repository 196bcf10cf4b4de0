//! You have the log-sum-exp, so the loss of a row seems to be one subtraction away:
//!
//! ```text
//! loss  =  lse(z) - z_y  =  m + ln sum_k exp(z_k - m) - z_y
//! ```
//!
//! For `[1e8, 1e8]` that returns 0, and the right answer is ln 2. The next `f32` after 1e8 is
//! 8 away, so if you add a logarithm of 0.69 to 1e8, it's gone. In exact arithmetic, the order
//! in which you add three terms doesn't matter. Here it does.
//!
//! Write `loss_from_logits`, in `f32`: it takes one row of logits and a label, and returns the
//! loss. Adding the same number to all logits mustn't change the result. There is no ceiling
//! either: a row that is wrong by 5000 costs 5000. Treat masked classes, NaN and infinities as
//! in the exercise "Log-sum-exp". If the label itself is masked, the loss is infinite.
//!
//! The checks don't ask yet how accurate a loss near 0 is. The next exercise is about that.

#[path = "../src/e10_loss_from_logits.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e10_loss_from_logits;

use std::f64::consts::LN_2;

use conformance::oracle;
use conformance::random::Random;
use e10_loss_from_logits::loss_from_logits;
use exercises::{Lesson, lesson};

const INF: f32 = f32::INFINITY;

/// The most that a rounding costs, relative to the rounded number.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// Accepts the loss of a row if it's within one rounding for each term of its sum, plus eight
/// for the differences, `exp`, `ln` and the last addition. The sum is at least 1, and its
/// relative error becomes the absolute error of its logarithm.
#[track_caller]
fn meets(lesson: Lesson, z: &[f32], label: usize, expected: f64) {
    let within = (z.len() as f64 + 8.0) * ROUNDING * (1.0 + expected);
    let input = format!("loss_from_logits({z:?}, {label})");
    let got = loss_from_logits(z, label);
    lesson
        .when(
            (10.0..40.0).contains(&got) && expected > 45.0,
            "the loss has a ceiling: it comes from a small number inside a logarithm, or \
             from a clamped probability",
        )
        .near(input, got, expected, within);
}

#[test]
fn ordinary_rows_have_their_loss() {
    let lesson = lesson(
        "offset",
        "the result isn't the logarithm plus the max minus the label's logit",
    );
    for (label, loss) in [(0, 0.417_030_016), (1, 1.417_030_016), (2, 2.317_030_016)] {
        meets(lesson, &[2.0, 1.0, 0.1], label, loss);
    }
    meets(lesson, &[7.0], 0, 0.0);
}

#[test]
fn equal_logits_cost_ln_c_at_any_offset() {
    let lesson = lesson(
        "offset",
        "the offset doesn't cancel: the two large numbers should meet first",
    );
    for offset in [0.0_f32, 1.0, 256.0, 65_536.0, 1e6, 1e8, 1e20, 3e38] {
        for s in [offset, -offset] {
            // The sum is exactly C, so this only tests how well a logarithm is computed.
            let input = format!("loss_from_logits([{s:?}, {s:?}], 1)");
            lesson.within_ulps(input, loss_from_logits(&[s; 2], 1), LN_2, 3.0);
            let input = format!("loss_from_logits([{s:?}, {s:?}, {s:?}], 0)");
            let got = loss_from_logits(&[s; 3], 0);
            lesson.within_ulps(input, got, 1.098_612_288_67, 3.0);
        }
    }
}

#[test]
fn a_common_offset_changes_nothing() {
    let lesson = lesson(
        "offset",
        "the logarithm is rounded as coarsely as the offset: at a million, to multiples \
         of 0.0625",
    );
    meets(lesson, &[1e6 + 2.0, 1e6 - 1.0], 0, 0.048_587_351_6);
    meets(lesson, &[1e6 + 2.0, 1e6 - 1.0], 1, 3.048_587_351_6);
    // All of these are whole numbers that an f32 holds, so the differences are exact.
    for offset in [256.0_f32, 65_536.0, 1e6, 8_388_600.0] {
        for s in [offset, -offset] {
            for label in 0..3 {
                let exact = -oracle::log_probabilities(&[2.0, -1.0, 0.0])[label];
                meets(lesson, &[s + 2.0, s - 1.0, s], label, exact);
            }
        }
    }
}

#[test]
fn wrong_rows_have_no_ceiling() {
    let lesson = lesson(
        "offset",
        "a probability gets in the way: the logits give you the difference without an \
         exp",
    );
    for margin in [50.0, 104.0, 5000.0, 1e30] {
        meets(lesson, &[0.0, margin], 0, margin.into());
        meets(lesson, &[-margin, 0.0, -margin], 2, margin.into());
    }
}

#[test]
fn masks_and_nan_are_kept() {
    let mask = lesson(
        "overflow",
        "a class at -inf needs no special case: exp(-inf) is 0, and at the label m - \
         (-inf) is infinite",
    );
    meets(mask, &[1.0, 2.0, -INF], 1, 0.313_261_688);
    let got = loss_from_logits(&[1.0, 2.0, -INF], 2);
    mask.near("loss_from_logits([1.0, 2.0, -inf], 2)", got, f64::INFINITY, 0.0);
    let nan = lesson(
        "overflow",
        "you drop NaN or an infinite max on the way: let it reach the result",
    );
    for z in [[f32::NAN, 1.0], [1.0, f32::NAN], [INF, 0.0], [INF, INF], [-INF, -INF]] {
        for label in 0..2 {
            let input = format!("loss_from_logits({z:?}, {label})");
            nan.near(input, loss_from_logits(&z, label), f64::NAN, 0.0);
        }
    }
}

#[test]
fn every_class_count_agrees_with_the_oracle() {
    let lesson = lesson(
        "offset",
        "you skip a class or count it twice, or you clamp the logits to a range that \
         seemed wide enough",
    );
    for classes in 1..=67 {
        // The seed is the number of classes.
        let mut random = Random::new(classes as u64);
        for (deviation, offset) in [(1.0, 0.0), (3.0, 1e4), (30.0, -1e6), (1e5, 0.0)] {
            let normals = random.normals(classes, deviation);
            let z: Vec<f32> = normals.iter().map(|z_k| z_k + offset).collect();
            let label = random.below(1, classes)[0];
            meets(lesson, &z, label, -oracle::log_probabilities(&z)[label]);
        }
    }
}
