//! The rows of a batch: the kernels of the trait's methods.
//!
//! The scalar stage takes one row after the other. Here sixteen rows go together, because their
//! ends fill vectors (`cross_entropy.rs`):
//!
//! ```text
//! for every sixteen rows of the batch, fewer if they're long:
//!     take their labels, or choose a class that stands in for the label     weights.rs
//!     compute their losses, and their gradients if asked for
//!     for each row that isn't held:
//!         compute it alone, relative to its own max
//!         if that isn't held either: compute it as the scalar stage does
//! ```
//!
//! Rows of the same batch share a guess: a power of two that served the rows before, and 1 at first.
//! A row that the guess doesn't serve is computed alone, and if it's held then, the guess for the
//! next sixteen rows comes from that row. A guess changes no bit of an exponential above the floor (`exp.rs`): a row has the
//! same bits in any batch. Short rows need no guess, because they find their own max.

use std::mem;
use std::ops::Range;

use backend::{Backend, Batch, GradOut, LossesOut, OnlyLabels, SoftmaxOut};
use scalar::Scalar;

use crate::cross_entropy::{self, Ends, LabeledRows, Scratch};
use crate::exp::Anchor;
use crate::instructions::Kernel;
use crate::lanes::LANES;
use crate::short_rows::{self, MAX_CLASSES};
use crate::softmax::{self, max};
use crate::weights::StandIns;

/// The number of exponentials that stay in the nearest caches until they're scaled.
const MAX_KEPT: usize = 8_192;

/// Returns the number of rows, of `classes` classes each, that go together.
pub(crate) fn rows_together(classes: usize) -> usize {
    (MAX_KEPT / classes).clamp(1, LANES)
}

/// The rows of a batch, and room for the sixteen that are computed together.
struct Rows<'a> {
    batch: Batch<'a>,
    labels: Option<OnlyLabels<'a>>,
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
            labels: batch.only_labels(),
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
        let end = self.batch.rows().min(first + self.together);
        self.compute(first..end, self.guess, grads.as_deref_mut());
        // Lanes without a row aren't held either, so the last rows of a batch get here, too.
        if self.ends.is_held != [true; LANES] {
            let mut ends = mem::replace(&mut self.ends, Ends::NONE);
            for (lane, row) in (first..end).enumerate() {
                if !ends.is_held[lane] {
                    let classes = self.batch.classes();
                    let grad = grads.as_deref_mut();
                    let grad = grad.map(|grads| &mut grads[lane * classes..][..classes]);
                    ends.loss[lane] = self.compute_alone(row, grad);
                }
            }
            self.ends = ends;
        }
        &self.ends.loss[..end - first]
    }

    /// Computes rows relative to an anchor. The lanes of `ends` say which of them are
    /// held; an ignored row never is.
    #[inline(always)]
    fn compute(
        &mut self,
        rows: Range<usize>,
        anchor: Anchor,
        mut grads: Option<&mut [f32]>,
    ) {
        let Rows { batch, labels, ends, scratch, .. } = self;
        let classes = batch.classes();
        let divisor = if grads.is_some() { batch.divisor() } else { 1.0 };
        let mut labeled = LabeledRows::new(batch, rows.clone());
        let mut stand_ins = None;
        match labels {
            Some(labels) => labeled.labels.fill(*labels, rows.clone()),
            None => {
                let labels = &mut labeled.labels;
                stand_ins = Some(StandIns::new(batch, rows.clone(), divisor, labels));
            }
        }
        match grads.as_deref_mut() {
            None if classes <= MAX_CLASSES => {
                short_rows::loss(&labeled, divisor, scratch, ends);
            }
            None => cross_entropy::loss(&labeled, anchor, scratch, ends),
            Some(grads) if classes <= MAX_CLASSES => {
                short_rows::gradient(&labeled, divisor, grads, scratch, ends);
            }
            Some(grads) => {
                cross_entropy::gradient(&labeled, anchor, divisor, grads, scratch, ends);
            }
        }
        if let Some(stand_ins) = stand_ins {
            stand_ins.correct(ends, &labeled.labels);
            let Some(grads) = grads else { return };
            let grads = grads.chunks_exact_mut(classes);
            for ((lane, row), grad) in rows.enumerate().take(LANES).zip(grads) {
                if ends.is_held[lane]
                    && let Some(row) = batch.row(row)
                {
                    stand_ins.subtract_weights(&row.target(), grad);
                    grad[labeled.labels.class[lane] as usize] = ends.of_label[lane];
                }
            }
        }
    }

    /// Returns the loss of a row that couldn't go with others, or 0 if it's ignored, and fills
    /// `grad`, if it's given, with its gradient. If an anchor near the row's own max serves it, the
    /// anchor becomes the guess for the next rows. Otherwise the scalar stage computes the row.
    #[inline(always)]
    fn compute_alone(&mut self, i: usize, mut grad: Option<&mut [f32]>) -> f64 {
        let Some(row) = self.batch.row(i) else {
            if let Some(grad) = grad {
                grad.fill(0.0);
            }
            return 0.0;
        };
        // A short row was computed relative to its own max before.
        if self.batch.classes() > MAX_CLASSES
            && let Some(anchor) = Anchor::of_max(max(row.logits()))
        {
            self.compute(i..i + 1, anchor, grad.as_deref_mut());
            if self.ends.is_held[0] {
                self.guess = anchor.or_guess(self.guess);
                return self.ends.loss[0];
            }
        }
        if let Some(grad) = grad {
            scalar::cross_entropy::gradient(row, self.batch.divisor(), grad);
        }
        scalar::cross_entropy::loss(row)
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
    use backend::{CrossEntropy, Targets};
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

    /// Checks that ordinary rows are held. If they weren't, their results would come from the scalar
    /// stage, right but slow, and no law would notice.
    #[test]
    fn ordinary_rows_are_held() {
        let plain = CrossEntropy::default();
        let smoothed = [0.1, 0.5].map(|epsilon| plain.clone().label_smoothing(epsilon));
        let [smoothed, smoothest] = smoothed.map(Result::unwrap);
        for instructions in InstructionSet::with_vectors() {
            for classes in [2, 3, 15, 16, 17, 64, 67, 200, 1000, 1500] {
                let count = rows_together(classes);
                let mut z = Random::new(classes as u64).normals(count * classes, 3.0);
                if classes <= MAX_CLASSES {
                    // Their max is known, so short rows needn't be near the first guess.
                    z.iter_mut().for_each(|z| *z += 100.0);
                }
                let labels: Vec<usize> = (0..count).map(|row| row % classes).collect();
                let q = Random::new(7).units(z.len());
                let weights = Random::new(8).units(classes);
                let weighted = smoothed.clone().class_weights(weights).unwrap();
                let mut grad = vec![0.0; z.len()];
                for loss in [&plain, &smoothed, &smoothest, &weighted] {
                    for targets in [Targets::Labels(&labels), Targets::Distributions(&q)]
                    {
                        let batch = loss.batch(&z, targets, classes).unwrap();
                        for grad in [None, Some(&mut grad[..])] {
                            let are_held = instructions.run(AreHeld(batch, grad));
                            assert!(are_held, "{instructions:?}, {classes}: {loss}");
                        }
                    }
                }
            }
        }
    }

    /// Computes rows, and returns by how much the guess is larger then than the first guess.
    struct GrowthOfGuess<'a>(Batch<'a>);

    impl Kernel for GrowthOfGuess<'_> {
        type Output = f64;

        #[inline(always)]
        fn run(self) -> f64 {
            let mut rows = Rows::new(self.0);
            rows.losses(0, None);
            rows.guess.over(Anchor::near(0.0))
        }

        fn run_scalar(self) -> f64 {
            1.0
        }
    }

    /// Checks that a row far from the guess is held alone. If it weren't, it would come from the
    /// scalar stage, and there would be no new guess.
    #[test]
    fn a_row_far_from_the_guess_becomes_the_guess() {
        let mut z = Random::new(9).normals(3 * 40, 1.0);
        z[40..80].iter_mut().for_each(|z| *z += 100.0);
        let batch = Batch::new(&z, &[1, 2, 3], 40).unwrap();
        for instructions in InstructionSet::with_vectors() {
            let growth = instructions.run(GrowthOfGuess(batch));
            assert!(growth.ln() > 90.0, "{instructions:?}: {growth}");
        }
    }

    #[test]
    fn as_many_rows_go_together_as_caches_hold() {
        assert_eq!([2, 512, 1000, 8192, 128_256].map(rows_together), [16, 16, 8, 1, 1]);
    }
}
