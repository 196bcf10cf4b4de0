//! e15, weights and ignored rows. Your task is at the top of tests/e15_weights_and_ignore.rs.

use backend::Reduction;

/// The options of a loss.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The class weights `w`, one for each class, 0 or more.
    pub class_weights: &'a [f64],
    /// The label of ignored rows. It may be a class, or any other number.
    pub ignore_index: usize,
    /// The way in which the losses of the rows become one number.
    pub reduction: Reduction,
}

/// Returns the loss of a row at a label, `-ln p_y`, in nats. `label` is one of the classes.
fn nll(z: &[f64], label: usize) -> f64 {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    sum.ln() + (max - z[label])
}

/// Returns the reduced loss of N rows of C logits, row-major, with N labels. It's the sum of
/// `w_y nll_y` over the rows that aren't ignored. A mean divides that by the sum of their `w_y`.
pub fn reduced_loss(logits: &[f64], labels: &[usize], options: Options<'_>) -> f64 {
    todo!("the loss of {logits:?} at {labels:?} with {options:?}")
}
