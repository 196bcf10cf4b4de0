//! Stochastic gradient descent.

use std::iter::zip;

use crate::{Model, Optimizer};

/// A step against the gradient, as long as the learning rate says.
///
/// Of a batch that was drawn at random, hence stochastic (Robbins and Monro 1951).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The learning rate, above 0.
    pub rate: f32,
}

impl Optimizer for Sgd {
    /// `w -= rate dw`.
    fn step<M: Model>(&mut self, model: &mut M, gradient: &M) {
        for (weights, slopes) in zip(model.weights_mut(), gradient.weights()) {
            for (w, slope) in zip(weights, slopes) {
                *w -= self.rate * slope;
            }
        }
    }
}
