//! Stochastic gradient descent.

use std::iter::zip;

use crate::{Model, Optimizer};

/// An optimizer whose step goes against the gradient, scaled by the learning rate.
///
/// It's called stochastic because each batch is drawn at random (Robbins and Monro 1951).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate, above 0.
    pub rate: f32,
}

impl Optimizer for Sgd {
    /// Takes the step `w -= rate dw` for each weight.
    fn step<M: Model>(&mut self, model: &mut M, gradient: &M) {
        for (weights, slopes) in zip(model.weights_mut(), gradient.weights()) {
            for (w, slope) in zip(weights, slopes) {
                *w -= self.rate * slope;
            }
        }
    }
}
