//! e02, scores to probabilities. What to do stands at the top of tests/e02_naive_softmax.rs.

/// The probabilities `p_k = exp(z_k) / sum_j exp(z_j)` of a row of C logits: C numbers from
/// 0 to 1, with the sum 1.
pub fn softmax(z: &[f64]) -> Vec<f64> {
    // gap: todo!("the probabilities of the logits {z:?}")
    // An exponential is never negative, and turns differences of logits into ratios.
    let exps: Vec<f64> = z.iter().map(|z_k| z_k.exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / sum).collect()
    // end of gap
}

/// The probabilities of the logits over a temperature, which is above 0: C numbers, more
/// even than those of [`softmax`] above the temperature 1, and less even below it.
pub fn softmax_at(temperature: f64, z: &[f64]) -> Vec<f64> {
    // gap: todo!("the probabilities at temperature {temperature} of the logits {z:?}")
    // The temperature divides the differences, so it must come before the exponentials.
    let z: Vec<f64> = z.iter().map(|z_k| z_k / temperature).collect();
    softmax(&z)
    // end of gap
}
