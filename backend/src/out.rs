//! The buffers that a backend fills, each joined with its inputs.
//!
//! A buffer of the wrong length is refused when we join it with its inputs, so it can't
//! reach a backend. The three types hold different results of a row: its probabilities,
//! its loss, its gradient.

use crate::{Batch, Error, Logits, Row};

/// Logits, and a buffer of the same length, with one row to fill per row of logits.
///
/// You get one from [`Logits::softmax_out`].
#[derive(Debug)]
pub struct SoftmaxOut<'a> {
    logits: Logits<'a>,
    out: &'a mut [f32],
}

impl<'a> SoftmaxOut<'a> {
    pub(crate) fn new(logits: Logits<'a>, out: &'a mut [f32]) -> Result<Self, Error> {
        check_length("out", out.len(), logits.values().len())?;
        Ok(SoftmaxOut { logits, out })
    }

    /// Returns the logits.
    pub fn logits(&self) -> Logits<'a> {
        self.logits
    }

    /// Returns each row of logits with the row to fill, both C long.
    pub fn rows(&mut self) -> impl ExactSizeIterator<Item = (&[f32], &mut [f32])> {
        let classes = self.logits.classes();
        self.logits.iter().zip(self.out.chunks_exact_mut(classes))
    }

    /// Splits the rows into the first `rows` of them and the others.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn split_at(self, rows: usize) -> (Self, Self) {
        let all = self.logits.rows();
        let (first, others) = self.out.split_at_mut(rows * self.logits.classes());
        let of_first = SoftmaxOut { logits: self.logits.part(0..rows), out: first };
        (of_first, SoftmaxOut { logits: self.logits.part(rows..all), out: others })
    }

    /// Returns the logits and the whole buffer, N x C long, row-major.
    pub fn into_parts(self) -> (Logits<'a>, &'a mut [f32]) {
        (self.logits, self.out)
    }
}

/// A batch, and a buffer for one loss per row.
///
/// You get one from [`Batch::losses_out`].
#[derive(Debug)]
pub struct LossesOut<'a> {
    batch: Batch<'a>,
    losses: &'a mut [f32],
}

impl<'a> LossesOut<'a> {
    pub(crate) fn new(batch: Batch<'a>, losses: &'a mut [f32]) -> Result<Self, Error> {
        check_length("losses", losses.len(), batch.rows())?;
        Ok(LossesOut { batch, losses })
    }

    /// Returns the batch that the losses belong to.
    pub fn batch(&self) -> &Batch<'a> {
        &self.batch
    }

    /// Returns each row, or `None` if it's ignored, with the place for its loss.
    pub fn rows(&mut self) -> impl ExactSizeIterator<Item = (Option<Row<'_>>, &mut f32)> {
        self.batch.iter().zip(self.losses.iter_mut())
    }

    /// Splits the rows into the first `rows` of them and the others.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn split_at(self, rows: usize) -> (Self, Self) {
        let all = self.batch.rows();
        let (first, others) = self.losses.split_at_mut(rows);
        let of_first = LossesOut { batch: self.batch.part(0..rows), losses: first };
        (of_first, LossesOut { batch: self.batch.part(rows..all), losses: others })
    }

    /// Returns the batch and the whole buffer, N long.
    pub fn into_parts(self) -> (Batch<'a>, &'a mut [f32]) {
        (self.batch, self.losses)
    }
}

/// A batch, and a buffer for its gradient.
///
/// You get one from [`Batch::grad_out`].
#[derive(Debug)]
pub struct GradOut<'a> {
    batch: Batch<'a>,
    grad: &'a mut [f32],
}

impl<'a> GradOut<'a> {
    pub(crate) fn new(batch: Batch<'a>, grad: &'a mut [f32]) -> Result<Self, Error> {
        check_length("grad", grad.len(), batch.logits().values().len())?;
        Ok(GradOut { batch, grad })
    }

    /// Returns the batch that the gradient belongs to.
    pub fn batch(&self) -> &Batch<'a> {
        &self.batch
    }

    /// Returns each row, or `None` if it's ignored, with its row of the gradient, C long.
    pub fn rows(
        &mut self,
    ) -> impl ExactSizeIterator<Item = (Option<Row<'_>>, &mut [f32])> {
        let classes = self.batch.classes();
        self.batch.iter().zip(self.grad.chunks_exact_mut(classes))
    }

    /// Splits the rows into the first `rows` of them and the others. The entries of both
    /// parts are divided by the divisor of the whole batch.
    ///
    /// # Panics
    /// If there are fewer rows.
    pub fn split_at(self, rows: usize) -> (Self, Self) {
        let all = self.batch.rows();
        let (first, others) = self.grad.split_at_mut(rows * self.batch.classes());
        let of_first = GradOut { batch: self.batch.part(0..rows), grad: first };
        (of_first, GradOut { batch: self.batch.part(rows..all), grad: others })
    }

    /// Returns the batch and the whole buffer, N x C long, row-major.
    pub fn into_parts(self) -> (Batch<'a>, &'a mut [f32]) {
        (self.batch, self.grad)
    }
}

fn check_length(
    output: &'static str,
    length: usize,
    expected: usize,
) -> Result<(), Error> {
    if length == expected {
        Ok(())
    } else {
        Err(Error::OutputLength { output, length, expected })
    }
}
