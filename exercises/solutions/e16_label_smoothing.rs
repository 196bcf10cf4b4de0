//! e16, label smoothing. What to do stands at the top of tests/e16_label_smoothing.rs.

/// The target weights of a label, smoothed over all classes: `epsilon / C` for each, and
/// `1 - epsilon` more for the label. They sum to 1.
///
/// `label` is below `classes`, and `epsilon` lies in 0 to 1.
pub fn smoothed_over_all(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    // gap: todo!("{classes} weights for label {label}, epsilon {epsilon}")
    let mut a = vec![epsilon / classes as f64; classes];
    // Added: the label has its share of the spread like any other class.
    a[label] += 1.0 - epsilon;
    a
    // end of gap
}

/// The target weights of a label, smoothed over the others: `1 - epsilon` for the label, and
/// `epsilon / (C - 1)` for each other class. They sum to 1.
///
/// `label` is below `classes`, of which there are at least two; `epsilon` lies in 0 to 1.
pub fn smoothed_over_others(label: usize, classes: usize, epsilon: f64) -> Vec<f64> {
    // gap: todo!("{classes} weights for label {label}, epsilon {epsilon}")
    let mut a = vec![epsilon / (classes - 1) as f64; classes];
    // Set: whatever was spread, none of it goes to the label.
    a[label] = 1.0 - epsilon;
    a
    // end of gap
}

/// The smallest loss that any logits have for target weights `a` that sum to 1, in nats:
/// their entropy, `-sum_k a_k ln a_k`.
pub fn loss_floor(a: &[f64]) -> f64 {
    // gap: todo!("the smallest loss for {a:?}")
    // In the limit 0 ln 0 is 0; in floats it is 0 times infinity.
    a.iter().filter(|a_k| **a_k != 0.0).map(|a_k| -a_k * a_k.ln()).sum()
    // end of gap
}
