//! Numbers that you can read off a batch without a backend.

use crate::{Batch, LossesOut, Row};

/// Returns the reduced negative log-likelihood, in nats, of a batch of log-probabilities:
/// the second half of cross-entropy, for a model that ends in log-softmax.
///
/// The logits are the log-probabilities. All options of the batch apply, as in
/// [`Backend::forward`](crate::Backend), and only log-probabilities with a target weight
/// are read. PyTorch calls this function `nn.NLLLoss`.
///
/// ```
/// use backend::{Batch, nll_loss};
///
/// let log_probs = [0.25_f32.ln(), 0.75_f32.ln()];
/// let batch = Batch::new(&log_probs, &[0], 2)?;
/// assert_eq!(nll_loss(&batch), 4.0_f32.ln());
/// # Ok::<(), backend::Error>(())
/// ```
pub fn nll_loss(batch: &Batch<'_>) -> f32 {
    let mut sum = 0.0;
    for row in batch.iter().flatten() {
        sum += loss_of_row(row);
    }
    batch.reduced(sum)
}

/// Fills `out` with each row's negative log-likelihood, not reduced; see [`nll_loss`].
pub fn nll_losses(mut out: LossesOut<'_>) {
    for (row, loss) in out.rows() {
        *loss = row.map_or(0.0, loss_of_row) as f32;
    }
}

fn loss_of_row(row: Row<'_>) -> f64 {
    let mut loss = 0.0;
    for (k, &log_p) in row.logits().iter().enumerate() {
        let a = row.target().weight(k);
        // A class without weight costs nothing, even if its logit is -inf.
        if a != 0.0 {
            loss += a * -f64::from(log_p);
        }
    }
    loss
}

/// Returns the share of rows whose largest logit is at the label, from 0 to 1.
///
/// Ignored rows are left out. If several logits are the largest, the first counts. A row
/// without probabilities (with NaN, with `+inf`, or with nothing but `-inf`) counts as
/// wrong. Returns `None` if there's no row with a label.
///
/// ```
/// use backend::{Batch, accuracy};
///
/// let logits = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
/// assert_eq!(accuracy(&Batch::new(&logits, &[0, 2], 3)?), Some(0.5));
/// # Ok::<(), backend::Error>(())
/// ```
pub fn accuracy(batch: &Batch<'_>) -> Option<f64> {
    let mut right = 0;
    let mut kept = 0;
    for row in batch.iter().flatten() {
        kept += 1;
        right += usize::from(argmax(row.logits()) == Some(row.target().label()?));
    }
    (kept > 0).then(|| right as f64 / kept as f64)
}

/// Returns the first class at the max, or `None` if the max isn't finite.
fn argmax(z: &[f32]) -> Option<usize> {
    let mut best = 0;
    for (k, &z_k) in z.iter().enumerate() {
        if z_k.is_nan() {
            return None;
        }
        if z_k > z[best] {
            best = k;
        }
    }
    z[best].is_finite().then_some(best)
}

/// Returns `exp(loss)`: on average, the model is undecided among that many equally likely classes.
///
/// The loss is the mean over plain labels, in nats. A model that gives each of C classes
/// the probability 1/C has the perplexity C.
///
/// ```
/// assert!((backend::perplexity(10.0_f32.ln()) - 10.0).abs() < 1e-5);
/// ```
pub fn perplexity(loss: f32) -> f64 {
    f64::from(loss).exp()
}
