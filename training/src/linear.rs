//! The linear layer: one score a class, a weighted sum of the inputs.

use ndarray::{Array1, Array2, Axis};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::Model;

/// `outputs = inputs W' + b`.
///
/// N is the number of rows, D that of inputs, C that of outputs; as a model, of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// W, C x D.
    pub weights: Array2<f32>,
    /// b, C.
    pub bias: Array1<f32>,
}

impl Linear {
    /// A layer that gives every class the same score, whatever it sees. (Alone under the
    /// loss, a layer is convex, so there is no bad place to start from.)
    pub fn zeros(inputs: usize, outputs: usize) -> Self {
        Linear { weights: Array2::zeros((outputs, inputs)), bias: Array1::zeros(outputs) }
    }

    /// Weights and bias drawn evenly between -1/sqrt(D) and 1/sqrt(D), so that outputs
    /// are no larger than inputs. (Layers above each other must not start from zeros:
    /// all units of a layer would stay alike.)
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

    /// N x D to N x C, in row-major order.
    ///
    /// # Panics
    /// If the inputs do not have D columns.
    pub fn outputs(&self, inputs: &Array2<f32>) -> Array2<f32> {
        inputs.dot(&self.weights.t()).as_standard_layout().into_owned() + &self.bias
    }

    /// The gradient by weights and bias, from that by the outputs, G of N x C:
    ///
    /// ```text
    /// dW = G' X        db = the sum of G over its rows
    /// ```
    ///
    /// The rows of G are summed in `f64`: in a running sum of `f32`, the last of many rows
    /// would be rounded away.
    ///
    /// # Panics
    /// If the inputs do not have as many rows as the gradient.
    pub fn gradient(inputs: &Array2<f32>, by_outputs: &Array2<f32>) -> Self {
        Linear {
            weights: by_outputs.t().dot(inputs).as_standard_layout().into_owned(),
            bias: by_outputs.mapv(f64::from).sum_axis(Axis(0)).mapv(|db| db as f32),
        }
    }

    /// The gradient by the inputs, `dX = G W`, N x D.
    ///
    /// # Panics
    /// If the gradient does not have C columns.
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
