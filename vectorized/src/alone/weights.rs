//! Target weights at many classes: distributions, and labels that keep too little of the weight.
//!
//! ```text
//! max, rest and exponentials of the row          summary.rs, two passes
//! sums over the target weights                   tally.rs, one pass
//! grad_k = A p_k - a_k                           one pass
//! ```
//!
//! The weights `w_k (keep q_k + spread)` are computed twice, since that's faster than keeping
//! them. Sums are made in `f64`, and the entries of the gradient in `f32`: if p is at most 1/2,
//! `A p_k - a_k` loses nothing that counts. The difference can cancel at a class that's likelier
//! than all others together: that class is computed alone, in `f64`, and so is the label. A row
//! in which a single class has all the weight is computed as a labeled row.
//!
//! # The error budget
//!
//! The error of the loss is the error of its `log_norm`, 3.44 units (`cross_entropy.rs`), and one
//! unit for the result. The bound of a gradient's entry is relative to `p_k (A - a_k) + a_k (1 -
//! p_k)`. Up to p = 1/2 that's at least `A p_k` and at least half of `a_k`. `A p_k` is off by 5.88
//! units and a rounding, and `a_k` by three roundings, so the entry is off by at most
//! 6.88 + 2 x 3 + 1 = 13.88 units of that sum.
//!
//! The functions return `None` for a row whose numbers `f32` can't hold.

use backend::{Row, Target};

use super::tally::{Tally, tally};
use super::{Grad, labeled};
use crate::cross_entropy::HEAVY;
use crate::exp::Anchor;
use crate::lanes::{LANES, Vector, filled_up, position};
use crate::scale::scale;
use crate::smoothing::LOST;
use crate::softmax::{CHUNK, log_norm};
use crate::summary::Summary;

/// A row with its target weights `w_k (keep q_k + spread)`.
pub(super) struct WeightedRow<'a> {
    pub(super) z: &'a [f32],
    pub(super) target: Target<'a>,
}

/// Returns the loss of a row and an anchor near the max, and fills `grad`, if it's given, with the
/// row's gradient.
#[inline(always)]
pub(super) fn loss(row: Row<'_>, mut grad: Option<Grad<'_>>) -> Option<(f64, Anchor)> {
    let row = WeightedRow { z: row.logits(), target: row.target() };
    let entries = grad.as_mut().map(|grad| &mut *grad.entries);
    let (summary, anchor) = Summary::new(row.z, entries)?;
    let tally = tally(&row, summary.max)?;
    if tally.count == 1.0 {
        let class = row.first_class();
        return labeled(row.z, class, row.target.weight(class), grad);
    }
    if let Some(grad) = grad {
        row.gradient(&tally, &summary, anchor, grad)?;
    }
    Some((tally.total * log_norm(summary.rest) + tally.distance, anchor))
}

impl WeightedRow<'_> {
    /// Returns the factors `w_k` and `q_k` of the `i`th sixteen classes.
    #[inline(always)]
    pub(super) fn factors(&self, i: usize) -> [Vector; 2] {
        let (w, q) = (self.target.class_weights(), self.target.distribution());
        [
            w.map_or([1.0; LANES], |w| w.as_chunks().0[i]),
            q.map_or([0.0; LANES], |q| q.as_chunks().0[i]),
        ]
    }

    /// Returns the factors of the last classes, which fill no vector. The lanes beyond them have no
    /// weight.
    #[inline(always)]
    pub(super) fn last_factors(&self) -> [Vector; 2] {
        let last = |factors: &[f32]| filled_up(factors.as_chunks::<LANES>().1, 0.0);
        let (w, q) = (self.target.class_weights(), self.target.distribution());
        let ones = &[1.0; LANES][..self.z.len() % LANES];
        [w.map_or_else(|| filled_up(ones, 0.0), last), q.map_or([0.0; LANES], last)]
    }

    /// Returns the first class with a weight.
    #[inline(always)]
    fn first_class(&self) -> usize {
        let has_weight = |k: &usize| self.target.weight(*k) != 0.0;
        (0..self.z.len()).find(has_weight).unwrap_or(0)
    }

    /// Turns the exponentials in `entries` into the gradient.
    #[inline(always)]
    fn gradient(
        &self,
        tally: &Tally,
        summary: &Summary,
        anchor: Anchor,
        Grad { divisor, entries }: Grad<'_>,
    ) -> Option<()> {
        let total = tally.total;
        let of_exp = (total / divisor * summary.normalizer(anchor)) as f32;
        if !of_exp.is_normal() || total / divisor > HEAVY {
            return None;
        }
        let keep = rounded(self.target.keep() / divisor, tally.largest_w)?;
        let spread = rounded(self.target.spread() / divisor, tally.largest_w)?;
        // A part of the row at a time, which is still in the nearest cache for the second step.
        for (i, entries) in entries.chunks_mut(CHUNK).enumerate() {
            scale(entries, of_exp, f32::INFINITY);
            self.subtract_weights(i * (CHUNK / LANES), entries, keep, spread);
        }
        if let Some(label) = self.target.label() {
            entries[label] = self.entry(label, total, summary, divisor);
        }
        // A rest below 1 leaves more than half of the probability to the max.
        if summary.rest < 1.0 {
            let top = position(self.z, summary.max).unwrap_or(0);
            entries[top] = self.entry(top, total, summary, divisor);
        }
        Some(())
    }

    /// Subtracts the weights from a part of the row's `A p_k`, given the number of vectors before it.
    #[inline(always)]
    fn subtract_weights(
        &self,
        before: usize,
        entries: &mut [f32],
        keep: f32,
        spread: f32,
    ) {
        let (vectors, last) = entries.as_chunks_mut::<LANES>();
        for (i, entries) in vectors.iter_mut().enumerate() {
            subtract_weights(entries, self.factors(before + i), keep, spread);
        }
        subtract_weights(last, self.last_factors(), keep, spread);
    }

    /// Returns an entry of the gradient, `p_k (A - a_k) - a_k (1 - p_k)`.
    #[inline(always)]
    fn entry(&self, k: usize, total: f64, summary: &Summary, divisor: f64) -> f32 {
        let a = self.target.weight(k);
        let difference = total - a;
        // The total is a sum of C numbers in `f64`. Above this, its rounding doesn't matter.
        let of_others = if difference > self.z.len() as f64 * LOST * a {
            difference
        } else {
            self.target.total().without(a)
        };
        let p = summary.p(self.z[k]);
        ((p * of_others - a * summary.one_minus_p(self.z[k], p)) / divisor) as f32
    }
}

/// Subtracts `w_k (keep q_k + spread)` from numbers that may be below the normal range, where a
/// fused product would be slow.
#[inline(always)]
fn subtract_weights(entries: &mut [f32], [w, q]: [Vector; 2], keep: f32, spread: f32) {
    for ((entry, w), q) in entries.iter_mut().zip(w).zip(q) {
        *entry -= (w * keep).mul_add(q, w * spread);
    }
}

/// Rounds a factor of target weights to `f32`. Returns `None` if the result is below the normal
/// range, or if a product of the factor and a class weight overflows.
#[inline(always)]
fn rounded(factor: f64, largest_w: f32) -> Option<f32> {
    let narrow = factor as f32;
    let fits =
        narrow.is_normal() && narrow > 0.0 && (2.0 * narrow * largest_w).is_finite();
    (factor == 0.0 || fits).then_some(narrow)
}
