//! e16, label smoothing. Your task is at the top of tests/e16_label_smoothing.rs.

/// Returns the target weights of a label, smoothed over all classes: `epsilon / C` for each
/// class, and `1 - epsilon` more for the label. They sum to 1.
///
/// `label` is below `classes`, and `epsilon` lies between 0 and 1. For label 0, 5 classes and
/// epsilon 0.1, the weights are `[0.92, 0.02, 0.02, 0.02, 0.02]`.
pub fn smoothed_over_all(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    todo!("{classes} weights for label {label}, epsilon {epsilon}")
}

/// Returns the target weights of a label, smoothed over the other classes: `1 - epsilon` for the
/// label, and `epsilon / (C - 1)` for each other class. They sum to 1.
///
/// `label` is below `classes`, which is at least 2, and `epsilon` lies between 0 and 1. For label
/// 0, 5 classes and epsilon 0.1, the weights are `[0.9, 0.025, 0.025, 0.025, 0.025]`.
pub fn smoothed_over_others(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    todo!("{classes} weights for label {label}, epsilon {epsilon}")
}

/// Returns the smallest loss that any logits can have for target weights `a` with the sum 1: the
/// entropy of `a` in nats, `-sum_k a_k ln a_k`.
pub fn loss_floor(a: &[f64]) -> f64 {
    todo!("the smallest loss for {a:?}")
}
