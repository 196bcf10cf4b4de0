//! e25, softmax twice. Your task is at the top of tests/e25_softmax_twice.rs.

use std::iter::zip;

/// Returns the loss of the bug, in nats, for the C logits z of a row: a loss that expects logits
/// gets their probabilities. With two classes or more, it's above 0.
pub fn loss_twice(z: &[f64], label: usize) -> f64 {
    todo!("the loss of the probabilities of {z:?}, label {label}")
}

/// Returns the lowest value of `loss_twice` for a number of classes: the value for a row that's
/// right with certainty.
pub fn floor(classes: usize) -> f64 {
    todo!("the lowest loss of {classes} classes")
}

/// Returns the derivative of `loss_twice` with respect to each of the C logits.
pub fn gradient_twice(z: &[f64], label: usize) -> Vec<f64> {
    todo!("the slopes of loss_twice by {z:?}, label {label}")
}

/// Returns the length of the bug's gradient, divided by the length of the right gradient.
pub fn slope_left(z: &[f64], label: usize) -> f64 {
    todo!("the ratio of two norms at {z:?}, label {label}")
}

/// Returns the probabilities of a row: `exp(z_k - max) / (1 + rest)`.
fn softmax(z: &[f64]) -> Vec<f64> {
    let (max, rest) = max_and_rest(z);
    z.iter().map(|z_k| (z_k - max).exp() / (1.0 + rest)).collect()
}

/// Returns the loss of a row with a label: `log_norm + (max - z_y)`, in nats.
fn loss(z: &[f64], label: usize) -> f64 {
    let (max, rest) = max_and_rest(z);
    rest.ln_1p() + (max - z[label])
}

/// Returns the derivative of `loss` with respect to each logit: p - y.
fn gradient(z: &[f64], label: usize) -> Vec<f64> {
    let mut grad = softmax(z);
    grad[label] -= 1.0;
    grad
}

/// Turns slopes with respect to the probabilities p into slopes with respect to their logits, by a
/// product with the Jacobian of the softmax, `diag(p) - p p'`.
fn through_softmax(p: &[f64], slopes: &[f64]) -> Vec<f64> {
    let mean: f64 = zip(p, slopes).map(|(p_k, slope)| p_k * slope).sum();
    zip(p, slopes).map(|(p_k, slope)| p_k * (slope - mean)).collect()
}

/// Returns the length of a vector: the root of the sum of its squares.
fn norm(vector: &[f64]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Returns the largest logit, and the sum of `exp(z_k - max)` over all classes except one at the
/// max.
fn max_and_rest(z: &[f64]) -> (f64, f64) {
    let max = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ties = z.iter().filter(|z_k| **z_k == max).count() as f64 - 1.0;
    let below_max = z.iter().filter(|z_k| **z_k != max);
    (max, below_max.map(|z_k| (z_k - max).exp()).sum::<f64>() + ties)
}
