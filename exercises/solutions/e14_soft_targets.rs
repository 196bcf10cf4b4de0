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
    // gap: todo!("the loss of {z:?} under {a:?}")
    let mut loss = 0.0;
    for (log_p_k, a_k) in log_softmax(z).iter().zip(a) {
        // For a masked class with weight 0, the product would be 0 times infinity, which is NaN.
        if *a_k != 0.0 {
            loss -= a_k * log_p_k;
        }
    }
    loss
    // end of gap
}

/// Returns the derivative of the loss with respect to each logit of the row, `A p_k - a_k`. The
/// entries sum to 0.
pub fn gradient(z: &[f64], a: &[f64]) -> Vec<f64> {
    // gap: todo!("the gradient of {z:?} under {a:?}")
    // Each of the A units of weight adds a p to the gradient, so p - a is right only for A = 1.
    let total: f64 = a.iter().sum();
    let terms = log_softmax(z).into_iter().zip(a);
    terms.map(|(log_p_k, a_k)| total * log_p_k.exp() - a_k).collect()
    // end of gap
}
