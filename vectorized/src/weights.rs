//! Rows in which several classes have weight: smoothed labels and distributions.
//!
//! The loss of such a row is `sum_k a_k nll_k`, and its gradient is `A p_k - a_k`, where A is the sum
//! of all weights. The `nll` of two classes differs by the distance of their logits,
//! `nll_k = nll_y + (z_y - z_k)`. So any class y can stand in for a label:
//!
//! ```text
//! loss = A nll_y + sum_k a_k (z_y - z_k)
//! ```
//!
//! The first term is the loss of a plain label y that has the weight A, and its gradient has
//! `A p_k` everywhere except at y. `cross_entropy.rs` computes both for sixteen rows together, and this
//! file does the rest:
//!
//! ```text
//! before: choose y, sum the weights and the distances        StandIns::new
//! after:  add the distances to the loss, correct y's entry   StandIns::correct
//!         subtract a_k from all other entries                StandIns::subtract_weights
//! ```
//!
//! # Which class stands in
//!
//! The terms of the loss cancel if some class is far likelier than y, because its distance is
//! negative. The class at the max is safe, but it takes a pass over the row to find it. A label that
//! has at least 0.7 of the weight is safe enough, so it stands in for itself. And a class that has
//! all the weight is a label, even if a distribution says so.
//!
//! # The error budget
//!
//! Units are those of `cross_entropy.rs`: a sum of exponentials is off by 3.44 units at most, and
//! `A p_k` by 6.88: 1.44 for its own exponential and 1 each for the factor and the product.
//!
//! - The loss, if the class at the max stands in: `A nll_y` is off by 3.44 units, the distances are
//!   exact enough, and the result is rounded: 4.44 units.
//! - The loss, if a label stands in and its distances sum to less than 0: then some class is likelier
//!   than y, and `p_y` is below 1/2. There, `nll_y` is off by less than 0.73 of the sum's error, since
//!   `(1 - p_y) / nll_y` is. The loss is at least `0.7 A nll_y`, so the error is
//!   3.44 x 0.73 / 0.7 = 3.59 units of the loss, and the result is rounded: 4.59 units.
//! - The error of an entry is relative to `p_k (A - a_k) + a_k (1 - p_k)`. Below p = 1/2 that's at
//!   least `A p_k` and at least half of `a_k`. The weight is off by three roundings, and the entry of
//!   a label that doesn't stand in is rounded twice: 6.88 + 2 x 3 + 2 = 14.88 units. A class above
//!   1/2 is at the max. If it doesn't stand in, it has at most 0.3 of the weight, and that sum is at
//!   least `0.7 A p_k` and at least `a_k`: 6.88 / 0.7 + 3 + 1 = 13.83 units.
//! - The entry of y is made in `f64` from the rounded entry of the plain label: 3.44 + 2.5 units.

use std::ops::Range;

use backend::{Batch, Row, Target};

use crate::cross_entropy::{Ends, Labels};
use crate::in_f64;
use crate::lanes::{LANES, Vector, filled_up, position, sum};
use crate::softmax::max;

/// The least share of a row's weight with which a label stands in for itself.
const MAIN_SHARE: f64 = 0.7;

/// The largest number in a distribution whose weights are subtracted in `f32`: a larger one would
/// enlarge the error of a `w_k keep` below the normal range.
const MAX_Q: f32 = 2.0;

/// The least share of a sum, for each of its terms, with which a difference from that sum is exact
/// enough: the sum's roundings in `f64`, 2^-53 for each term, are then at most 2^-25 of the difference.
const MIN_DIFFERENCE: f64 = f32::EPSILON as f64 / 32.0;

/// A class that stands in for a label.
#[derive(Clone, Copy)]
struct StandIn {
    class: usize,
    /// The target weight of this class.
    weight: f64,
    /// The target weights of all other classes together.
    weight_of_others: f64,
    /// The sum `sum_k a_k (z_y - z_k)`.
    distance: f64,
}

/// The stand-ins of sixteen rows, lane by lane. Their classes are the labels of the rows.
pub(crate) struct StandIns {
    weight: [f64; LANES],
    weight_of_others: [f64; LANES],
    distance: [f64; LANES],
    /// One over the divisor of the gradient.
    over_divisor: f64,
}

impl StandIns {
    /// Chooses a stand-in for each row, and makes it the row's label, with the weight A. A row gets no
    /// label if `f32` can't hold its weights over the divisor.
    #[inline(always)]
    pub(crate) fn new(
        batch: &Batch<'_>,
        rows: Range<usize>,
        divisor: f64,
        labels: &mut Labels,
    ) -> Self {
        let mut stand_ins = StandIns {
            weight: [0.0; LANES],
            weight_of_others: [0.0; LANES],
            distance: [0.0; LANES],
            over_divisor: 1.0 / divisor,
        };
        for (lane, row) in rows.enumerate().take(LANES) {
            let Some(row) = batch.row(row) else { continue };
            let Some(chosen) = stand_in(&row, stand_ins.over_divisor) else { continue };
            labels.class[lane] = chosen.class as u32;
            labels.weight[lane] = chosen.weight + chosen.weight_of_others;
            stand_ins.weight[lane] = chosen.weight;
            stand_ins.weight_of_others[lane] = chosen.weight_of_others;
            stand_ins.distance[lane] = chosen.distance;
        }
        stand_ins
    }

    /// Adds the distances to the losses of plain labels, and changes their entries `-A (1 - p_y)`
    /// to those of the stand-ins, `p_y (A - a_y) - a_y (1 - p_y)`.
    #[inline(always)]
    pub(crate) fn correct(&self, ends: &mut Ends, labels: &Labels) {
        for lane in 0..LANES {
            let total = labels.weight[lane];
            let p = in_f64::exp(-ends.loss[lane] / total, 0.0);
            // For a likely class, `1 - p` would cancel, and the entry of the plain label has it.
            let plain = f64::from(ends.of_label[lane]) / (total * self.over_divisor);
            let one_minus_p = if p > 0.5 { -plain } else { 1.0 - p };
            let entry = p * self.weight_of_others[lane] - self.weight[lane] * one_minus_p;
            ends.of_label[lane] = (entry * self.over_divisor) as f32;
            ends.loss[lane] += self.distance[lane];
        }
    }

    /// Subtracts the weights `w_k (keep q_k + spread)`, over the divisor, from a row's `A p_k`.
    ///
    /// A product isn't fused with the subtraction: an entry may be below the normal range, where a fused
    /// product is slow.
    #[inline(always)]
    pub(crate) fn subtract_weights(&self, target: &Target<'_>, grad: &mut [f32]) {
        let over = self.over_divisor;
        let (keep, spread) =
            ((target.keep() * over) as f32, (target.spread() * over) as f32);
        match (target.class_weights(), target.distribution()) {
            (None, None) => {
                for entry in &mut *grad {
                    *entry -= spread;
                }
            }
            (Some(w), None) => {
                for (entry, w) in grad.iter_mut().zip(w) {
                    *entry -= w * spread;
                }
            }
            (None, Some(q)) => {
                for (entry, q) in grad.iter_mut().zip(q) {
                    *entry -= keep.mul_add(*q, spread);
                }
            }
            (Some(w), Some(q)) => {
                for ((entry, w), q) in grad.iter_mut().zip(w).zip(q) {
                    *entry -= (w * keep).mul_add(*q, w * spread);
                }
            }
        }
        if let Some(label) = target.label() {
            grad[label] -= (target.keep() * target.class_weight(label) * over) as f32;
        }
    }
}

/// Returns the stand-in of a row, or `None` if `f32` can't hold its weights.
#[inline(always)]
fn stand_in(row: &Row<'_>, over_divisor: f64) -> Option<StandIn> {
    let (z, target) = (row.logits(), row.target());
    let (keep, spread) = (target.keep() * over_divisor, target.spread() * over_divisor);
    // `keep` is negative if a label has less weight than each class that it's smoothed over.
    if !(fits_f32(keep) && fits_f32(spread)) {
        return None;
    }
    match target.distribution() {
        None => Some(stand_in_for_label(z, &target, target.label()?)),
        Some(q) => stand_in_for_distribution(z, &target, q),
    }
}

/// Returns whether a factor is 0, or positive and normal once it's rounded to `f32`.
#[inline(always)]
fn fits_f32(factor: f64) -> bool {
    let rounded = factor as f32;
    factor == 0.0 || rounded > 0.0 && rounded.is_normal()
}

/// Returns the stand-in for a smoothed label.
#[inline(always)]
fn stand_in_for_label(z: &[f32], target: &Target<'_>, label: usize) -> StandIn {
    let kept = target.keep() * target.class_weight(label);
    let total = kept + target.spread() * target.class_weight_sum();
    let class = if target.weight(label) >= MAIN_SHARE * total {
        label
    } else {
        only_class(target, z.len()).unwrap_or_else(|| top(z))
    };
    let distances = sum_of_distances(z, z[class], target.class_weights());
    StandIn {
        class,
        weight: target.weight(class),
        weight_of_others: weight_of_others(target, class, total, z.len()),
        distance: target.spread() * distances + cost(kept, z[class], z[label]),
    }
}

/// Returns the stand-in for a distribution: the class at the max, or the only class with weight.
#[inline(always)]
fn stand_in_for_distribution(
    z: &[f32],
    target: &Target<'_>,
    q: &[f32],
) -> Option<StandIn> {
    let class = top(z);
    let mut tally = Tally::EMPTY;
    let (z_vectors, last_z) = z.as_chunks();
    let (q_vectors, last_q) = q.as_chunks();
    let w = target.class_weights();
    let z_y = z[class];
    match w {
        None => {
            for (z, q) in z_vectors.iter().zip(q_vectors) {
                tally.add(target, z_y, z, &[1.0; LANES], q);
            }
        }
        Some(w) => {
            for ((z, q), w) in z_vectors.iter().zip(q_vectors).zip(w.as_chunks().0) {
                tally.add(target, z_y, z, w, q);
            }
        }
    }
    // The lanes beyond the last classes have no weight.
    let last_w = w.map_or(&[1.0; LANES][..last_z.len()], |w| w.as_chunks::<LANES>().1);
    let last_z = filled_up(last_z, z_y);
    let (last_w, last_q) = (filled_up(last_w, 0.0), filled_up(last_q, 0.0));
    tally.add(target, z_y, &last_z, &last_w, &last_q);

    // As integers, the bits of a negative number or of NaN are larger than those of `MAX_Q`.
    let max_q = tally.max_q.into_iter().fold(0, u32::max);
    if max_q > MAX_Q.to_bits() {
        return None;
    }
    if sum(tally.count) == 1.0 {
        let class = class_with_weight(*target, 0, z.len())?;
        let weight = target.weight(class);
        return Some(StandIn { class, weight, weight_of_others: 0.0, distance: 0.0 });
    }
    Some(StandIn {
        class,
        weight: target.weight(class),
        weight_of_others: weight_of_others(target, class, sum(tally.total), z.len()),
        distance: sum(tally.distance),
    })
}

/// Returns the first class from `first` on that has weight.
///
/// It takes a copy of the target and isn't inlined, so that callers can keep theirs in registers.
#[inline(never)]
fn class_with_weight(target: Target<'_>, first: usize, classes: usize) -> Option<usize> {
    (first..classes).find(|k| target.weight(*k) != 0.0)
}

/// Returns the only class that has weight, if there is one.
#[inline(always)]
fn only_class(target: &Target<'_>, classes: usize) -> Option<usize> {
    let first = class_with_weight(*target, 0, classes)?;
    let second = class_with_weight(*target, first + 1, classes);
    if second.is_none() { Some(first) } else { None }
}

/// Returns the class at the max.
#[inline(always)]
fn top(z: &[f32]) -> usize {
    position(z, max(z)).unwrap_or(0)
}

/// Returns the sum of the weights of all classes except one, given the sum of all.
#[inline(always)]
fn weight_of_others(
    target: &Target<'_>,
    class: usize,
    total: f64,
    classes: usize,
) -> f64 {
    let a = target.weight(class);
    let difference = total - a;
    if difference > classes as f64 * MIN_DIFFERENCE * total {
        difference
    } else {
        exact_weight_of_others(*target, a)
    }
}

/// Sums the weights and carries their rounding errors along. It isn't inlined, like
/// [`class_with_weight`].
#[inline(never)]
fn exact_weight_of_others(target: Target<'_>, a: f64) -> f64 {
    target.total().without(a)
}

/// Returns `a (z_y - z_k)`. A class without weight costs nothing, even if it's masked.
#[inline(always)]
fn cost(a: f64, z_y: f32, z_k: f32) -> f64 {
    a * if a == 0.0 { 0.0 } else { f64::from(z_y) - f64::from(z_k) }
}

/// Returns `sum_k w_k (z_y - z_k)`, where `w_k` is 1 without class weights.
#[inline(always)]
fn sum_of_distances(z: &[f32], z_y: f32, weights: Option<&[f32]>) -> f64 {
    let mut sums = [0.0; LANES / 2];
    let (vectors, last) = z.as_chunks();
    match weights {
        None => {
            for z in vectors {
                add(&mut sums, &distances(z_y, z, &[1.0; LANES]));
            }
            add(&mut sums, &distances(z_y, &filled_up(last, z_y), &[1.0; LANES]));
        }
        Some(weights) => {
            let (weights, last_weights) = weights.as_chunks();
            for (z, w) in vectors.iter().zip(weights) {
                add(&mut sums, &distances(z_y, z, w));
            }
            let last_weights = filled_up(last_weights, 0.0);
            add(&mut sums, &distances(z_y, &filled_up(last, z_y), &last_weights));
        }
    }
    sum(sums)
}

/// Returns `w_k (z_y - z_k)` for sixteen classes.
#[inline(always)]
fn distances(z_y: f32, z: &Vector, w: &Vector) -> [f64; LANES] {
    let mut distances = [0.0; LANES];
    for k in 0..LANES {
        let distance = f64::from(z_y) - f64::from(z[k]);
        distances[k] = f64::from(w[k]) * if w[k] == 0.0 { 0.0 } else { distance };
    }
    distances
}

#[inline(always)]
fn add(sums: &mut [f64; LANES / 2], numbers: &[f64; LANES]) {
    for k in 0..LANES / 2 {
        sums[k] += numbers[k] + numbers[k + LANES / 2];
    }
}

/// The sums over a distribution so far, lane by lane.
struct Tally {
    /// The sums of `a_k`.
    total: [f64; LANES / 2],
    /// The sums of `a_k (z_y - z_k)`.
    distance: [f64; LANES / 2],
    /// The numbers of classes with weight.
    count: [f64; LANES / 2],
    /// The bits of the largest number in the distribution.
    max_q: [u32; LANES],
}

impl Tally {
    const EMPTY: Self = Tally {
        total: [0.0; LANES / 2],
        distance: [0.0; LANES / 2],
        count: [0.0; LANES / 2],
        max_q: [0; LANES],
    };

    /// Adds sixteen classes. A weight is made of four numbers, which `f32` would round four times, so
    /// it's made in `f64`.
    #[inline(always)]
    fn add(&mut self, target: &Target<'_>, z_y: f32, z: &Vector, w: &Vector, q: &Vector) {
        let (keep, spread) = (target.keep(), target.spread());
        let mut weights = [0.0; LANES];
        let mut distances = [0.0; LANES];
        let mut have_weight = [0.0; LANES];
        for k in 0..LANES {
            let a = f64::from(w[k]) * keep.mul_add(f64::from(q[k]), spread);
            weights[k] = a;
            distances[k] = cost(a, z_y, z[k]);
            have_weight[k] = if a == 0.0 { 0.0 } else { 1.0 };
        }
        add(&mut self.total, &weights);
        add(&mut self.distance, &distances);
        add(&mut self.count, &have_weight);
        for (max_q, q) in self.max_q.iter_mut().zip(q) {
            *max_q = q.to_bits().max(*max_q);
        }
    }
}
