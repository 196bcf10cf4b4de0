//! One batch through every stage: the loss, the largest error, the time.

use std::io::Write;
use std::time::Instant;

use anyhow::Result;
use backend::Backend;
use conformance::oracle::{self, Expected};
use conformance::random::Random;
use conformance::tolerance::ulps_between;

use super::heading;

const ROWS: usize = 1024;
const CLASSES: usize = 1000;
/// The standard deviation of the logits, about that of a trained image classifier.
const DEVIATION: f32 = 3.0;

pub(super) fn show(stages: &[Box<dyn Backend>], out: &mut dyn Write) -> Result<()> {
    heading(out, "1. One batch, every stage")?;
    writeln!(
        out,
        "{ROWS} rows of {CLASSES} random logits with random labels: the mean loss and its"
    )?;
    writeln!(
        out,
        "gradient. Errors are against exact values, in ulp, the distance from one f32 to"
    )?;
    writeln!(out, "the next.\n")?;

    let case = Random::new(1).labels(ROWS, CLASSES, DEVIATION);
    let batch = case.batch();
    let expected = oracle::expected(&batch);
    writeln!(
        out,
        "stage               loss   error of loss   worst of grad         time"
    )?;
    for stage in stages {
        let mut grad = vec![0.0; case.logits.len()];
        // The first run warms memory and caches up before the clock starts.
        stage.forward_backward(batch.grad_out(&mut grad)?);
        let start = Instant::now();
        let loss = stage.forward_backward(batch.grad_out(&mut grad)?);
        let time = start.elapsed();
        let (of_loss, of_grad) = errors(loss, &grad, &expected);
        writeln!(
            out,
            "{:12}  {loss:10.7}   {of_loss:9.2} ulp   {of_grad:9.2} ulp   {:7.2} ms",
            stage.name(),
            1e3 * time.as_secs_f64(),
        )?;
    }
    if cfg!(debug_assertions) {
        writeln!(
            out,
            "\nA development build; `cargo bench -p bench -- --quick` times with care."
        )?;
    }
    Ok(())
}

/// Returns the error of the loss, and the largest of the gradient: NaN if any of them is NaN.
fn errors(loss: f32, grad: &[f32], expected: &Expected) -> (f64, f64) {
    let errors =
        grad.iter().zip(&expected.grad).map(|(&g, exact)| ulps_between(g, exact.value));
    // `f64::max` would drop a NaN; once the largest is NaN, no comparison removes it.
    let largest =
        errors.fold(
            0.0,
            |largest: f64, error| {
                if error > largest || error.is_nan() { error } else { largest }
            },
        );
    (ulps_between(loss, expected.forward.value), largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_in_the_gradient_is_shown() {
        let case = Random::new(1).labels(2, 3, 1.0);
        let expected = oracle::expected(&case.batch());
        let right: Vec<f32> = expected.grad.iter().map(|g| g.value as f32).collect();
        let loss = expected.forward.value as f32;
        assert!(errors(loss, &right, &expected).1 <= 0.5);
        for at in 0..right.len() {
            let mut grad = right.clone();
            grad[at] = f32::NAN;
            assert!(errors(loss, &grad, &expected).1.is_nan());
        }
    }
}
