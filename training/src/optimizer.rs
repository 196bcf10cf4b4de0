//! The trait of an optimizer, a rule that takes a model one step on, given a gradient.

use crate::Model;

/// A rule for one step of training.
pub trait Optimizer {
    /// Changes the weights of a model, given the gradient of a loss with respect to them.
    ///
    /// # Panics
    /// If an optimizer with a memory has seen a model of a different shape before.
    fn step<M: Model>(&mut self, model: &mut M, gradient: &M);
}
