//! The linear layer, whose score for each class is a weighted sum of the inputs.

use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::Model;

/// A linear layer, `outputs = inputs W' + b`.
///
/// N is the number of rows, D of inputs and C of outputs, which are the classes of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// The weights W, C x D.
    pub weights: Array2<f32>,
    /// The bias b, of length C.
    pub bias: Array1<f32>,
}

impl Linear {
    /// Returns a layer that gives every class the same score, whatever it sees. Alone
    /// under the loss, a layer is convex, so there's no bad place to start from.
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        Linear { weights: Array2::zeros((outputs, inputs)), bias: Array1::zeros(outputs) }
    }

    /// Returns a layer with weights and bias drawn evenly between -1/sqrt(D) and
    /// 1/sqrt(D), so that outputs are no larger than inputs. Layers on top of each other
    /// can't start from zeros, since all units of a layer would stay alike.
    pub fn random(
        inputs: usize,
        outputs: usize,
        generator: &mut Xoshiro256PlusPlus,
    ) -> Self {
        let bound = 1.0 / (inputs as f32).sqrt();
        let mut draw = || generator.random_range(-bound..=bound);
        Linear {
            weights: Array2::from_shape_simple_fn((outputs, inputs), &mut draw),
            bias: Array1::from_shape_simple_fn(outputs, draw),
        }
    }

    /// Maps inputs, N x D, to outputs, N x C in row-major order.
    ///
    /// # Panics
    /// If the inputs don't have D columns.
    pub fn outputs(&self, inputs: &Array2<f32>) -> Array2<f32> {
        inputs.dot(&self.weights.t()).as_standard_layout().into_owned() + &self.bias
    }

    /// Returns the gradient for weights and bias, given G, the N x C gradient for the outputs:
    ///
    /// ```text
    /// dW = G' X        db = the sum of G over its rows
    /// ```
    ///
    /// The rows of G are summed in `f64`: in a running sum of `f32`, the last of many
    /// rows would be rounded away.
    ///
    /// # Panics
    /// If the inputs don't have as many rows as the gradient.
    pub fn gradient(inputs: &Array2<f32>, by_outputs: &Array2<f32>) -> Self {
        Linear {
            weights: by_outputs.t().dot(inputs).as_standard_layout().into_owned(),
            bias: by_outputs.mapv(f64::from).sum_axis(Axis(0)).mapv(|db| db as f32),
        }
    }

    /// Returns the gradient with respect to the inputs, `dX = G W`, N x D.
    ///
    /// # Panics
    /// If the gradient doesn't have C columns.
    pub fn by_inputs(&self, by_outputs: &Array2<f32>) -> Array2<f32> {
        by_outputs.dot(&self.weights).as_standard_layout().into_owned()
    }
}

impl Model for Linear {
    type Input = f32;
    type Kept = ();

    fn forward(&self, inputs: &Array2<f32>) -> (Array2<f32>, ()) {
        (self.outputs(inputs), ())
    }

    fn backward(&self, inputs: &Array2<f32>, (): &(), by_logits: &Array2<f32>) -> Self {
        Linear::gradient(inputs, by_logits)
    }

    fn weights(&self) -> Vec<&[f32]> {
        let weights = self.weights.as_slice().expect("weights are row-major");
        vec![weights, self.bias.as_slice().expect("a bias is contiguous")]
    }

    fn weights_mut(&mut self) -> Vec<&mut [f32]> {
        let weights = self.weights.as_slice_mut().expect("weights are row-major");
        vec![weights, self.bias.as_slice_mut().expect("a bias is contiguous")]
    }
}
