//! e26, break the backends. Your task is at the top of tests/e26_break_the_backends.rs.

use std::error::Error;
use std::f64::consts::LN_2;

use backend::{Backend, Batch, CrossEntropy};

/// Returns whether two numbers are near: at most about a hundred ulp apart, which is more than a
/// right backend is off. Only 0 is near 0, and NaN is near nothing.
pub fn near(got: f32, exact: f64) -> bool {
    // gap: todo!("is {got} near enough to {exact}?")
    // Relative to the exact value, since with a fixed tolerance 0 would pass for a loss of 2e-9. A
    // hundred ulp are more than a right backend is off, and less than any of these mistakes.
    (f64::from(got) - exact).abs() <= 1e-5 * exact.abs()
    // end of gap
}

/// Batches: their logits, one label per row, and the mean of their losses.
const LOSSES: &[(&[f32], &[usize], f64)] = &[
    (&[0.0, 0.0], &[0], LN_2),
    // gap: // More rows: yours.
    // The right class leads by more than 24 ln 2, so the tail is below half an ulp of 1.
    (&[20.0, 0.0], &[0], 2.061_153_62e-9),
    // The wrong class leads by 50. A probability that's clamped can't tell how wrong that is.
    (&[0.0, 50.0], &[0], 50.0),
    // Both logits are below -10000, where some searches for the max start.
    (&[-3e38, -3e38], &[0], LN_2),
    // One row is far below the other. Their losses are 0 and ln 2.
    (&[200.0, 0.0, 0.0, 0.0], &[0, 0], LN_2 / 2.0),
    // end of gap
];

/// Judges a backend.
///
/// # Errors
/// Returns an error that says which result is wrong.
pub fn verdict(backend: &dyn Backend) -> Result<(), Box<dyn Error>> {
    for &(logits, labels, exact) in LOSSES {
        let batch = Batch::new(logits, labels, logits.len() / labels.len())?;
        let name = format!("the loss of {logits:?}, labels {labels:?},");
        judge(&name, backend.forward(&batch), exact)?;
    }
    // gap: // What a mean loss of labels cannot show: yours.
    // The gradient of a mean of two rows: (1/2 - 1) / 2.
    let mut grad = [f32::NAN; 4];
    backend.backward(Batch::new(&[0.0; 4], &[0, 1], 2)?.grad_out(&mut grad)?);
    judge("grad[0] of two rows", grad[0], -0.25)?;
    // With half of the weight each, class 0 costs ln(1 + e^-2), and class 1 costs 2 more.
    let halves = Batch::new(&[2.0, 0.0], &[0.5, 0.5], 2)?;
    judge("the loss of two halves", backend.forward(&halves), 1.126_928_011)?;
    // A single row counts, whatever the padding next to it holds.
    let ignoring = CrossEntropy::default().ignore_index(9);
    let padded = ignoring.batch(&[0.0, 0.0, 0.0, f32::NEG_INFINITY], &[0, 9], 2)?;
    judge("the mean beside padding", backend.forward(&padded), LN_2)?;
    // The label's own logit is a number, and only the sum shows the NaN next to it.
    let diverged = Batch::new(&[2.0, f32::NAN], &[0], 2)?;
    if !backend.forward(&diverged).is_nan() {
        return Err("the loss of a row with NaN is a number".into());
    }
    // end of gap
    Ok(())
}

/// Compares a number with the exact one.
fn judge(name: &str, got: f32, exact: f64) -> Result<(), Box<dyn Error>> {
    if near(got, exact) {
        return Ok(());
    }
    Err(format!("{name} is {got}, not {exact}").into())
}
