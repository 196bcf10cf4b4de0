//! e14, soft targets. What to do stands at the top of tests/e14_soft_targets.rs.

/// The log-probabilities `ln p_k` of a row, at most 0: `-inf` for a masked class.
fn log_softmax(z: &[f64]) -> Vec<f64> {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    z.iter().map(|z_k| (z_k - max) - sum.ln()).collect()
}

/// The loss of a row with target weights `a`, one for each class, in nats:
/// `sum_k a_k nll_k`.
///
/// A class without weight costs nothing, a masked class with a positive one infinitely much.
pub fn loss(z: &[f64], a: &[f64]) -> f64 {
    todo!("the loss of {z:?} under {a:?}")
}

/// The derivative of the loss by each logit of the row: `A p_k - a_k`, with the sum 0.
pub fn gradient(z: &[f64], a: &[f64]) -> Vec<f64> {
    todo!("the gradient of {z:?} under {a:?}")
}
