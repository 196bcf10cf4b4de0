//! The trait of a model, whose weights turn inputs into logits and have a gradient.

use backend::{Backend, CrossEntropy, Error, accuracy};
use ndarray::Array2;

use crate::Examples;

/// A function from inputs to logits, with weights that can be learned.
///
/// N is the number of rows, D of inputs and C of classes. The gradient of a model is a model of
/// the same shape, which holds the derivative with respect to each weight in that weight's place.
pub trait Model: Clone {
    /// The type of an input: a pixel, or the index of a word.
    type Input: Clone;
    /// The results of [`Model::forward`] that [`Model::backward`] needs.
    type Kept;

    /// Maps inputs, N x D, to logits, N x C in row-major order.
    ///
    /// # Panics
    /// If the inputs don't have as many columns as the model takes.
    fn forward(&self, inputs: &Array2<Self::Input>) -> (Array2<f32>, Self::Kept);

    /// Turns the gradient with respect to the logits, N x C, into that with respect to the weights.
    ///
    /// Nothing is divided here: `by_logits` already belongs to the mean over the rows.
    fn backward(
        &self,
        inputs: &Array2<Self::Input>,
        kept: &Self::Kept,
        by_logits: &Array2<f32>,
    ) -> Self;

    /// Returns the weights, array by array.
    fn weights(&self) -> Vec<&[f32]>;

    /// Returns the weights, array by array, to be changed.
    fn weights_mut(&mut self) -> Vec<&mut [f32]>;
}

/// The score of a model on examples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The mean negative log-likelihood of the labels, in nats.
    pub nll: f64,
    /// The share of rows whose largest logit is that of the label.
    pub accuracy: f64,
}

impl Score {
    /// Scores N x C logits, in row-major order, against N labels.
    ///
    /// # Errors
    /// If there are no rows or a label isn't below C, as in [`CrossEntropy::batch`].
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

    /// Scores a model on examples.
    ///
    /// # Errors
    /// The errors of [`Score::of_logits`].
    pub fn of<M: Model>(
        backend: &dyn Backend,
        model: &M,
        examples: &Examples<M::Input>,
    ) -> Result<Self, Error> {
        let (logits, _) = model.forward(&examples.inputs);
        Score::of_logits(backend, &logits, &examples.labels)
    }
}

/// Returns the numbers of the logits, row by row.
///
/// # Panics
/// If the logits aren't row-major, as those of [`Model::forward`] are.
pub fn row_major(logits: &Array2<f32>) -> &[f32] {
    logits.as_slice().expect("logits are row-major")
}
