//! Stochastic gradient descent.

use crate::{Linear, LinearGradient};

/// A step against the gradient, as long as the learning rate says.
///
/// Of a batch that was drawn at random, hence stochastic (Robbins and Monro 1951).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate, above 0.
    pub rate: f32,
}

impl Sgd {
    /// `W -= rate dW`, `b -= rate db`.
    ///
    /// # Panics
    /// If the gradient is of another shape than the layer.
    // ANCHOR: step
    pub fn step(&self, layer: &mut Linear, grad: &LinearGradient) {
        layer.weights.scaled_add(-self.rate, &grad.weights);
        layer.bias.scaled_add(-self.rate, &grad.bias);
    }
    // ANCHOR_END: step
}
