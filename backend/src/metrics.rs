//! What one reads off a batch without a backend.

use crate::{Batch, LossesOut, Row};

/// The reduced negative log-likelihood of a batch whose logits are log-probabilities, in
/// nats: the second half of cross-entropy, for a model that ends in log-softmax.
///
/// All options of the batch apply, as they do to [`Backend::forward`](crate::Backend).
/// Only the log-probabilities that have a target weight are read. (PyTorch:
/// `nn.NLLLoss`.)
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

/// The negative log-likelihood of each row, before any reduction; see [`nll_loss`].
pub fn nll_losses(mut out: LossesOut<'_>) {
    for (row, loss) in out.rows() {
        *loss = row.map_or(0.0, loss_of_row) as f32;
    }
}

fn loss_of_row(row: Row<'_>) -> f64 {
    let mut loss = 0.0;
    for (k, &log_p) in row.logits().iter().enumerate() {
        let a = row.target().weight(k);
        // A class without weight costs nothing, also where its logit is -inf.
        if a != 0.0 {
            loss += a * -f64::from(log_p);
        }
    }
    loss
}

/// The share of rows, ignored ones left out, whose largest logit is at the label: 0 to 1.
///
/// Of several largest logits the first counts; a row without probabilities (with NaN, with
/// `+inf`, or with nothing but `-inf`) counts as wrong.
/// `None` where there is no row with a label.
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

/// The first class that attains the max; `None` if the max is not finite.
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

/// `exp(loss)`: among how many equally likely classes the model is, on average, undecided.
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
