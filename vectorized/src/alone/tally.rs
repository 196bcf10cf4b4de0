//! The sums over a row that its target weights need: one pass over the row and its weights, in
//! `f64`.
//!
//! ```text
//! distance = sum_k a_k (max - z_k)        loss = A log_norm + distance
//! total    = sum_k a_k                    A
//! ```
//!
//! A weight is made of three numbers, `w_k (keep q_k + spread)`. In `f32` its three
//! roundings and those of the sum come to 10 ulp in a row of equal weights, and a smoothing
//! of 1e-45 rounds to 0, so that a masked class would no longer cost infinity. In `f64` neither
//! can happen, and sixteen lanes of `f64` fill as many registers as thirty-two of `f32`.

use super::weights::WeightedRow;
use crate::cross_entropy::HEAVY;
use crate::lanes::{LANES, Vector, filled_up, halved, larger, sum};

/// The sums over a row, without the part of `keep` that a label gets.
pub(super) struct Tally {
    /// The sum `sum_k a_k (max - z_k)`, without the classes that have no weight.
    pub(super) distance: f64,
    /// The sum `sum_k a_k`.
    pub(super) total: f64,
    /// The number of classes with a weight.
    pub(super) count: f64,
    /// The largest class weight, or 1 if all are smaller.
    pub(super) largest_w: f32,
}

/// The largest share of a distribution for a class whose weight is computed in `f32`.
const LARGEST_Q: f32 = 2.0;

/// Sums over a row and its weights in one pass. Returns `None` for a row that has to be computed
/// in `f64` throughout: its sums are infinite or NaN, or a weight is negative or too large.
#[inline(always)]
pub(super) fn tally(row: &WeightedRow<'_>, max: f32) -> Option<Tally> {
    let (vectors, last) = row.z.as_chunks();
    let mut sums = Sums::new();
    for (i, z) in vectors.iter().enumerate() {
        sums.add(row, z, row.factors(i), max);
    }
    // The lanes beyond the last classes hold the max as their logit, and no weight.
    sums.add(row, &filled_up(last, max), row.last_factors(), max);
    let mut tally = Tally {
        distance: sum(halved(&sums.distance)),
        total: sum(halved(&sums.total)),
        count: sum(halved(&sums.count)),
        largest_w: sums.largest_w.into_iter().fold(0.0, f32::max),
    };
    if let Some(label) = row.target.label() {
        let of_label = row.target.keep() * row.target.class_weight(label);
        tally.total += of_label;
        tally.distance += cost(of_label, max, row.z[label]);
    }
    // A negative number has the bits of a large integer, and so has NaN. A negative `keep`,
    // from a smoothing of almost 1 over the other classes, would cancel.
    let fits = row.target.keep() >= 0.0
        && sums.largest_q.into_iter().fold(0, u32::max) <= LARGEST_Q.to_bits()
        && tally.distance.is_finite()
        && tally.total <= HEAVY;
    fits.then_some(tally)
}

/// Returns `a_k (max - z_k)`. A class without weight costs nothing, even if it's masked.
#[inline(always)]
fn cost(a: f64, max: f32, z: f32) -> f64 {
    a * if a == 0.0 { 0.0 } else { f64::from(max) - f64::from(z) }
}

/// The sums of a tally so far, lane by lane.
struct Sums {
    distance: [f64; LANES],
    total: [f64; LANES],
    count: [f64; LANES],
    largest_w: Vector,
    largest_q: [u32; LANES],
}

impl Sums {
    #[inline(always)]
    fn new() -> Self {
        Sums {
            distance: [0.0; LANES],
            total: [0.0; LANES],
            count: [0.0; LANES],
            largest_w: [1.0; LANES],
            largest_q: [0; LANES],
        }
    }

    /// Adds sixteen classes to the sums.
    #[inline(always)]
    fn add(&mut self, row: &WeightedRow<'_>, z: &Vector, [w, q]: [Vector; 2], max: f32) {
        let (keep, spread) = (row.target.keep(), row.target.spread());
        self.largest_w = larger(self.largest_w, w);
        for k in 0..LANES {
            let a = f64::from(w[k]) * keep.mul_add(f64::from(q[k]), spread);
            self.distance[k] += cost(a, max, z[k]);
            self.total[k] += a;
            self.count[k] += if a == 0.0 { 0.0 } else { 1.0 };
            self.largest_q[k] = self.largest_q[k].max(q[k].to_bits());
        }
    }
}
