//! e25, softmax twice. Your task is at the top of tests/e25_softmax_twice.rs.

use std::iter::zip;

/// The loss that one gets by mistake: the probabilities of a row, C numbers from 0 to 1,
/// taken for its logits. In nats, above 0 for two classes and more.
pub fn loss_twice(z: &[f64], label: usize) -> f64 {
    todo!("the loss of the probabilities of {z:?}, label {label}")
}

/// What that loss cannot fall below, for so many classes: the row is right with certainty.
pub fn floor(classes: usize) -> f64 {
    todo!("the lowest loss of {classes} classes")
}

/// The derivative of `loss_twice` by each of the C logits.
pub fn gradient_twice(z: &[f64], label: usize) -> Vec<f64> {
    todo!("the slopes of loss_twice by {z:?}, label {label}")
}

/// How long the gradient of the bug is, relative to the right one.
pub fn slope_left(z: &[f64], label: usize) -> f64 {
    todo!("the ratio of two norms at {z:?}, label {label}")
}

/// The probabilities of a row: `exp(z_k - max) / (1 + rest)`.
fn softmax(z: &[f64]) -> Vec<f64> {
    let (max, rest) = max_and_rest(z);
    z.iter().map(|z_k| (z_k - max).exp() / (1.0 + rest)).collect()
}

/// The loss of a row with a label, from its logits: `log_norm + (max - z_y)`.
fn loss(z: &[f64], label: usize) -> f64 {
    let (max, rest) = max_and_rest(z);
    rest.ln_1p() + (max - z[label])
}

/// Its derivative by each logit: p - y.
fn gradient(z: &[f64], label: usize) -> Vec<f64> {
    let mut grad = softmax(z);
    grad[label] -= 1.0;
    grad
}

/// Slopes by the probabilities p in, slopes by the logits under them out: their product with
/// the Jacobian of a softmax, `diag(p) - p p'`.
fn through_softmax(p: &[f64], slopes: &[f64]) -> Vec<f64> {
    let mean: f64 = zip(p, slopes).map(|(p_k, slope)| p_k * slope).sum();
    zip(p, slopes).map(|(p_k, slope)| p_k * (slope - mean)).collect()
}

/// The length of a vector: the root of the sum of its squares.
fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The largest logit, and the sum of `exp(z_k - max)` over all classes but one at the max.
fn max_and_rest(z: &[f64]) -> (f64, f64) {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    (max, sum - 1.0)
}
