//! e14, soft targets. Your task is at the top of tests/e14_soft_targets.rs.

/// Returns the log-probabilities `ln p_k` of a row. They're at most 0, and `-inf` for a masked
/// class.
fn log_softmax(z: &[f64]) -> Vec<f64> {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    z.iter().map(|z_k| (z_k - max) - sum.ln()).collect()
}

/// Returns the loss of a row with target weights `a`, one for each class, in nats:
/// `sum_k a_k nll_k`.
///
/// A class with weight 0 costs nothing. A masked class with a positive weight costs infinity.
pub fn loss(z: &[f64], a: &[f64]) -> f64 {
    todo!("the loss of {z:?} under {a:?}")
}

/// Returns the derivative of the loss with respect to each logit of the row, `A p_k - a_k`. The
/// entries sum to 0.
pub fn gradient(z: &[f64], a: &[f64]) -> Vec<f64> {
    todo!("the gradient of {z:?} under {a:?}")
}
