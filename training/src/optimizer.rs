//! What an optimizer is: a rule that takes a model one step on, given a gradient.

use crate::Model;

/// A rule for the step.
pub trait Optimizer {
    /// Changes the weights of a model, given the gradient of a loss by them.
    ///
    /// # Panics
    /// If an optimizer that remembers has seen a model of another shape before.
    fn step<M: Model>(&mut self, model: &mut M, gradient: &M);
}
