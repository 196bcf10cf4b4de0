//! e02, scores to probabilities. Your task is at the top of tests/e02_naive_softmax.rs.

/// Returns the probabilities `p_k = exp(z_k) / sum_j exp(z_j)` of a row of C logits: C numbers
/// from 0 to 1, with the sum 1.
///
/// The probabilities of `[2, 1, 0.1]` are 0.659, 0.242 and 0.099.
pub fn softmax(z: &[f64]) -> Vec<f64> {
    todo!("the probabilities of the logits {z:?}")
}

/// Returns the probabilities of the logits divided by a temperature, which is above 0.
///
/// Above the temperature 1 they're more even than those of [`softmax`], below it less even.
pub fn softmax_at(temperature: f64, z: &[f64]) -> Vec<f64> {
    todo!("the probabilities at temperature {temperature} of the logits {z:?}")
}
