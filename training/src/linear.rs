//! The linear layer: one score a class, a weighted sum of the inputs.

use backend::{Error, accuracy};
use ndarray::{Array1, Array2, Axis};

use crate::Digits;

/// `logits = inputs W' + b`.
///
/// N is the number of rows, D that of inputs, C that of classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Linear {
    /// W, C x D.
    pub weights: Array2<f32>,
    /// b, C.
    pub bias: Array1<f32>,
}

/// The derivative of a loss by the parts of a [`Linear`].
#[derive(Clone, Debug, PartialEq)]
pub struct LinearGradient {
    /// By W, C x D.
    pub weights: Array2<f32>,
    /// By b, C.
    pub bias: Array1<f32>,
}

impl Linear {
    /// A layer that gives every class the same score, whatever it sees. (Its loss is
    /// convex, so there is no bad place to start from.)
    pub fn zeros(inputs: usize, classes: usize) -> Self {
        Linear { weights: Array2::zeros((classes, inputs)), bias: Array1::zeros(classes) }
    }

    /// The logits of a batch of inputs: N x D to N x C, in row-major order.
    ///
    /// # Panics
    /// If the inputs do not have D columns.
    pub fn logits(&self, inputs: &Array2<f32>) -> Array2<f32> {
        inputs.dot(&self.weights.t()).as_standard_layout().into_owned() + &self.bias
    }

    /// The share of digits to which the layer gives their label the largest score.
    ///
    /// # Errors
    /// If there are no digits, or they do not fit the layer.
    pub fn accuracy(&self, digits: &Digits) -> Result<f64, Error> {
        let logits = self.logits(&digits.images);
        let batch = backend::Batch::new(
            logits.as_slice().expect("logits are row-major"),
            &digits.labels,
            self.bias.len(),
        )?;
        Ok(accuracy(&batch).expect("a batch with a mean has a row"))
    }
}

impl LinearGradient {
    /// From the gradient by the logits, G of N x C, to that by weights and bias:
    ///
    /// ```text
    /// dW = G' X        db = the sum of G over its rows
    /// ```
    ///
    /// Nothing is divided here: the mean over the rows is in G already.
    ///
    /// # Panics
    /// If the inputs do not have as many rows as the gradient.
    // ANCHOR: gradient
    pub fn new(inputs: &Array2<f32>, by_logits: &Array2<f32>) -> Self {
        LinearGradient {
            weights: by_logits.t().dot(inputs),
            bias: by_logits.sum_axis(Axis(0)),
        }
    }
    // ANCHOR_END: gradient
}
