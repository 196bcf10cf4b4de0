//! e04, p minus y. Your task is at the top of tests/e04_gradient.rs.

/// Returns the probabilities `exp(z_k) / sum_j exp(z_j)` of a row of logits.
fn softmax(z: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = z.iter().map(|z_k| z_k.exp()).collect();
    let sum: f64 = exps.iter().sum();
    exps.iter().map(|exp| exp / sum).collect()
}

/// Returns the derivative of the mean loss with respect to each logit, `(p_k - y_k) / N`.
///
/// The logits are N rows of C classes, row-major, and so is the result. Each row has one label,
/// which is below C. An entry lies between -1/N and 1/N, and each row sums to 0. For the single
/// row `[0, ln 3]` with label 0, the result is `[-0.75, 0.75]`.
pub fn gradient(logits: &[f64], labels: &[usize], classes: usize) -> Vec<f64> {
    todo!("N x {classes} numbers for the logits {logits:?} with the labels {labels:?}")
}
