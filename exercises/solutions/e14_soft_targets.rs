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
    // gap: todo!("the loss of {z:?} under {a:?}")
    let mut loss = 0.0;
    for (log_p_k, a_k) in log_softmax(z).iter().zip(a) {
        // Where the class is masked, the product would be 0 times infinity, which is NaN.
        if *a_k != 0.0 {
            loss -= a_k * log_p_k;
        }
    }
    loss
    // end of gap
}

/// The derivative of the loss by each logit of the row: `A p_k - a_k`, with the sum 0.
pub fn gradient(z: &[f64], a: &[f64]) -> Vec<f64> {
    // gap: todo!("the gradient of {z:?} under {a:?}")
    // Each of the A units of weight pulls on every logit by p, so p - a is for A = 1 only.
    let total: f64 = a.iter().sum();
    let terms = log_softmax(z).into_iter().zip(a);
    terms.map(|(log_p_k, a_k)| total * log_p_k.exp() - a_k).collect()
    // end of gap
}
