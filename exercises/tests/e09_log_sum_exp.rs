//! For the row `[89, 0]`, the sum of the exponentials overflows, although its logarithm is
//! just 89. For any number m, you can take that sum apart:
//!
//! ```text
//! ln sum_k exp z_k  =  m + ln sum_k exp(z_k - m)
//! ```
//!
//! Write `log_sum_exp`, in `f32`. Choose an m for which no exponential overflows and at least
//! one doesn't vanish, whatever the row holds.
//!
//! A masked class has the logit `-inf` and adds nothing. A row that holds NaN or `+inf`, or
//! nothing but `-inf`, has no probabilities, so return NaN for it. Libraries differ here:
//! SciPy 1.17.1 returns the infinity. In this course it's NaN, because a training run that has
//! diverged mustn't look healthy. There is at least one class.

#[path = "../src/e09_log_sum_exp.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e09_log_sum_exp;

use std::f64::consts::LN_2;

use conformance::oracle;
use conformance::random::Random;
use e09_log_sum_exp::log_sum_exp;
use exercises::{Lesson, lesson};

const MASK: f32 = f32::NEG_INFINITY;

/// The most that a rounding costs, relative to the rounded number.
const ROUNDING: f64 = 1.0 / (1 << 24) as f64;

/// Accepts the log-sum-exp of a row if it's within one rounding for each term of its sum, plus
/// eight for the differences, `exp`, `ln` and the addition of the max.
#[track_caller]
fn meets(lesson: Lesson, z: &[f32], expected: f64) {
    let classes = z.len() as f64;
    let size = 1.0 + classes.ln() + expected.abs();
    let within = (classes + 8.0) * ROUNDING * size;
    lesson.near(format!("log_sum_exp({z:?})"), log_sum_exp(z), expected, within);
}

#[test]
fn ordinary_rows_have_their_log_sum_exp() {
    let lesson = lesson(
        "overflow",
        "the result isn't the max plus the logarithm of the sum of exp(z_k - max)",
    );
    meets(lesson, &[0.0, 0.0], LN_2);
    meets(lesson, &[2.0, 1.0, 0.1], 2.417_030_016);
    meets(lesson, &[1.0; 10], 3.302_585_092_99);
}

#[test]
fn one_class_gives_its_own_logit() {
    let lesson =
        lesson("overflow", "for one class the sum is exp(0) = 1, and its logarithm is 0");
    for z in [0.0, 5.0, -3.5] {
        meets(lesson, &[z], z.into());
    }
}

#[test]
fn large_logits_do_not_overflow() {
    let lesson = lesson(
        "overflow",
        "an exponential overflows: from a logit of 88.72284 on it's infinite",
    );
    meets(lesson, &[89.0, 0.0], 89.0);
    meets(lesson, &[88.72283, 88.72283], 89.415_978_906);
    meets(lesson, &[1000.0, 1001.0, 1002.0], 1_002.407_605_964);
    meets(lesson, &[3e38; 3], 3e38);
}

#[test]
fn the_max_is_not_the_largest_size() {
    let lesson = lesson("overflow", "you don't subtract the max of the row");
    meets(lesson, &[-1000.0, 1.0], 1.0);
    meets(lesson, &[-200.0, 0.0, -300.0], 0.0);
}

#[test]
fn rows_far_below_0_do_not_vanish() {
    let lesson = lesson("overflow", "every exponential is 0, and so is their sum");
    meets(lesson, &[-104.0, -105.0], -103.686_738_312);
    meets(lesson, &[-10_001.0, -10_000.0], -9_999.686_738_312);
    meets(lesson, &[-1e30, -3e38], -1e30);
    meets(lesson, &[-1e30], -1e30);
}

#[test]
fn masked_classes_add_nothing() {
    let lesson = lesson(
        "overflow",
        "a class at -inf needs no special case: exp(-inf) is 0 while the max is finite",
    );
    meets(lesson, &[1.0, 2.0, MASK], 2.313_261_688);
    meets(lesson, &[MASK, 0.5, MASK], 0.5);
    meets(lesson, &[MASK, -200.0, -200.0], -199.306_852_819);
}

#[test]
fn rows_without_probabilities_give_nan() {
    const NAN: f32 = f32::NAN;
    const INF: f32 = f32::INFINITY;
    let rows: [&[f32]; 7] = [
        &[NAN, 1.0, 2.0],
        &[1.0, 2.0, -NAN],
        &[INF, 1.0],
        &[INF, MASK],
        &[MASK, MASK],
        &[MASK],
        &[NAN, MASK, MASK],
    ];
    let lesson = lesson("overflow", "a row without probabilities gives a number");
    for z in rows {
        lesson.near(format!("log_sum_exp({z:?})"), log_sum_exp(z), f64::NAN, 0.0);
    }
}

#[test]
fn every_class_count_agrees_with_the_oracle() {
    let lesson = lesson("overflow", "you skip a class or count it twice");
    for classes in 1..=67 {
        // The seed is the number of classes.
        let mut random = Random::new(classes as u64);
        for deviation in [0.0, 0.1, 3.0, 1000.0] {
            let z = random.normals(classes, deviation);
            // lse(z) = z_k - ln p_k, whichever class is taken.
            let lse = f64::from(z[0]) - oracle::log_probabilities(&z)[0];
            meets(lesson, &z, lse);
        }
    }
}
