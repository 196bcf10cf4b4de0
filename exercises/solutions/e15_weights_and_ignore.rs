//! e15, weights and ignored rows. What to do stands at the top of
//! tests/e15_weights_and_ignore.rs.

use backend::Reduction;

/// The options of a loss.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The class weights `w`, one for each class, 0 or more.
    pub class_weights: &'a [f64],
    /// Rows with this label are ignored. It may be one of the classes, or lie outside.
    pub ignore_index: usize,
    /// How the losses of the rows become one number.
    pub reduction: Reduction,
}

/// The loss of a row at a label, `-ln p_y`, in nats. `label` is one of the classes.
fn nll(z: &[f64], label: usize) -> f64 {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    sum.ln() + (max - z[label])
}

/// The reduced loss of N rows of C logits, row-major, with N labels: the sum of `w_y nll_y`
/// over the rows that are not ignored, and for a mean, over the sum of their `w_y`.
pub fn reduced_loss(logits: &[f64], labels: &[usize], options: Options<'_>) -> f64 {
    // gap: todo!("the loss of {logits:?} at {labels:?} with {options:?}")
    let (mut sum, mut divisor) = (0.0, 0.0);
    for (z, &label) in logits.chunks_exact(options.class_weights.len()).zip(labels) {
        // Before anything else: the label may be none of the classes, and what the row holds
        // may be NaN, which no weight of 0 removes.
        if label == options.ignore_index {
            continue;
        }
        let w = options.class_weights[label];
        sum += w * nll(z, label);
        divisor += w;
    }
    match options.reduction {
        Reduction::Mean => sum / divisor,
        Reduction::Sum => sum,
    }
    // end of gap
}
