//! Smoothed labels: the loss of a label, and a sum that needs no exponential.
//!
//! Smoothing gives every class a weight `a_k`, and the label y keeps most of their sum A. The
//! price of another class is the label's plus a difference of logits,
//! `nll_k = nll_y + (z_y - z_k)`. So the loss and its gradient have two parts:
//!
//! ```text
//! sum_k a_k nll_k  =  A nll_y        +  sum_k a_k (z_y - z_k)
//! A p_k - a_k      =  A (p_k - y_k)  +  (A y_k - a_k)              y_k: 1 for the label, else 0
//! ```
//!
//! The first part belongs to a plain label of the weight A, and `cross_entropy.rs` computes it
//! for sixteen rows together. This file adds the second part: a sum of logits, and for each entry
//! of the gradient a number that doesn't depend on the logits.
//!
//! # The error budget
//!
//! The two parts can have different signs, and then they cancel. They can't cancel much if the
//! label has at least 0.7 of A. Units are those of `cross_entropy.rs`.
//!
//! - The loss: if its second part is negative, another class is likelier than the label, and p_y
//!   is below 1/2. There, an error of the rest changes `nll_y` by at most
//!   `(1 - p_y) / nll_y`, or 0.73, of itself. The loss is at least `0.7 A nll_y`, so the 3.44 units
//!   of the rest count for at most 3.44 x 0.73 / 0.7 = 3.6, and the result is rounded: 4.6 together.
//! - An entry of the gradient is measured by `p_k (A - a_k) + a_k (1 - p_k)`, which is at least
//!   `0.7 A p_k` and at least `a_k`, except for the label. `A p_k` is off by 5.88 units and a
//!   rounding, `a_k` by two roundings, and the entry is rounded: 6.88 / 0.7 + 2 + 1 is below 13.
//! - The label's entry has `A (1 - p_y)`, off by 3.44 units and a rounding, and at most 1 / 0.7 of
//!   its measure: below 8 together.

use backend::Target;

use crate::cross_entropy::{Ends, LabeledRows};
use crate::lanes::{LANES, Vector, filled_up, sum};

/// The largest share of a row's weight that may be spread.
const MAX_SPREAD: f64 = 0.3;

/// The limit 2^-28: an addition in `f64` can lose 2^-53, 2^-25 of it, half a unit of `f32`.
pub(crate) const LOST: f64 = f32::EPSILON as f64 / 32.0;

/// The smoothing of a batch: everything that its rows have in common.
pub(crate) struct Smoothing<'a> {
    keep: f64,
    spread: f64,
    /// The spread over the divisor.
    spread_over: f32,
    divisor: f64,
    class_weights: Option<&'a [f32]>,
    class_weight_sum: f64,
}

/// The second part of a row's loss and gradient.
pub(crate) struct SecondPart {
    /// The sum `A` of the target weights.
    pub(crate) total: f64,
    /// The sum `sum_k a_k (z_y - z_k)`.
    pub(crate) loss: f64,
    /// The entry `A - a_y` of the label.
    of_label: f64,
}

impl<'a> Smoothing<'a> {
    /// Makes the smoothing of a batch from the target of any of its rows.
    #[inline(always)]
    pub(crate) fn new(target: &'a Target<'a>, divisor: f64) -> Self {
        Smoothing {
            keep: target.keep(),
            spread: target.spread(),
            spread_over: (target.spread() / divisor) as f32,
            divisor,
            class_weights: target.class_weights(),
            class_weight_sum: target.class_weight_sum(),
        }
    }

    /// Returns the second part of a row. Returns `None` if it may cancel the first, or if `f32`
    /// can't hold its numbers.
    #[inline(always)]
    pub(crate) fn of_row(&self, z: &[f32], label: usize) -> Option<SecondPart> {
        let class_weight = self.class_weights.map_or(1.0, |w| f64::from(w[label]));
        let others = self.class_weight_sum - class_weight;
        let total = self.keep * class_weight + self.spread * self.class_weight_sum;
        let of_label = self.spread * others;
        let is_held = of_label <= MAX_SPREAD * total
            && others >= z.len() as f64 * LOST * self.class_weight_sum
            && self.spread_over.is_normal();
        is_held.then(|| {
            let loss = self.spread * distance(z, z[label], self.class_weights);
            SecondPart { total, loss, of_label }
        })
    }

    /// Adds the second part to a row's gradient that has the first.
    #[inline(always)]
    pub(crate) fn apply(&self, part: &SecondPart, label: usize, grad: &mut [f32]) {
        let of_label = f64::from(grad[label]) + part.of_label / self.divisor;
        match self.class_weights {
            None => {
                for entry in &mut *grad {
                    *entry -= self.spread_over;
                }
            }
            Some(weights) => {
                for (entry, w) in grad.iter_mut().zip(weights) {
                    // Not fused: below the normal range, fused products are slow.
                    *entry -= w * self.spread_over;
                }
            }
        }
        grad[label] = of_label as f32;
    }
}

/// Adds the second part to rows that have the first. A row that can't have it
/// is no longer held.
#[inline(always)]
pub(crate) fn smooth(
    rows: &LabeledRows<'_>,
    smoothing: &Smoothing<'_>,
    mut grads: Option<&mut [f32]>,
    ends: &mut Ends,
) {
    for (lane, z) in rows.each() {
        if !ends.is_held[lane] {
            continue;
        }
        let label = rows.labels.class[lane] as usize;
        let part = smoothing.of_row(z, label);
        ends.is_held[lane] = part.is_some();
        let Some(part) = part else { continue };
        ends.loss[lane] += part.loss;
        if let Some(grads) = grads.as_deref_mut() {
            smoothing.apply(
                &part,
                label,
                &mut grads[lane * rows.classes..][..rows.classes],
            );
        }
    }
}

/// Returns `sum_k w_k (z_y - z_k)`, where `w_k` is 1 without class weights.
#[inline(always)]
fn distance(z: &[f32], of_label: f32, weights: Option<&[f32]>) -> f64 {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut sums = [0.0; LANES / 2];
    match weights {
        None => {
            for z in vectors {
                add_distances(&mut sums, of_label, z, &[1.0; LANES]);
            }
            let last = filled_up(last, of_label);
            add_distances(&mut sums, of_label, &last, &[1.0; LANES]);
        }
        Some(weights) => {
            let (weights, last_weights) = weights.as_chunks::<LANES>();
            for (z, w) in vectors.iter().zip(weights) {
                add_distances(&mut sums, of_label, z, w);
            }
            let last = filled_up(last, of_label);
            let last_weights = filled_up(last_weights, 0.0);
            add_distances(&mut sums, of_label, &last, &last_weights);
        }
    }
    sum(sums)
}

#[inline(always)]
fn add_distances(sums: &mut [f64; LANES / 2], of_label: f32, z: &Vector, w: &Vector) {
    let mut distances = [0.0; LANES];
    for k in 0..LANES {
        // A class without weight costs nothing, even if it's masked.
        let distance = f64::from(of_label) - f64::from(z[k]);
        distances[k] = f64::from(w[k]) * if w[k] == 0.0 { 0.0 } else { distance };
    }
    for k in 0..LANES / 2 {
        sums[k] += distances[k] + distances[k + LANES / 2];
    }
}
