//! e13, the first backend. Your task is at the top of tests/e13_first_backend.rs.

use backend::{Backend, Batch, GradOut, LossesOut, Row, SoftmaxOut};

/// Your first backend: it computes the rows of a batch one after the other.
#[derive(Clone, Copy, Debug)]
pub struct FirstBackend;

impl Backend for FirstBackend {
    fn name(&self) -> &str {
        "first"
    }

    /// Fills each row of the buffer, C long, with the probabilities of its row of logits.
    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        todo!("the probabilities of {} rows", out.rows().len())
    }

    /// Fills each row of the buffer, C long, with the log-probabilities of its row of logits.
    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        todo!("the log-probabilities of {} rows", out.rows().len())
    }

    /// Fills the buffer, N long, with the loss of each row; an ignored row gets 0.
    fn losses(&self, mut out: LossesOut<'_>) {
        todo!("the loss of each of {} rows", out.rows().len())
    }

    /// Returns the sum of the rows' losses. The trait's `forward` divides it.
    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        todo!("the sum of the losses of {} rows", batch.rows())
    }

    /// Fills the buffer, N x C long, with the derivative of the reduced loss with respect to
    /// each logit; an ignored row gets zeros.
    fn backward(&self, mut out: GradOut<'_>) {
        todo!("the gradient of {} rows", out.rows().len())
    }
}

// From here on, everything is given. You know these functions from the exercise "The confident
// tail", where you wrote the lines that keep the tail.

/// Fills `p`, as long as `z`, with the probabilities of a row.
fn softmax_of_row(z: &[f32], p: &mut [f32]) {
    let max = max(z);
    let rest = rest(z, max);
    for (p_k, &z_k) in p.iter_mut().zip(z) {
        *p_k = (exp_below_max(z_k, max) / (1.0 + rest)) as f32;
    }
}

/// Fills `log_p`, as long as `z`, with the log-probabilities of a row.
fn log_softmax_of_row(z: &[f32], log_p: &mut [f32]) {
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        *log_p_k = ((f64::from(z_k) - f64::from(max)) - log_norm) as f32;
    }
}

/// Returns the loss `sum_k a_k nll_k` of a row, in nats.
fn loss_of_row(row: Row<'_>) -> f64 {
    let z = row.logits();
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    let mut loss = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        let a = row.target().weight(k);
        // A class with weight 0 costs nothing, even if its price is infinite.
        if a != 0.0 {
            loss += a * (log_norm + (f64::from(max) - f64::from(z_k)));
        }
    }
    loss
}

/// Fills `grad`, as long as the row, with the derivative of the row's loss over `divisor` with
/// respect to each logit, `(p_k (A - a_k) - a_k (1 - p_k)) / divisor`.
fn gradient_of_row(row: Row<'_>, divisor: f64, grad: &mut [f32]) {
    let z = row.logits();
    let max = max(z);
    let rest = rest(z, max);
    let total = row.target().total();
    for (k, (grad_k, &z_k)) in grad.iter_mut().zip(z).enumerate() {
        let a = row.target().weight(k);
        let p = exp_below_max(z_k, max) / (1.0 + rest);
        let one_minus_p = if z_k == max { rest / (1.0 + rest) } else { 1.0 - p };
        *grad_k = ((p * total.without(a) - a * one_minus_p) / divisor) as f32;
    }
}

/// Returns the largest logit of a row, or NaN if one of the logits is NaN.
fn max(z: &[f32]) -> f32 {
    let mut max = f32::NEG_INFINITY;
    for &z_k in z {
        if z_k > max || z_k.is_nan() {
            max = z_k;
        }
    }
    max
}

/// Returns the sum of `exp(z_k - max)` over all classes except one at the max, or NaN if the
/// row has no probabilities.
fn rest(z: &[f32], max: f32) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let at_max = z.iter().filter(|&&z_k| z_k == max).count();
    let below_max = z.iter().filter(|&&z_k| z_k != max);
    let small: f64 = below_max.map(|&z_k| exp_below_max(z_k, max)).sum();
    small + (at_max - 1) as f64
}

/// Returns the logarithm of the row's normalizer relative to the max, `ln(1 + rest)`.
fn log_norm(rest: f64) -> f64 {
    rest.ln_1p()
}

/// Returns `exp(z_k - max)`, from 0 to 1.
fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}
