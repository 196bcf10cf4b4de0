//! How does the loss change when you change a logit? After the logarithm, the quotient and all
//! the exponentials, the answer is a difference: the model's probability minus the truth. For
//! one row with the label y,
//!
//! ```text
//! loss   = ln sum_j exp(z_j) - z_y
//! grad_k = p_k - 1   if k = y,        p = softmax(z)
//!          p_k       otherwise
//! ```
//!
//! You've seen the derivation. Repeat it on paper with the page closed: the logarithm of the
//! sum gives you p_k, and -z_y gives you the -1, once.
//!
//! A batch has N rows, and its loss is their mean. Write `gradient`, the derivative of that
//! mean with respect to each of the N x C logits, row by row. `softmax` is given in your file.
//! The logits are small here, so this formula is accurate enough. The exercise "The confident
//! tail" comes back to it.

#[path = "../src/e04_gradient.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e04_gradient;

use conformance::random::Random;
use e04_gradient::gradient;
use exercises::lesson;

/// An entry is at most 1, where one rounding costs 1e-16, and it takes a few roundings to make.
const ROUNDING: f64 = 1e-14;

/// The step of the central differences.
const STEP: f64 = 1e-5;
/// A central difference has two errors: `STEP^2 / 6` times the loss's third derivative, which is
/// below 1, and the rounding of a loss below 10, over `STEP`. They're at most 2e-11 and 4e-10.
const BY_DIFFERENCES: f64 = 1e-9;

/// Returns N x C logits and N labels.
fn batch(seed: u64, rows: usize, classes: usize) -> (Vec<f64>, Vec<usize>) {
    let mut random = Random::new(seed);
    let logits = random.normals(rows * classes, 1.5).into_iter().map(f64::from).collect();
    (logits, random.below(rows, classes))
}

fn mean_loss(logits: &[f64], labels: &[usize], classes: usize) -> f64 {
    let rows = logits.chunks_exact(classes).zip(labels);
    let losses = rows.map(|(z, &y)| lse(z) - z[y]);
    losses.sum::<f64>() / labels.len() as f64
}

fn lse(z: &[f64]) -> f64 {
    z.iter().map(|z_k| z_k.exp()).sum::<f64>().ln()
}

#[test]
fn one_row_is_p_minus_y() {
    let lesson = lesson("p-minus-y", "the result isn't p - y");
    let z = [0.0, 2.0_f64.ln(), 3.0_f64.ln()];
    let p = [1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0];
    for y in 0..3 {
        let mut p_minus_y = p;
        p_minus_y[y] -= 1.0;
        let input = format!("one row [0, ln 2, ln 3] with label {y}");
        lesson.all_near(input, &gradient(&z, &[y], 3), &p_minus_y, ROUNDING);
    }
}

#[test]
fn a_mean_divides_the_gradient_too() {
    let lesson = lesson("p-minus-y", "the loss is divided by N, and the gradient isn't");
    for rows in [1, 2, 5, 64] {
        let z = [0.0, 3.0_f64.ln()].repeat(rows);
        let expected = [-0.75, 0.75].map(|entry| entry / rows as f64).repeat(rows);
        let input = format!("N = {rows}, each row [0, ln 3] with label 0");
        lesson.all_near(input, &gradient(&z, &vec![0; rows], 2), &expected, ROUNDING);
    }
}

#[test]
fn each_row_has_its_own_label() {
    let lesson = lesson("p-minus-y", "a row doesn't get its own label");
    let z = [0.0, 2.0_f64.ln(), 3.0_f64.ln()].repeat(3);
    let expected = [1.0, 2.0, -3.0, -5.0, 2.0, 3.0, 1.0, -4.0, 3.0].map(|six| six / 18.0);
    let input = "three rows [0, ln 2, ln 3] with the labels [2, 0, 1]";
    lesson.all_near(input, &gradient(&z, &[2, 0, 1], 3), &expected, ROUNDING);
}

#[test]
fn rows_sum_to_zero() {
    let lesson = lesson("p-minus-y", "you have to subtract a 1 once in each row");
    for classes in 1..=67 {
        let (z, labels) = batch(4, 3, classes);
        let grad = gradient(&z, &labels, classes);
        let input = format!("N = 3, C = {classes}, normal logits, seed 4");
        lesson.equal(format!("{input}: how many numbers"), grad.len(), z.len());
        for (i, row) in grad.chunks_exact(classes).enumerate() {
            let sum: f64 = row.iter().sum();
            lesson.near(format!("{input}: the sum of row {i}"), sum, 0.0, ROUNDING);
        }
    }
}

#[test]
fn published_numbers_come_out() {
    let lesson = lesson("p-minus-y", "the result isn't (p - y) / N");
    let z = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
    let expected = [
        [-0.170_499_44, 0.121_216_48, 0.049_282_95],
        [0.003_319_29, -0.007_373_48, 0.004_054_19],
    ];
    // These numbers were printed with 8 decimals, and the last one may be off by 1.
    let input = "[[2, 1, 0.1], [0, 5, 0.2]] with the labels [0, 1]";
    lesson.all_near(input, &gradient(&z, &[0, 1], 3), expected.as_flattened(), 1.5e-8);
}

#[test]
fn it_is_the_slope_of_the_mean_loss() {
    let lesson = lesson("p-minus-y", "the result isn't the slope of this mean loss");
    for (rows, classes) in [(1, 2), (3, 2), (2, 7), (5, 4)] {
        let (z, labels) = batch(5, rows, classes);
        let loss_with = |place: usize, step: f64| {
            let mut z = z.clone();
            z[place] += step;
            mean_loss(&z, &labels, classes)
        };
        let slope =
            |place| (loss_with(place, STEP) - loss_with(place, -STEP)) / (2.0 * STEP);
        let slopes: Vec<f64> = (0..z.len()).map(slope).collect();
        let input = format!("N = {rows}, C = {classes}, normal logits, seed 5");
        let got = gradient(&z, &labels, classes);
        lesson.all_near(input, &got, &slopes, BY_DIFFERENCES);
    }
}
