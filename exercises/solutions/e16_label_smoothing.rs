//! e16, label smoothing. Your task is at the top of tests/e16_label_smoothing.rs.

/// Returns the target weights of a label, smoothed over all classes: `epsilon / C` for each
/// class, and `1 - epsilon` more for the label. They sum to 1.
///
/// `label` is below `classes`, and `epsilon` lies between 0 and 1. For label 0, 5 classes and
/// epsilon 0.1, the weights are `[0.92, 0.02, 0.02, 0.02, 0.02]`.
pub fn smoothed_over_all(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    // gap: todo!("{classes} weights for label {label}, epsilon {epsilon}")
    let mut a = vec![epsilon / classes as f64; classes];
    // We add, because the label also gets its share of the spread, like any other class.
    a[label] += 1.0 - epsilon;
    a
    // end of gap
}

/// Returns the target weights of a label, smoothed over the other classes: `1 - epsilon` for the
/// label, and `epsilon / (C - 1)` for each other class. They sum to 1.
///
/// `label` is below `classes`, which is at least 2, and `epsilon` lies between 0 and 1. For label
/// 0, 5 classes and epsilon 0.1, the weights are `[0.9, 0.025, 0.025, 0.025, 0.025]`.
pub fn smoothed_over_others(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    // gap: todo!("{classes} weights for label {label}, epsilon {epsilon}")
    let mut a = vec![epsilon / (classes - 1) as f64; classes];
    // We overwrite, because the label gets no share of the spread.
    a[label] = 1.0 - epsilon;
    a
    // end of gap
}

/// Returns the smallest loss that any logits can have for target weights `a` with the sum 1: the
/// entropy of `a` in nats, `-sum_k a_k ln a_k`.
pub fn loss_floor(a: &[f64]) -> f64 {
    // gap: todo!("the smallest loss for {a:?}")
    // In the limit, 0 ln 0 is 0. In floats, it's 0 times -inf, which is NaN.
    a.iter().filter(|a_k| **a_k != 0.0).map(|a_k| -a_k * a_k.ln()).sum()
    // end of gap
}
