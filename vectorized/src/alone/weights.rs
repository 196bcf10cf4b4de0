//! Target weights at many classes: smoothing, distributions, class weights with either.
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
//! The functions return `None` for a row whose numbers `f32` can't hold.

use backend::{Row, Target};

use super::labeled;
use super::tally::Tally;
use crate::cross_entropy::HEAVY;
use crate::exp::Anchor;
use crate::lanes::{LANES, position};
use crate::scale::scale;
use crate::softmax::log_norm;
use crate::summary::Summary;

/// The place for the gradient of a row, and its divisor.
pub(crate) struct Grad<'a> {
    pub(crate) divisor: f64,
    pub(crate) entries: &'a mut [f32],
}

/// Returns the loss of a row, and fills `grad`, if it's given, with its gradient.
#[inline(always)]
pub(crate) fn loss(row: Row<'_>, grad: Option<Grad<'_>>) -> Option<f64> {
    let target = row.target();
    match (target.class_weights(), target.distribution()) {
        (None, None) => WeightedRow::<false, false>::new(row, &target).loss(grad),
        (Some(_), None) => WeightedRow::<true, false>::new(row, &target).loss(grad),
        (None, Some(_)) => WeightedRow::<false, true>::new(row, &target).loss(grad),
        (Some(_), Some(_)) => WeightedRow::<true, true>::new(row, &target).loss(grad),
    }
}

/// A row with its target weights. `WEIGHTS` and `DISTRIBUTION` say which slices it has.
pub(crate) struct WeightedRow<'a, const WEIGHTS: bool, const DISTRIBUTION: bool> {
    pub(crate) z: &'a [f32],
    pub(crate) target: &'a Target<'a>,
    pub(crate) keep: f64,
    pub(crate) spread: f64,
    pub(crate) class_weights: &'a [f32],
    pub(crate) distribution: &'a [f32],
}

impl<'a, const WEIGHTS: bool, const DISTRIBUTION: bool>
    WeightedRow<'a, WEIGHTS, DISTRIBUTION>
{
    #[inline(always)]
    fn new(row: Row<'a>, target: &'a Target<'a>) -> Self {
        WeightedRow {
            z: row.logits(),
            target,
            keep: target.keep(),
            spread: target.spread(),
            class_weights: target.class_weights().unwrap_or_default(),
            distribution: target.distribution().unwrap_or_default(),
        }
    }

    #[inline(always)]
    fn loss(&self, mut grad: Option<Grad<'_>>) -> Option<f64> {
        let summary = match &mut grad {
            Some(grad) => Summary::new(self.z, Some(grad.entries)),
            None => Summary::new(self.z, None),
        };
        let (summary, anchor) = summary?;
        let tally = self.tally(summary.max)?;
        if tally.count == 1.0 {
            let class = self.first_class();
            return labeled(self.z, class, self.target.weight(class), grad)
                .map(|end| end.0);
        }
        if let Some(grad) = grad {
            self.gradient(&tally, &summary, anchor, grad)?;
        }
        Some(
            self.total(&tally) * log_norm(summary.rest) + self.distance(&tally, &summary),
        )
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
        let total = self.total(tally);
        let of_exp = (total / divisor * summary.normalizer(anchor)) as f32;
        if !of_exp.is_normal() || total / divisor > HEAVY {
            return None;
        }
        let keep = held(self.keep / divisor, tally.largest_w)?;
        let spread = held(self.spread / divisor, tally.largest_w)?;
        let smallest = summary.p(tally.lowest) * total / divisor;
        if smallest < f64::from(f32::MIN_POSITIVE) {
            scale(entries, of_exp, f32::INFINITY);
            self.subtract_weights(entries, keep, spread);
        } else {
            self.subtract_from(entries, of_exp, keep, spread);
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

    /// Turns exponentials into `exp of_exp - w_k (keep q_k + spread)`.
    #[inline(always)]
    fn subtract_from(&self, exps: &mut [f32], of_exp: f32, keep: f32, spread: f32) {
        let (w, q) = (self.class_weights, self.distribution);
        if WEIGHTS && DISTRIBUTION {
            for ((exp, w), q) in exps.iter_mut().zip(w).zip(q) {
                let a = (w * keep).mul_add(*q, w * spread);
                *exp = exp.mul_add(of_exp, -a);
            }
        } else if WEIGHTS {
            for (exp, w) in exps.iter_mut().zip(w) {
                *exp = exp.mul_add(of_exp, -(w * spread));
            }
        } else if DISTRIBUTION {
            for (exp, q) in exps.iter_mut().zip(q) {
                let a = keep.mul_add(*q, spread);
                *exp = exp.mul_add(of_exp, -a);
            }
        } else {
            for exp in exps {
                *exp = exp.mul_add(of_exp, -spread);
            }
        }
    }

    /// Subtracts `w_k (keep q_k + spread)` from numbers that may be below the normal range,
    /// where a product would be slow, even a product with 1.
    #[inline(always)]
    fn subtract_weights(&self, p: &mut [f32], keep: f32, spread: f32) {
        let (vectors, last) = p.as_chunks_mut::<LANES>();
        for (i, p) in vectors.iter_mut().enumerate() {
            let (_, w, q) = self.classes(i);
            let mut difference = *p;
            for k in 0..LANES {
                difference[k] -= (w[k] * keep).mul_add(q[k], w[k] * spread);
            }
            *p = difference;
        }
        let (_, w, q) = self.last_classes(0.0);
        for (k, p) in last.iter_mut().enumerate() {
            *p -= (w[k] * keep).mul_add(q[k], w[k] * spread);
        }
    }

    /// Returns the sum `A` of all target weights.
    #[inline(always)]
    pub(crate) fn total(&self, tally: &Tally) -> f64 {
        if DISTRIBUTION {
            return tally.total;
        }
        let of_label = self.target.label().map_or(0.0, |y| self.target.class_weight(y));
        self.keep * of_label + self.spread * self.target.class_weight_sum()
    }

    /// Returns `sum_k a_k (max - z_k)`.
    #[inline(always)]
    fn distance(&self, tally: &Tally, summary: &Summary) -> f64 {
        match self.target.label() {
            Some(label) => {
                let on_top = self.target.keep() * self.target.class_weight(label);
                let far = f64::from(summary.max) - f64::from(self.z[label]);
                tally.distance + if on_top == 0.0 { 0.0 } else { on_top * far }
            }
            None => tally.distance,
        }
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

/// The limit 2^-28: an addition in `f64` can lose 2^-53, 2^-25 of it, half a unit of `f32`.
const LOST: f64 = f32::EPSILON as f64 / 32.0;

/// Rounds a factor of target weights to `f32`. Returns `None` if the result is below the normal
/// range, or if a product of the factor and a class weight overflows.
#[inline(always)]
fn held(factor: f64, largest_w: f32) -> Option<f32> {
    let rounded = factor as f32;
    let holds =
        rounded.is_normal() && rounded > 0.0 && (2.0 * rounded * largest_w).is_finite();
    (factor == 0.0 || holds).then_some(rounded)
}
