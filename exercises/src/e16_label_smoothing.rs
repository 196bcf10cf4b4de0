//! e16, label smoothing. What to do stands at the top of tests/e16_label_smoothing.rs.

/// The target weights of a label, smoothed over all classes: `epsilon / C` for each, and
/// `1 - epsilon` more for the label. They sum to 1.
///
/// `label` is below `classes`, and `epsilon` lies in 0 to 1.
pub fn smoothed_over_all(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    todo!("{classes} weights for label {label}, epsilon {epsilon}")
}

/// The target weights of a label, smoothed over the others: `1 - epsilon` for the label, and
/// `epsilon / (C - 1)` for each other class. They sum to 1.
///
/// `label` is below `classes`, of which there are at least two; `epsilon` lies in 0 to 1.
pub fn smoothed_over_others(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    todo!("{classes} weights for label {label}, epsilon {epsilon}")
}

/// The smallest loss that any logits have for target weights `a` that sum to 1, in nats:
/// their entropy, `-sum_k a_k ln a_k`.
pub fn loss_floor(a: &[f64]) -> f64 {
    todo!("the smallest loss for {a:?}")
}
