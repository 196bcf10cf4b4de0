//! The obvious program goes over a row three times: for the max, for the sum of the
//! exponentials, and for the gradient, where it computes every exponential again. If a
//! batch is larger than the cache, most of the time goes into reading. Two reads of
//! each logit are enough, because the buffer of the gradient has a place for each
//! exponential until you need it again.
//!
//! Write `loss_and_grad(z, label, divisor, grad)`. It returns the loss -ln p_label of the
//! row, which isn't divided, and fills `grad` with (p - y) / divisor. These are its
//! duties:
//!
//! - It reads each logit at most twice, the label's too. You read a `CountedRow` by
//!   `get`, which counts. You're given `top`, which finds the max with the first read.
//! - It allocates nothing, and it doesn't use the old numbers in `grad`.
//! - It keeps the tail, as in exercise 11: the rest without the 1 of the top, its `ln_1p`,
//!   and if the label is the top, the label's entry -(1 - p) made of the rest.
//! - Its error is at most 4 ulp. `exp_below_max`, which you're given, works in `f64`, and
//!   so should your sums and quotients. The exponentials that wait in `grad` are `f32`.
//! - The loss and all entries of the gradient are NaN if the row has a NaN or `+inf`, or
//!   nothing but `-inf`.

#[path = "../src/e20_fused_row.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e20_fused_row;

use std::f64::consts::LN_2;

use conformance::oracle::log_probabilities;
use conformance::random::Random;
use conformance::tolerance::LABEL_ULPS;
use e20_fused_row::{CountedRow, loss_and_grad};
use exercises::{Lesson, lesson};

/// The smallest ulp of an `f32`, relative to the number. The loss is `f64`, but
/// exponentials that were rounded to `f32` may go into it.
const ULP: f64 = 1.0 / (1 << 24) as f64;

/// What `grad` holds before: NaN, which no sum and no product gets rid of.
fn buffer(classes: usize) -> Vec<f32> {
    vec![f32::NAN; classes]
}

/// The loss and the gradient of a row, exactly.
fn exact(z: &[f32], label: usize, divisor: f64) -> (f64, Vec<f64>) {
    let log_p = log_probabilities(z);
    let entry = |(k, log_p): (usize, &f64)| {
        // exp_m1 is p - 1, and loses nothing where p is almost 1.
        if k == label { log_p.exp_m1() / divisor } else { log_p.exp() / divisor }
    };
    (-log_p[label], log_p.iter().enumerate().map(entry).collect())
}

/// Compares the loss and all of the gradient with what is exact.
fn check(lesson: Lesson, name: &str, z: &[f32], label: usize, divisor: f64) {
    let mut grad = buffer(z.len());
    let loss = loss_and_grad(&CountedRow::new(z), label, divisor, &mut grad);
    let (exact_loss, exact_grad) = exact(z, label, divisor);
    let name = format!("{name}, label {label}, divisor {divisor}");
    let within = LABEL_ULPS * ULP * exact_loss;
    lesson
        .when(
            (within..1e-3 * exact_loss).contains(&(loss - exact_loss).abs()),
            "right to some six digits: the rest is summed in f32",
        )
        .near(format!("the loss of {name}"), loss, exact_loss, within);
    for (k, (&grad_k, &exact)) in grad.iter().zip(&exact_grad).enumerate() {
        let input = format!("entry {k} of the gradient of {name}");
        lesson.within_ulps(input, grad_k, exact, LABEL_ULPS);
    }
}

#[test]
fn two_equal_logits_share() {
    let mut grad = buffer(2);
    let loss = loss_and_grad(&CountedRow::new(&[0.0, 0.0]), 0, 1.0, &mut grad);
    let lesson = lesson(
        "memory",
        "the loss is ln(1 + rest) + (max - z_label), and the rest is 1 here",
    );
    lesson.near("the loss of [0, 0], label 0", loss, LN_2, 1e-12);
    lesson.all_near("the gradient of [0, 0], label 0", &grad, &[-0.5, 0.5], 0.0);
}

#[test]
fn a_row_of_three_is_right() {
    // The softmax is 0.659, 0.242, 0.099, of which the first loses 1.
    let z = [2.0, 1.0, 0.1];
    let mut grad = buffer(3);
    let loss = loss_and_grad(&CountedRow::new(&z), 0, 1.0, &mut grad);
    let of_row = lesson("memory", "not the loss of a row");
    of_row.near("the loss of [2, 1, 0.1], label 0", loss, 0.417_030_02, 1e-7);
    let p_minus_y = [-0.340_998_86, 0.242_432_97, 0.098_565_89];
    of_row.all_near("the gradient of [2, 1, 0.1], label 0", &grad, &p_minus_y, 1e-7);

    let quarter = p_minus_y.map(|entry| entry / 4.0);
    let loss = loss_and_grad(&CountedRow::new(&z), 0, 4.0, &mut grad);
    let divided =
        lesson("memory", "the gradient is divided by the divisor, and the loss isn't");
    divided.near("the loss of [2, 1, 0.1], divisor 4", loss, 0.417_030_02, 1e-7);
    divided.all_near("the gradient of [2, 1, 0.1], divisor 4", &grad, &quarter, 1e-7);
}

#[test]
fn no_logit_is_read_more_than_twice() {
    let lesson = lesson(
        "memory",
        "a logit is looked up once more, though grad and a variable can keep what it's for",
    );
    for classes in [3, 10, 1000, 1] {
        let z = Random::new(22).normals(classes, 3.0);
        for label in [classes - 1, classes / 2, 0] {
            let row = CountedRow::new(&z);
            loss_and_grad(&row, label, 1.0, &mut buffer(classes));
            for k in 0..classes {
                let input = format!("reads of logit {k} of {classes}, label {label}");
                let reads = row.reads(k);
                lesson.holds(input, reads, "1 or 2", reads == 1 || reads == 2);
            }
        }
    }
}

#[test]
fn nothing_is_allocated() {
    let lesson = lesson(
        "memory",
        "a copy of the row, or a Vec of exponentials: grad has room for them",
    );
    let z = Random::new(23).normals(1000, 3.0);
    let (row, mut grad) = (CountedRow::new(&z), buffer(1000));
    let counted = allocation_counter::measure(|| {
        loss_and_grad(&row, 7, 1.0, &mut grad);
    });
    lesson.equal("bytes allocated for a row of 1000", counted.bytes_total, 0);
}

#[test]
fn a_confident_row_keeps_its_tail() {
    let lesson = lesson("tail", "beside something large the tail is lost");
    for margin in [15.0, 17.0, 20.0, 40.0, 80.0] {
        check(lesson, &format!("[{margin}, 0]"), &[margin, 0.0], 0, 1.0);
        check(lesson, &format!("[0, {margin}]"), &[0.0, margin], 1, 1.0);
    }
    let mut many = vec![0.0; 1000];
    many[0] = 20.0;
    check(lesson, "20, then 999 zeros", &many, 0, 1.0);
}

#[test]
fn every_row_is_exact() {
    let lesson = lesson("memory", "not exact in every row");
    for classes in 1..=67 {
        for deviation in [0.0, 1.0, 30.0] {
            let mut random = Random::new(24);
            let z = random.normals(classes, deviation);
            let label = random.below(1, classes)[0];
            let name =
                format!("{classes} normal logits of deviation {deviation}, seed 24");
            check(lesson, &name, &z, label, 1.0);
            check(lesson, &name, &z, label, 4096.0);
        }
    }
    let masked = [1.0, f32::NEG_INFINITY, 2.0];
    for label in 0..3 {
        check(lesson, "[1, -inf, 2]", &masked, label, 1.0);
        check(lesson, "[3e38, -3e38, 0]", &[3e38, -3e38, 0.0], label, 1.0);
    }
    for margin in [20.0, 80.0] {
        check(lesson, &format!("[0, {margin}]"), &[0.0, margin], 0, 1.0);
    }
}

#[test]
fn nan_is_never_hidden() {
    let lesson = lesson("overflow", "a row without probabilities gives a number");
    let [nan, inf, masked] = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let rows: [&[f32]; 8] = [
        &[1.0, inf, 2.0],
        &[1.0, nan, 2.0],
        &[nan, 1.0, 2.0],
        &[1.0, 2.0, nan],
        &[nan],
        &[inf, inf],
        &[inf],
        &[masked, masked],
    ];
    for z in rows {
        for label in 0..z.len() {
            let mut grad = vec![0.0; z.len()];
            let loss = loss_and_grad(&CountedRow::new(z), label, 1.0, &mut grad);
            lesson.near(format!("the loss of {z:?}, label {label}"), loss, f64::NAN, 0.0);
            let input = format!("the gradient of {z:?}, label {label}");
            lesson.all_near(input, &grad, &vec![f64::NAN; z.len()], 0.0);
        }
    }
}
