//! e13, the first backend. What to do stands at the top of tests/e13_first_backend.rs.

use backend::{Backend, Batch, GradOut, LossesOut, Row, SoftmaxOut};

/// Your first backend: the rows of a batch, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct FirstBackend;

impl Backend for FirstBackend {
    fn name(&self) -> &str {
        "first"
    }

    /// Fills each row of the buffer, C long, with the probabilities of its row of logits.
    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        // gap: todo!("the probabilities of {} rows", out.rows().len())
        for (z, p) in out.rows() {
            softmax_of_row(z, p);
        }
        // end of gap
    }

    /// Fills each row of the buffer, C long, with the log-probabilities of its row.
    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        // gap: todo!("the log-probabilities of {} rows", out.rows().len())
        for (z, log_p) in out.rows() {
            log_softmax_of_row(z, log_p);
        }
        // end of gap
    }

    /// Fills the buffer, N long, with the loss of each row: 0 for an ignored one.
    fn losses(&self, mut out: LossesOut<'_>) {
        // gap: todo!("the loss of each of {} rows", out.rows().len())
        for (row, loss) in out.rows() {
            // Not skipped: what the buffer held before would stay.
            *loss = row.map_or(0.0, loss_of_row) as f32;
        }
        // end of gap
    }

    /// The sum of the rows' losses. The trait's `forward` divides it.
    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        // gap: todo!("the sum of the losses of {} rows", batch.rows())
        // In f64: many small losses add up there, and two large ones do not overflow.
        batch.iter().flatten().map(loss_of_row).sum()
        // end of gap
    }

    /// Fills the buffer, N x C long, with the derivative of the reduced loss by each logit:
    /// 0 in an ignored row.
    fn backward(&self, mut out: GradOut<'_>) {
        // gap: todo!("the gradient of {} rows", out.rows().len())
        let divisor = out.batch().divisor();
        for (row, grad) in out.rows() {
            match row {
                Some(row) => gradient_of_row(row, divisor, grad),
                None => grad.fill(0.0),
            }
        }
        // end of gap
    }
}

// The row functions are given. Chapters 8 to 10 are about what is good in them, and what
// is not.

/// Fills `p`, as long as `z`, with the probabilities of a row.
fn softmax_of_row(z: &[f32], p: &mut [f32]) {
    let max = max(z);
    let sum = sum(z, max);
    for (p_k, &z_k) in p.iter_mut().zip(z) {
        *p_k = (exp_below_max(z_k, max) / sum) as f32;
    }
}

/// Fills `log_p`, as long as `z`, with the log-probabilities of a row.
fn log_softmax_of_row(z: &[f32], log_p: &mut [f32]) {
    let max = max(z);
    let log_norm = sum(z, max).ln();
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        *log_p_k = ((f64::from(z_k) - f64::from(max)) - log_norm) as f32;
    }
}

/// The loss `sum_k a_k nll_k` of a row, in nats.
fn loss_of_row(row: Row<'_>) -> f64 {
    let z = row.logits();
    let max = max(z);
    let log_norm = sum(z, max).ln();
    let mut loss = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        let a = row.target().weight(k);
        // Without weight a class costs nothing, also where its nll is infinite.
        if a != 0.0 {
            loss += a * (log_norm + (f64::from(max) - f64::from(z_k)));
        }
    }
    loss
}

/// Fills `grad`, as long as the row, with the derivative of its loss over `divisor` by each
/// logit, `(A p_k - a_k) / divisor`.
fn gradient_of_row(row: Row<'_>, divisor: f64, grad: &mut [f32]) {
    let z = row.logits();
    let max = max(z);
    let sum = sum(z, max);
    let total = row.target().total().value();
    for (k, (grad_k, &z_k)) in grad.iter_mut().zip(z).enumerate() {
        let p = exp_below_max(z_k, max) / sum;
        *grad_k = ((total * p - row.target().weight(k)) / divisor) as f32;
    }
}

/// The largest logit of a row; NaN if one of them is.
fn max(z: &[f32]) -> f32 {
    let mut max = f32::NEG_INFINITY;
    for &z_k in z {
        if z_k > max || z_k.is_nan() {
            max = z_k;
        }
    }
    max
}

/// The sum of `exp(z_k - max)` over all classes, from 1 to C.
fn sum(z: &[f32], max: f32) -> f64 {
    z.iter().map(|&z_k| exp_below_max(z_k, max)).sum()
}

/// `exp(z_k - max)`, from 0 to 1.
fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}
