//! What a model is: numbers that turn inputs into logits, and can be differentiated by.

use backend::{Backend, CrossEntropy, Error, accuracy};
use ndarray::Array2;

use crate::Examples;

/// A function from inputs to logits, with weights that can be learned.
///
/// N is the number of rows, D that of inputs, C that of classes. The gradient of a model
/// is a model of the same shape: in the place of each weight stands the derivative by it.
pub trait Model: Clone {
    /// What an input is: a pixel, or the index of a word.
    type Input: Clone;
    /// What [`Model::backward`] wants to know of [`Model::forward`].
    type Kept;

    /// N x D inputs to N x C logits, in row-major order.
    ///
    /// # Panics
    /// If the inputs have another number of columns than the model takes.
    fn forward(&self, inputs: &Array2<Self::Input>) -> (Array2<f32>, Self::Kept);

    /// The gradient of a loss by the weights, from that by the logits, N x C.
    ///
    /// Nothing is divided here: the mean over the rows is in `by_logits` already.
    fn backward(
        &self,
        inputs: &Array2<Self::Input>,
        kept: &Self::Kept,
        by_logits: &Array2<f32>,
    ) -> Self;

    /// The weights, array by array.
    fn weights(&self) -> Vec<&[f32]>;

    /// The same, to be changed.
    fn weights_mut(&mut self) -> Vec<&mut [f32]>;
}

/// How well a model does on examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The mean negative log-likelihood of the labels, in nats.
    pub nll: f64,
    /// The share of rows whose largest logit is that of the label.
    pub accuracy: f64,
}

impl Score {
    /// Of logits, N x C and row-major, with N labels.
    ///
    /// # Errors
    /// As [`CrossEntropy::batch`]: there are no rows, or a label is not below C.
    pub fn of_logits(
        backend: &dyn Backend,
        logits: &Array2<f32>,
        labels: &[usize],
    ) -> Result<Self, Error> {
        let loss = CrossEntropy::default();
        let batch = loss.batch(row_major(logits), labels, logits.ncols())?;
        Ok(Score {
            nll: f64::from(backend.forward(&batch)),
            accuracy: accuracy(&batch).expect("a batch with a mean has a row"),
        })
    }

    /// Of a model.
    ///
    /// # Errors
    /// As [`Score::of_logits`].
    pub fn of<M: Model>(
        backend: &dyn Backend,
        model: &M,
        examples: &Examples<M::Input>,
    ) -> Result<Self, Error> {
        let (logits, _) = model.forward(&examples.inputs);
        Score::of_logits(backend, &logits, &examples.labels)
    }
}

/// The numbers of logits, row by row.
///
/// # Panics
/// If they are not row-major, as those of [`Model::forward`] are.
pub fn row_major(logits: &Array2<f32>) -> &[f32] {
    logits.as_slice().expect("logits are row-major")
}
