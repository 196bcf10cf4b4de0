//! What a labeled row needs once, after the pass over its logits: for N rows side by side.
//!
//! The arithmetic is that of one row (`summary.rs`), in loops over rows that the compiler turns
//! into vectors. Rows of few classes bring 32 rows at a time (`few_classes.rs`), longer rows
//! eight (`together.rs`).

use std::ops::Range;

use backend::Batch;

use crate::cross_entropy::HEAVY;
use crate::exp::Reference;
use crate::summary::Summary;

/// The labels of N rows.
pub(crate) struct Labels<const N: usize> {
    pub(crate) class: [usize; N],
    /// The target weight, 0 where there is no row, or an ignored one.
    pub(crate) weight: [f64; N],
    /// The logit.
    pub(crate) z: [f32; N],
}

impl<const N: usize> Labels<N> {
    pub(crate) const NONE: Self = Labels { class: [0; N], weight: [0.0; N], z: [0.0; N] };

    /// Takes the labels of rows, and returns whether they have no other targets. It leaves the
    /// labels' logits to the caller, who reads them after the pass over the row: before it, each
    /// would come from memory, and all else would wait for it.
    pub(crate) fn put(&mut self, batch: &Batch<'_>, rows: Range<usize>) -> bool {
        self.weight[rows.len()..].fill(0.0);
        for (lane, row) in rows.enumerate().take(N) {
            let Some((label, weight)) = batch.only_label(row) else { return false };
            self.weight[lane] = weight;
            if weight != 0.0 {
                self.class[lane] = label;
            }
        }
        true
    }
}

/// What the pass over each of N rows has found.
pub(crate) struct Passed<const N: usize> {
    pub(crate) max: [f32; N],
    /// The sum of all exponentials but the largest.
    pub(crate) others: [f64; N],
    origin: [f32; N],
    floor: [f32; N],
    rounder: [f32; N],
}

/// The losses of N rows, and their gradients except for the product with the exponentials.
pub(crate) struct RowEnds<const N: usize> {
    /// The losses, 0 where they aren't done.
    pub(crate) losses: [f64; N],
    /// What turns exponentials into entries of the gradient.
    pub(crate) factor: [f32; N],
    /// The largest entry that there may be.
    pub(crate) most: [f32; N],
    /// The entry of the label.
    pub(crate) of_label: [f32; N],
    /// Whether there is a row that isn't ignored, and `f32` holds its numbers.
    pub(crate) done: [bool; N],
}

impl<const N: usize> RowEnds<N> {
    pub(crate) const NONE: Self = RowEnds {
        losses: [0.0; N],
        factor: [0.0; N],
        most: [0.0; N],
        of_label: [0.0; N],
        done: [false; N],
    };
}

impl<const N: usize> Passed<N> {
    pub(crate) const NOTHING: Self = Passed {
        max: [0.0; N],
        others: [0.0; N],
        origin: [0.0; N],
        floor: [0.0; N],
        rounder: [0.0; N],
    };

    /// Starts with a reference for each row, near its max.
    #[inline(always)]
    pub(crate) fn near(max: [f32; N]) -> Self {
        let mut passed = Passed { max, ..Self::NOTHING };
        for (lane, max) in max.into_iter().enumerate() {
            passed.set_reference(lane, Reference::near(max));
        }
        passed
    }

    /// Stores the findings of the pass over a row.
    #[inline(always)]
    pub(crate) fn set(&mut self, lane: usize, max: f32, others: f64, near: Reference) {
        self.max[lane] = max;
        self.others[lane] = others;
        self.set_reference(lane, near);
    }

    #[inline(always)]
    fn set_reference(&mut self, lane: usize, reference: Reference) {
        self.origin[lane] = reference.origin;
        self.floor[lane] = reference.floor;
        self.rounder[lane] = reference.rounder;
    }

    #[inline(always)]
    pub(crate) fn reference(&self, lane: usize) -> Reference {
        let (origin, floor) = (self.origin[lane], self.floor[lane]);
        Reference { origin, floor, rounder: self.rounder[lane] }
    }

    /// Returns the summary of one row.
    #[inline(always)]
    pub(crate) fn summary<const FMA: bool>(&self, lane: usize) -> Summary {
        Summary::new::<FMA>(self.max[lane], self.others[lane], self.reference(lane))
    }

    /// Returns the exponentials, in `f64`, of one logit of each row.
    #[inline(always)]
    pub(crate) fn exps_of<const FMA: bool>(&self, z: &[f32; N]) -> [f64; N] {
        let mut exps = [0.0; N];
        for lane in 0..N {
            exps[lane] = self.reference(lane).exp_in_f64::<FMA>(z[lane]);
        }
        exps
    }

    /// Fills `ends` with the losses alone.
    #[inline(always)]
    pub(crate) fn losses<const FMA: bool>(
        &self,
        labels: &Labels<N>,
        ends: &mut RowEnds<N>,
    ) {
        for lane in 0..N {
            let a = labels.weight[lane];
            let loss = a * self.summary::<FMA>(lane).nll::<FMA>(labels.z[lane]);
            ends.done[lane] = 0.0 < a && a <= HEAVY;
            ends.losses[lane] = if ends.done[lane] { loss } else { 0.0 };
        }
    }

    /// Fills `ends` with losses and gradients, given the exponential of each label.
    #[inline(always)]
    pub(crate) fn gradients<const FMA: bool>(
        &self,
        labels: &Labels<N>,
        exp_of_label: &[f64; N],
        divisor: f64,
        ends: &mut RowEnds<N>,
    ) {
        let per_divisor = 1.0 / divisor;
        for (lane, exp) in exp_of_label.iter().enumerate() {
            let (a, z) = (labels.weight[lane], labels.z[lane]);
            let of_loss = a * per_divisor;
            let summary = self.summary::<FMA>(lane);
            let normalizer = summary.normalizer();
            let p = exp * normalizer;
            ends.factor[lane] = (of_loss * normalizer) as f32;
            ends.most[lane] = of_loss as f32;
            ends.of_label[lane] = (-of_loss * summary.one_minus_p(z, p)) as f32;
            let loss = a * summary.nll::<FMA>(z);
            ends.done[lane] = 0.0 < a && a <= HEAVY && ends.factor[lane].is_normal();
            ends.losses[lane] = if ends.done[lane] { loss } else { 0.0 };
        }
    }
}
