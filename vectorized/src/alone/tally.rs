//! The sums over a row that its target weights need: one pass over the row and its weights, in
//! `f64`.
//!
//! ```text
//! distance = sum_k a_k (max - z_k)        loss = A log_norm + distance
//! total    = sum_k a_k                    A, if the row has a distribution
//! ```
//!
//! A weight is made of three numbers, `w_k (keep q_k + spread)`. In `f32` its three
//! roundings and those of the sum come to 10 ulp in a row of equal weights, and a smoothing
//! of 1e-45 rounds to 0, so that a masked class would no longer cost infinity. In `f64` neither
//! can happen, and sixteen lanes of `f64` fill as many registers as thirty-two of `f32`.

use super::weights::WeightedRow;
use crate::cross_entropy::HEAVY;
use crate::lanes::{LANES, filled_up, halved, larger, smaller, sum};

/// The sums over a row, without the part of `keep` that a label gets.
pub(super) struct Tally {
    /// The sum `sum_k a_k (max - z_k)`, without the classes that have no weight.
    pub(super) distance: f64,
    /// The sum `sum_k a_k`, if the row has a distribution.
    pub(super) total: f64,
    /// The number of classes with a weight, if there are class weights or a distribution.
    pub(super) count: f64,
    /// The smallest logit of all.
    pub(super) lowest: f32,
    /// The largest class weight, or 1 if all are smaller.
    pub(super) largest_w: f32,
}

/// The largest share of a distribution for a class whose weight is computed in `f32`.
const LARGEST_Q: f32 = 2.0;

/// Sixteen classes: their logits, their class weights, and their shares of the distribution.
type Classes = ([f32; LANES], [f32; LANES], [f32; LANES]);

impl<const WEIGHTS: bool, const DISTRIBUTION: bool>
    WeightedRow<'_, WEIGHTS, DISTRIBUTION>
{
    /// Sums over the row and its weights in one pass. Returns `None` for a row that has to be
    /// computed in `f64` throughout: its sums are infinite or NaN, or a weight is negative or
    /// too large.
    #[inline(always)]
    pub(super) fn tally(&self, max: f32) -> Option<Tally> {
        let mut sums = Sums::new(max);
        for i in 0..self.z.len() / LANES {
            sums.add(self, self.classes(i), max);
        }
        sums.add(self, self.last_classes(max), max);
        let tally = Tally {
            distance: sum(halved(&sums.distance)),
            total: sum(halved(&sums.total)),
            count: sum(halved(&sums.count)),
            lowest: sums.lowest.into_iter().fold(max, f32::min),
            largest_w: sums.largest_w.into_iter().fold(0.0, f32::max),
        };
        // A negative number has the bits of a large integer, and so has NaN. A negative `keep`,
        // from a smoothing of almost 1 over the other classes, would cancel.
        let fits = self.keep >= 0.0
            && sums.largest_q.into_iter().fold(0, u32::max) <= LARGEST_Q.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// Returns the first class with a weight.
    #[inline(always)]
    pub(super) fn first_class(&self) -> usize {
        let has_weight = |k: &usize| self.target.weight(*k) != 0.0;
        (0..self.z.len()).find(has_weight).unwrap_or(0)
    }

    #[inline(always)]
    pub(super) fn classes(&self, i: usize) -> Classes {
        let (mut w, mut q) = ([1.0; LANES], [0.0; LANES]);
        if WEIGHTS {
            w = self.class_weights.as_chunks().0[i];
        }
        if DISTRIBUTION {
            q = self.distribution.as_chunks().0[i];
        }
        (self.z.as_chunks().0[i], w, q)
    }

    /// Returns the last classes, which fill no vector. The lanes beyond them hold the max as
    /// their logit, and no weight.
    #[inline(always)]
    pub(super) fn last_classes(&self, max: f32) -> Classes {
        let z = self.z.as_chunks::<LANES>().1;
        let mut w = filled_up(&[1.0; LANES][..z.len()], 0.0);
        let mut q = [0.0; LANES];
        if WEIGHTS {
            w = filled_up(self.class_weights.as_chunks::<LANES>().1, 0.0);
        }
        if DISTRIBUTION {
            q = filled_up(self.distribution.as_chunks::<LANES>().1, 0.0);
        }
        (filled_up(z, max), w, q)
    }
}

/// The sums of a tally so far, lane by lane.
struct Sums {
    distance: [f64; LANES],
    total: [f64; LANES],
    count: [f64; LANES],
    lowest: [f32; LANES],
    largest_w: [f32; LANES],
    largest_q: [u32; LANES],
}

impl Sums {
    #[inline(always)]
    fn new(max: f32) -> Self {
        Sums {
            distance: [0.0; LANES],
            total: [0.0; LANES],
            count: [0.0; LANES],
            lowest: [max; LANES],
            largest_w: [1.0; LANES],
            largest_q: [0; LANES],
        }
    }

    /// Adds sixteen classes to the sums.
    #[inline(always)]
    fn add<const WEIGHTS: bool, const DISTRIBUTION: bool>(
        &mut self,
        row: &WeightedRow<'_, WEIGHTS, DISTRIBUTION>,
        (z, w, q): Classes,
        max: f32,
    ) {
        self.lowest = smaller(self.lowest, z);
        if WEIGHTS {
            self.largest_w = larger(self.largest_w, w);
        }
        for k in 0..LANES {
            let share = row.keep.mul_add(f64::from(q[k]), row.spread);
            let a = f64::from(w[k]) * share;
            // A class without weight costs nothing, even if it's masked.
            let far = if a == 0.0 { 0.0 } else { f64::from(max) - f64::from(z[k]) };
            self.distance[k] = a.mul_add(far, self.distance[k]);
            if WEIGHTS || DISTRIBUTION {
                self.count[k] += if a == 0.0 { 0.0 } else { 1.0 };
            }
            if DISTRIBUTION {
                self.total[k] += a;
                self.largest_q[k] = self.largest_q[k].max(q[k].to_bits());
            }
        }
    }
}
