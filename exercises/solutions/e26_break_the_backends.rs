//! e26, break the backends. Your task is at the top of tests/e26_break_the_backends.rs.

use std::error::Error;
use std::f64::consts::LN_2;

use backend::{Backend, Batch, CrossEntropy};

/// Whether a right backend may return a number where `exact` is right: within some hundred
/// ulp, so that 0 is near 0 alone. NaN is near nothing.
pub fn near(got: f32, exact: f64) -> bool {
    // gap: todo!("is {got} near enough to {exact}?")
    // A part of the exact value, or beside a loss of 2e-9 a 0 would pass. It is a hundred ulp:
    // more than the 3 that a right backend may be off, less than any of these mistakes.
    (f64::from(got) - exact).abs() <= 1e-5 * exact.abs()
    // end of gap
}

/// Rows with labels: their logits, one label a row, and the mean of their losses.
const LOSSES: &[(&[f32], &[usize], f64)] = &[
    (&[0.0, 0.0], &[0], LN_2),
    // gap: // More rows: yours.
    // Right by more than 24 ln 2: ln(1 + e^-20).
    (&[20.0, 0.0], &[0], 2.061_153_62e-9),
    // Wrong by more than a clamped probability can tell.
    (&[0.0, 50.0], &[0], 50.0),
    // Below whatever a max may start at.
    (&[-3e38, -3e38], &[0], LN_2),
    // A row far below another; the mean of 0 and ln 2.
    (&[200.0, 0.0, 0.0, 0.0], &[0, 0], LN_2 / 2.0),
    // end of gap
];

/// The verdict on a backend: `Ok`, or what is wrong with it.
pub fn verdict(backend: &dyn Backend) -> Result<(), Box<dyn Error>> {
    for &(logits, labels, exact) in LOSSES {
        let batch = Batch::new(logits, labels, logits.len() / labels.len())?;
        let name = format!("the loss of {logits:?}, labels {labels:?},");
        judge(&name, backend.forward(&batch), exact)?;
    }
    // gap: // What a mean loss of labels cannot show: yours.
    // The slope of the mean of two rows: (1/2 - 1) / 2.
    let mut grad = [f32::NAN; 4];
    backend.backward(Batch::new(&[0.0; 4], &[0, 1], 2)?.grad_out(&mut grad)?);
    judge("grad[0] of two rows", grad[0], -0.25)?;
    // Half of each label costs half of each: ln(1 + e^-2), and 2 more.
    let halves = Batch::new(&[2.0, 0.0], &[0.5, 0.5], 2)?;
    judge("the loss of two halves", backend.forward(&halves), 1.126_928_011)?;
    // One fair coin, whatever the padding beside it holds.
    let ignoring = CrossEntropy::default().ignore_index(9);
    let padded = ignoring.batch(&[0.0, 0.0, 0.0, f32::NEG_INFINITY], &[0, 9], 2)?;
    judge("the mean beside padding", backend.forward(&padded), LN_2)?;
    // A right label beside NaN: its own logit is a number, and only the sum is not.
    let diverged = Batch::new(&[2.0, f32::NAN], &[0], 2)?;
    if !backend.forward(&diverged).is_nan() {
        return Err("the loss of a row with NaN is a number".into());
    }
    // end of gap
    Ok(())
}

/// `Ok` for a number that is near the exact one.
fn judge(name: &str, got: f32, exact: f64) -> Result<(), Box<dyn Error>> {
    if near(got, exact) {
        return Ok(());
    }
    Err(format!("{name} is {got}, not {exact}").into())
}
