//! Write your first backend: implement `Backend`. The arithmetic of one row is given at the
//! end of your file: `softmax_of_row`, `log_softmax_of_row`, `loss_of_row` and
//! `gradient_of_row`. You know these functions from the exercise "The confident tail", and
//! they keep the tail. You write the part that no row function can do: everything that the
//! contract says about whole batches.
//!
//! - `softmax` and `log_softmax` fill each row of the buffer. `out.rows()` pairs each row of
//!   logits with the row that you fill.
//! - `losses` gives each row its loss. For an ignored row, `out.rows()` has `None`: you don't
//!   read the row's logits, and its loss is 0, whatever the buffer held before.
//! - `sum_of_losses` adds the losses of the rows that aren't ignored, in `f64`, and divides
//!   nothing. `batch.iter()` gives you the rows, and `None` for an ignored one.
//! - `backward` fills the gradient of the reduced loss: divided by `out.batch().divisor()`,
//!   which you read before the loop, because the rows borrow `out`, and 0 in ignored rows.
//!
//! The trait gives you the rest: `forward` divides your sum once, by `batch.divisor()`, and
//! `forward_backward` also fills the gradient. The last checks are all the laws, and your backend obeys
//! every one of them when you're done.

#[path = "../src/e13_first_backend.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e13_first_backend;

use backend::{Backend, Batch, CrossEntropy, Error, Logits, Reduction};
use e13_first_backend::FirstBackend;
use exercises::lesson;

const ROWS: &str = "rows [2, 1, 0.1] and [0, 5, 0.2]";
const LOGITS: [f32; 6] = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
const LABELS: [usize; 2] = [0, 1];

/// Returns the probability of class `k`.
fn p(z: &[f32], k: usize) -> f64 {
    let exp = |z_k: f32| f64::from(z_k).exp();
    exp(z[k]) / z.iter().map(|&z_k| exp(z_k)).sum::<f64>()
}

/// Returns the probabilities of both rows.
fn probabilities() -> Vec<f64> {
    LOGITS.chunks(3).flat_map(|z| (0..3).map(|k| p(z, k))).collect()
}

/// The most by which an `f32` of at most 8 is rounded.
const ROUNDING: f64 = 3e-7;

/// The number that fills the buffers before a call.
const BEFORE: f32 = 7.0;

#[test]
fn each_row_has_its_probabilities() -> Result<(), Error> {
    let lesson =
        lesson("backend", "you pair a row of the buffer with the wrong row of logits");
    let p = probabilities();
    let log_p: Vec<f64> = p.iter().map(|p| p.ln()).collect();
    let mut got = [BEFORE; 6];
    FirstBackend.softmax(Logits::new(&LOGITS, 3)?.softmax_out(&mut got)?);
    lesson.all_near(format!("{ROWS}, softmax"), &got, &p, ROUNDING);

    let mut got = [BEFORE; 6];
    FirstBackend.log_softmax(Logits::new(&LOGITS, 3)?.softmax_out(&mut got)?);
    lesson.all_near(format!("{ROWS}, log_softmax"), &got, &log_p, ROUNDING);
    Ok(())
}

#[test]
fn each_row_has_its_loss() -> Result<(), Error> {
    let lesson = lesson("backend", "a row doesn't get its own loss");
    let expected = [-p(&LOGITS[..3], 0).ln(), -p(&LOGITS[3..], 1).ln()];
    for reduction in [Reduction::Sum, Reduction::Mean] {
        let loss = CrossEntropy::default().reduction(reduction);
        let mut got = [BEFORE; 2];
        let batch = loss.batch(&LOGITS, &LABELS, 3)?;
        FirstBackend.losses(batch.losses_out(&mut got)?);
        let input = format!("{ROWS}, labels {LABELS:?}, losses under {reduction:?}");
        lesson.all_near(input, &got, &expected, ROUNDING);
    }
    Ok(())
}

#[test]
fn the_sum_is_divided_once() -> Result<(), Error> {
    let lesson = lesson(
        "backend",
        "the result isn't the sum of the rows' losses, divided once by the trait's \
         `forward`",
    );
    // These were computed with 40 digits.
    for (reduction, expected) in
        [(Reduction::Mean, 0.215_943_4), (Reduction::Sum, 0.431_886_8)]
    {
        let loss = CrossEntropy::default().reduction(reduction);
        let got = FirstBackend.forward(&loss.batch(&LOGITS, &LABELS, 3)?);
        let input = format!("{ROWS}, labels {LABELS:?}, forward under {reduction:?}");
        lesson.near(input, got, expected, ROUNDING);
    }
    Ok(())
}

#[test]
fn the_gradient_is_divided_like_the_loss() -> Result<(), Error> {
    let lesson = lesson(
        "backend",
        "the result isn't the gradient of the loss that `forward` returns",
    );
    let mut p_minus_y = probabilities();
    for (row, label) in LABELS.into_iter().enumerate() {
        p_minus_y[3 * row + label] -= 1.0;
    }
    for (reduction, divisor) in [(Reduction::Mean, 2.0), (Reduction::Sum, 1.0)] {
        let loss = CrossEntropy::default().reduction(reduction);
        let mut got = [BEFORE; 6];
        FirstBackend.backward(loss.batch(&LOGITS, &LABELS, 3)?.grad_out(&mut got)?);
        let expected: Vec<f64> = p_minus_y.iter().map(|grad| grad / divisor).collect();
        let input = format!("{ROWS}, labels {LABELS:?}, backward under {reduction:?}");
        lesson.all_near(input, &got, &expected, ROUNDING);
    }
    Ok(())
}

#[test]
fn an_ignored_row_costs_nothing() -> Result<(), Error> {
    let lesson =
        lesson("backend", "an ignored row counts, or another row takes its place");
    // The padding comes first, so you notice if the other rows move up.
    let logits = [f32::NAN, f32::NAN, 0.0, 0.0, 0.0, 0.0];
    let loss = CrossEntropy::default().ignore_index(9);
    let batch = loss.batch(&logits, &[9, 1, 0], 2)?;
    let input = "rows [NaN, NaN], [0, 0], [0, 0], labels [ignored, 1, 0]";
    let ln_2 = std::f64::consts::LN_2;

    let mut losses = [BEFORE; 3];
    FirstBackend.losses(batch.losses_out(&mut losses)?);
    lesson.all_near(format!("{input}, losses"), &losses, &[0.0, ln_2, ln_2], ROUNDING);

    let mut grad = [BEFORE; 6];
    FirstBackend.backward(batch.grad_out(&mut grad)?);
    let expected = [0.0, 0.0, 0.25, -0.25, -0.25, 0.25];
    lesson.all_near(format!("{input}, backward"), &grad, &expected, ROUNDING);

    let got = FirstBackend.forward(&batch);
    lesson.near(format!("{input}, forward: the mean of two"), got, ln_2, ROUNDING);
    Ok(())
}

#[test]
fn a_sum_over_no_rows_is_zero() -> Result<(), Error> {
    let lesson =
        lesson("backend", "you count on a first row, but there may be no rows at all");
    let loss = CrossEntropy::default().reduction(Reduction::Sum).ignore_index(9);
    for (input, logits, labels) in [
        ("no rows", &[][..], &[][..]),
        ("nothing but ignored rows", &[f32::NAN; 4][..], &[9, 9][..]),
    ] {
        let batch: Batch<'_> = loss.batch(logits, labels, 2)?;
        lesson.near(format!("{input}, forward"), FirstBackend.forward(&batch), 0.0, 0.0);
    }
    Ok(())
}

conformance::suite!(FirstBackend);
