//! A network of two layers with a bend between them.

use ndarray::Array2;
use rand::rngs::Xoshiro256PlusPlus;

use crate::{Linear, Model};

/// A linear layer, ReLU, and a linear layer whose outputs are the logits.
///
/// Without the bend, the two layers would be a single linear layer. With it, and with
/// enough hidden units, a network can approach any continuous function.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The layer from D inputs to H hidden units.
    pub hidden: Linear,
    /// The layer from H hidden units to C classes.
    pub output: Linear,
}

impl Network {
    /// Returns a network with random weights.
    pub fn random(
        inputs: usize,
        hidden: usize,
        classes: usize,
        generator: &mut Xoshiro256PlusPlus,
    ) -> Self {
        Network {
            hidden: Linear::random(inputs, hidden, generator),
            output: Linear::random(hidden, classes, generator),
        }
    }

    /// Returns the values of the hidden units, N x H, none of which is below 0.
    pub fn hidden_units(&self, inputs: &Array2<f32>) -> Array2<f32> {
        relu(self.hidden.outputs(inputs))
    }

    /// Turns the gradient for the hidden units into that for the outputs of the first layer.
    pub fn by_first_outputs(
        hidden_units: &Array2<f32>,
        mut by_hidden: Array2<f32>,
    ) -> Array2<f32> {
        by_hidden.zip_mut_with(hidden_units, |slope, &h| {
            *slope = if h > 0.0 { *slope } else { 0.0 };
        });
        by_hidden
    }
}

/// Returns `max(x, 0)`, the rectified linear unit (Nair and Hinton 2010). Its slope is 1
/// above 0, and 0 elsewhere.
fn relu(x: Array2<f32>) -> Array2<f32> {
    x.mapv_into(|x| x.max(0.0))
}

impl Model for Network {
    type Input = f32;
    /// The hidden units.
    type Kept = Array2<f32>;

    fn forward(&self, inputs: &Array2<f32>) -> (Array2<f32>, Array2<f32>) {
        let hidden_units = self.hidden_units(inputs);
        (self.output.outputs(&hidden_units), hidden_units)
    }

    fn backward(
        &self,
        inputs: &Array2<f32>,
        hidden_units: &Array2<f32>,
        by_logits: &Array2<f32>,
    ) -> Self {
        let by_hidden = self.output.by_inputs(by_logits);
        let by_first = Network::by_first_outputs(hidden_units, by_hidden);
        Network {
            hidden: Linear::gradient(inputs, &by_first),
            output: Linear::gradient(hidden_units, by_logits),
        }
    }

    fn weights(&self) -> Vec<&[f32]> {
        [self.hidden.weights(), self.output.weights()].concat()
    }

    fn weights_mut(&mut self) -> Vec<&mut [f32]> {
        self.hidden.weights_mut().into_iter().chain(self.output.weights_mut()).collect()
    }
}
