//! The rows of a batch, sixteen at a time: the kernels of the trait's methods.
//!
//! The scalar stage takes one row after the other. Here sixteen rows go together, because their
//! ends fill vectors (`cross_entropy.rs`):
//!
//! ```text
//! for every sixteen rows of the batch, fewer if they're long:
//!     if the targets of the batch are labels:
//!         compute their losses, and their gradients if asked for
//!         smooth the labels if asked for
//!     for each row that isn't done:
//!         compute it alone
//! ```
//!
//! Rows of the same batch share a guess: a power of two that served the rows before, and 1 at first.
//! A row that the guess doesn't serve is computed alone, and the guess for the next sixteen rows comes
//! from that row. A guess changes no bit of an exponential above the floor (`exp.rs`): a row has the
//! same bits in any batch. Short rows need no guess, because they find their own max.

use backend::{Backend, Batch, GradOut, Labels, LossesOut, SoftmaxOut};
use scalar::Scalar;

use crate::alone::{self, Grad};
use crate::cross_entropy::{self, Ends, LabeledRows, Scratch};
use crate::exp::Anchor;
use crate::instructions::Kernel;
use crate::lanes::LANES;
use crate::short_rows::{self, MAX_CLASSES};
use crate::smoothing::{Smoothing, smooth};
use crate::softmax;

/// The number of exponentials that stay in the nearest caches until they're scaled.
const MAX_KEPT: usize = 8_192;

/// Returns the number of rows, of `classes` classes each, that end together.
pub(crate) fn rows_together(classes: usize) -> usize {
    (MAX_KEPT / classes).clamp(1, LANES)
}

/// The rows of a batch, and room for the sixteen that are computed together.
struct Rows<'a> {
    batch: Batch<'a>,
    labels: Option<Labels<'a>>,
    together: usize,
    /// An anchor that served earlier rows, or 2^0 at first.
    guess: Anchor,
    ends: Ends,
    scratch: Scratch,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn new(batch: Batch<'a>) -> Self {
        Rows {
            batch,
            labels: batch.labels(),
            together: rows_together(batch.classes()),
            guess: Anchor::near(0.0),
            ends: Ends::NONE,
            scratch: Scratch::EMPTY,
        }
    }

    /// Returns the losses of as many rows as go together, beginning with the row `first`, with 0
    /// for an ignored row. Also fills `grads`, if it's given, with the gradients of these rows.
    #[inline(always)]
    fn losses(&mut self, first: usize, mut grads: Option<&mut [f32]>) -> &[f64] {
        let Rows { batch, guess, ends, scratch, .. } = self;
        let (classes, divisor) = (batch.classes(), batch.divisor());
        let end = batch.rows().min(first + self.together);
        if let Some(labels) = self.labels {
            let rows = LabeledRows::new(batch, labels, first..end);
            match grads.as_deref_mut() {
                None if classes <= MAX_CLASSES => {
                    short_rows::loss(&rows, 1.0, scratch, ends);
                }
                None => cross_entropy::loss(&rows, *guess, scratch, ends),
                Some(grads) if classes <= MAX_CLASSES => {
                    short_rows::gradient(&rows, divisor, grads, scratch, ends);
                }
                Some(grads) => {
                    cross_entropy::gradient(&rows, *guess, divisor, grads, scratch, ends);
                }
            }
            if labels.are_smoothed() {
                let divisor = if grads.is_some() { divisor } else { 1.0 };
                let target = labels.target(0);
                let smoothing = Smoothing::new(&target, divisor);
                smooth(&rows, &smoothing, grads.as_deref_mut(), ends);
            }
        }
        if ends.is_held == [true; LANES] {
            return &ends.loss[..end - first];
        }
        for (lane, row) in (first..end).enumerate() {
            if ends.is_held[lane] {
                continue;
            }
            let entries = match grads.as_deref_mut() {
                Some(grads) => grads.chunks_exact_mut(classes).nth(lane),
                None => None,
            };
            ends.loss[lane] = match (batch.row(row), entries) {
                (Some(row), Some(entries)) => {
                    alone::loss(row, guess, Some(Grad { divisor, entries }))
                }
                (Some(row), None) => alone::loss(row, guess, None),
                (None, Some(entries)) => {
                    entries.fill(0.0);
                    0.0
                }
                (None, None) => 0.0,
            };
        }
        &ends.loss[..end - first]
    }
}

/// Computes [`Backend::losses`].
pub(crate) struct Losses<'a>(pub(crate) LossesOut<'a>);

impl Kernel for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (batch, losses) = self.0.into_parts();
        let mut rows = Rows::new(batch);
        let together = rows.together;
        for (i, out) in losses.chunks_mut(together).enumerate() {
            for (out, loss) in out.iter_mut().zip(rows.losses(i * together, None)) {
                *out = *loss as f32;
            }
        }
    }

    fn run_scalar(self) {
        Scalar.losses(self.0);
    }
}

/// Computes [`Backend::sum_of_losses`].
pub(crate) struct SumOfLosses<'a>(pub(crate) Batch<'a>);

impl Kernel for SumOfLosses<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut rows = Rows::new(self.0);
        let mut sum = 0.0;
        for first in (0..self.0.rows()).step_by(rows.together) {
            sum += rows.losses(first, None).iter().sum::<f64>();
        }
        sum
    }

    fn run_scalar(self) -> f64 {
        Scalar.sum_of_losses(&self.0)
    }
}

/// Computes [`Backend::backward_with_sum`].
pub(crate) struct BackwardWithSum<'a>(pub(crate) GradOut<'a>);

impl Kernel for BackwardWithSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let (batch, grad) = self.0.into_parts();
        let mut rows = Rows::new(batch);
        let mut sum = 0.0;
        for first in (0..batch.rows()).step_by(rows.together) {
            let grads = &mut grad[first * batch.classes()..];
            sum += rows.losses(first, Some(grads)).iter().sum::<f64>();
        }
        sum
    }

    fn run_scalar(self) -> f64 {
        Scalar.backward_with_sum(self.0)
    }
}

/// Computes [`Backend::softmax`].
pub(crate) struct Softmax<'a>(pub(crate) SoftmaxOut<'a>);

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut guess = Anchor::near(0.0);
        for (z, p) in self.0.rows() {
            guess = softmax::softmax(z, guess, p);
        }
    }

    fn run_scalar(self) {
        Scalar.softmax(self.0);
    }
}

/// Computes [`Backend::log_softmax`].
pub(crate) struct LogSoftmax<'a>(pub(crate) SoftmaxOut<'a>);

impl Kernel for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        for (z, log_p) in self.0.rows() {
            softmax::log_softmax(z, log_p);
        }
    }

    fn run_scalar(self) {
        Scalar.log_softmax(self.0);
    }
}

#[cfg(test)]
mod tests {
    use backend::CrossEntropy;
    use conformance::random::Random;

    use super::*;
    use crate::instructions::InstructionSet;

    /// Checks whether all rows of a batch are held, so that none is computed alone.
    struct AreHeld<'a>(Batch<'a>, Option<&'a mut [f32]>);

    impl Kernel for AreHeld<'_> {
        type Output = bool;

        #[inline(always)]
        fn run(self) -> bool {
            let AreHeld(batch, grads) = self;
            let mut rows = Rows::new(batch);
            let count = rows.losses(0, grads).len();
            rows.ends.is_held[..count].iter().all(|is_held| *is_held)
        }

        fn run_scalar(self) -> bool {
            false
        }
    }

    /// Checks that ordinary rows are held. If they weren't, results would be as right, only slower: no law can tell.
    #[test]
    fn ordinary_rows_are_held() {
        let plain = CrossEntropy::default();
        let smoothed = plain.clone().label_smoothing(0.1).unwrap();
        for instructions in InstructionSet::with_vectors() {
            for classes in [2, 3, 15, 16, 17, 64, 67, 200, 1000] {
                let count = rows_together(classes);
                let mut z = Random::new(classes as u64).normals(count * classes, 3.0);
                if classes <= MAX_CLASSES {
                    // Their max is known, so short rows needn't be near the first guess.
                    z.iter_mut().for_each(|z| *z += 100.0);
                }
                let labels: Vec<usize> = (0..count).map(|row| row % classes).collect();
                let weighted = smoothed.clone().class_weights(vec![2.0; classes]);
                let mut grad = vec![0.0; z.len()];
                for loss in [&plain, &smoothed, &weighted.unwrap()] {
                    let batch = loss.batch(&z, &labels, classes).unwrap();
                    for grad in [None, Some(&mut grad[..])] {
                        let are_held = instructions.run(AreHeld(batch, grad));
                        assert!(are_held, "{instructions:?}, {classes} classes, {loss}");
                    }
                }
            }
        }
    }

    #[test]
    fn as_many_rows_go_together_as_caches_hold() {
        assert_eq!([2, 512, 1000, 8192, 128_256].map(rows_together), [16, 16, 8, 1, 1]);
    }
}
