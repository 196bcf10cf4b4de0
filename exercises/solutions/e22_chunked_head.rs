//! e22, a head without its logits. Your task is at the top of tests/e22_chunked_head.rs.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayView2, ArrayViewMut1, Axis};

/// The gradient of the mean loss with respect to the two inputs of a linear head.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadGrads {
    /// With respect to the hidden rows, N x D.
    pub hidden: Array2<f32>,
    /// With respect to the weights, C x D.
    pub weights: Array2<f32>,
}

/// Returns the mean loss of the logits `hidden weights^T`, in nats, and overwrites `grads` with
/// its gradients. It makes the logits of `rows_per_chunk` rows at a time.
///
/// `hidden` is N x D, `weights` is C x D, and there are N labels, at least one. The last chunk
/// may have fewer rows.
pub fn head_loss_and_grads(
    hidden: ArrayView2<'_, f32>,
    weights: ArrayView2<'_, f32>,
    labels: &[usize],
    rows_per_chunk: usize,
    grads: &mut HeadGrads,
) -> f32 {
    // gap: let shapes = (hidden.dim(), weights.dim(), grads.weights.dim());
    // gap: todo!("{shapes:?}: the head with labels {labels:?}, by {rows_per_chunk} rows")
    let rows = labels.len() as f32;
    let mut sum = 0.0;
    grads.weights.fill(0.0);
    let chunks = hidden
        .axis_chunks_iter(Axis(0), rows_per_chunk)
        .zip(labels.chunks(rows_per_chunk))
        .zip(grads.hidden.axis_chunks_iter_mut(Axis(0), rows_per_chunk));
    for ((hidden, labels), mut of_hidden) in chunks {
        let mut logits = hidden.dot(&weights.t());
        for (z, &label) in logits.rows_mut().into_iter().zip(labels) {
            sum += nll_and_p_minus_y(z, label);
        }
        // The mean is over all rows of the batch, not only over those of this chunk.
        let of_logits = logits / rows;
        // Each hidden row belongs to one chunk, which writes its gradient.
        general_mat_mul(1.0, &of_logits, &weights, 0.0, &mut of_hidden);
        // Every row contributes to the weights' gradient, so each chunk adds to it. It adds in
        // place, since `+= &dot(..)` would make a second C x D array.
        general_mat_mul(1.0, &of_logits.t(), &hidden, 1.0, &mut grads.weights);
    }
    (sum / f64::from(rows)) as f32
    // end of gap
}

/// Returns the nll of a row's label, in nats, and replaces the logits with its gradient, `p - y`.
fn nll_and_p_minus_y(mut z: ArrayViewMut1<'_, f32>, label: usize) -> f64 {
    let max = z.fold(f32::NEG_INFINITY, |max, &z_k| max.max(z_k));
    let below_max = |z_k: f32| f64::from(z_k) - f64::from(max);
    let ties = z.iter().filter(|&&z_k| z_k == max).count() as f64 - 1.0;
    let terms = z.iter().filter(|&&z_k| z_k != max).map(|&z_k| below_max(z_k).exp());
    let rest = terms.sum::<f64>() + ties;
    let nll = rest.ln_1p() - below_max(z[label]);
    // This is 1 - p, without a difference of two numbers near 1.
    let one_minus_p = -(-nll).exp_m1();
    z.mapv_inplace(|z_k| (below_max(z_k).exp() / (1.0 + rest)) as f32);
    z[label] = -one_minus_p as f32;
    nll
}
