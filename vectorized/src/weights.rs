//! Target weights at many classes: smoothing, distributions, class weights with either.
//!
//! What the loss needs of them are sums over the row, which one more pass collects
//! (`tally.rs`); the gradient, `A p_k - a_k`, subtracts them in the pass that scales
//! the exponentials ([`WeightedRow::subtract_from`]). The weights `w_k (keep q_k + spread)` are
//! computed twice, since that is faster than keeping them.
//!
//! Sums are made in `f64`, and the entries of the gradient in `f32`: where p is at most 1/2,
//! `A p_k - a_k` loses nothing that counts. The difference can cancel at a class that is
//! likelier than all others together: that class is computed alone, in `f64`, and so is the
//! label. A row in which one class has all the weight is treated as a label, and as exact.
//!
//! The functions return `None` for a row whose numbers `f32` cannot hold.

use backend::{Row, Target};

use crate::cross_entropy::{factor, gradient_of_class, loss_of_class};
use crate::exp::mul_add;
use crate::lanes::{LANES, position};
use crate::scale::scale;
use crate::summary::Summary;
use crate::tally::Tally;

/// The loss of a row.
#[inline(always)]
pub(crate) fn loss<const FMA: bool>(row: Row<'_>, summary: &Summary) -> Option<f64> {
    let target = row.target();
    match (target.class_weights(), target.distribution()) {
        (None, None) => {
            WeightedRow::<false, false>::new(row, &target).loss::<FMA>(summary)
        }
        (Some(_), None) => {
            WeightedRow::<true, false>::new(row, &target).loss::<FMA>(summary)
        }
        (None, Some(_)) => {
            WeightedRow::<false, true>::new(row, &target).loss::<FMA>(summary)
        }
        (Some(_), Some(_)) => {
            WeightedRow::<true, true>::new(row, &target).loss::<FMA>(summary)
        }
    }
}

/// Turns the exponentials of a row into the gradient of its loss over the divisor, and
/// returns the loss.
#[inline(always)]
pub(crate) fn gradient<const FMA: bool>(
    row: Row<'_>,
    summary: &Summary,
    divisor: f64,
    grad: &mut [f32],
) -> Option<f64> {
    let target = row.target();
    match (target.class_weights(), target.distribution()) {
        (None, None) => WeightedRow::<false, false>::new(row, &target)
            .gradient::<FMA>(summary, divisor, grad),
        (Some(_), None) => WeightedRow::<true, false>::new(row, &target)
            .gradient::<FMA>(summary, divisor, grad),
        (None, Some(_)) => WeightedRow::<false, true>::new(row, &target)
            .gradient::<FMA>(summary, divisor, grad),
        (Some(_), Some(_)) => WeightedRow::<true, true>::new(row, &target)
            .gradient::<FMA>(summary, divisor, grad),
    }
}

/// A row with its target weights: whether there are class weights and a distribution.
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
    fn loss<const FMA: bool>(&self, summary: &Summary) -> Option<f64> {
        let tally = self.tally::<FMA>(summary.max)?;
        match self.only_class(&tally) {
            Some(class) => {
                loss_of_class::<FMA>(self.target.weight(class), self.z[class], summary)
            }
            None => Some(self.loss_of_classes::<FMA>(&tally, summary)),
        }
    }

    #[inline(always)]
    fn loss_of_classes<const FMA: bool>(&self, tally: &Tally, summary: &Summary) -> f64 {
        self.total(tally) * summary.log_norm::<FMA>() + self.distance(tally, summary)
    }

    #[inline(always)]
    fn gradient<const FMA: bool>(
        &self,
        summary: &Summary,
        divisor: f64,
        grad: &mut [f32],
    ) -> Option<f64> {
        let tally = self.tally::<FMA>(summary.max)?;
        match self.only_class(&tally) {
            Some(class) => {
                let a = self.target.weight(class);
                gradient_of_class::<FMA>(a, class, self.z[class], summary, divisor, grad)
            }
            None => self.gradient_of_classes::<FMA>(&tally, summary, divisor, grad),
        }
    }

    #[inline(always)]
    fn gradient_of_classes<const FMA: bool>(
        &self,
        tally: &Tally,
        summary: &Summary,
        divisor: f64,
        grad: &mut [f32],
    ) -> Option<f64> {
        let total = self.total(tally);
        let of_exp = factor(total / divisor, summary)?;
        let keep = held(self.keep / divisor, tally.largest_w)?;
        let spread = held(self.spread / divisor, tally.largest_w)?;
        let smallest = summary.p::<FMA>(tally.lowest) * total / divisor;
        if smallest < f64::from(f32::MIN_POSITIVE) {
            scale::<FMA>(grad, of_exp, f32::INFINITY);
            self.subtract_weights::<FMA>(grad, keep, spread);
        } else {
            self.subtract_from::<FMA>(grad, of_exp, keep, spread);
        }
        if let Some(label) = self.target.label() {
            grad[label] = self.entry::<FMA>(label, total, summary, divisor);
        }
        // Below 1 the rest leaves more than half to the max.
        if summary.rest < 1.0 {
            let top = position(self.z, summary.max).unwrap_or(0);
            grad[top] = self.entry::<FMA>(top, total, summary, divisor);
        }
        Some(self.loss_of_classes::<FMA>(tally, summary))
    }

    /// Turns exponentials into `exp of_exp - w_k (keep q_k + spread)`.
    #[inline(always)]
    fn subtract_from<const FMA: bool>(
        &self,
        exps: &mut [f32],
        of_exp: f32,
        keep: f32,
        spread: f32,
    ) {
        let (w, q) = (self.class_weights, self.distribution);
        if WEIGHTS && DISTRIBUTION {
            for ((exp, w), q) in exps.iter_mut().zip(w).zip(q) {
                let a = mul_add::<FMA>(w * keep, *q, w * spread);
                *exp = mul_add::<FMA>(*exp, of_exp, -a);
            }
        } else if WEIGHTS {
            for (exp, w) in exps.iter_mut().zip(w) {
                *exp = mul_add::<FMA>(*exp, of_exp, -(w * spread));
            }
        } else if DISTRIBUTION {
            for (exp, q) in exps.iter_mut().zip(q) {
                let a = mul_add::<FMA>(keep, *q, spread);
                *exp = mul_add::<FMA>(*exp, of_exp, -a);
            }
        } else {
            for exp in exps {
                *exp = mul_add::<FMA>(*exp, of_exp, -spread);
            }
        }
    }

    /// Subtracts `w_k (keep q_k + spread)` from numbers that may be below the normal range,
    /// where a product would be slow, also one with 1.
    #[inline(always)]
    fn subtract_weights<const FMA: bool>(&self, p: &mut [f32], keep: f32, spread: f32) {
        let (vectors, last) = p.as_chunks_mut::<LANES>();
        for (i, p) in vectors.iter_mut().enumerate() {
            let (_, w, q) = self.classes(i);
            let mut difference = *p;
            for k in 0..LANES {
                difference[k] -= mul_add::<FMA>(w[k] * keep, q[k], w[k] * spread);
            }
            *p = difference;
        }
        let (_, w, q) = self.last_classes(0.0);
        for (k, p) in last.iter_mut().enumerate() {
            *p -= mul_add::<FMA>(w[k] * keep, q[k], w[k] * spread);
        }
    }

    /// The class that has all the weight, if there is one.
    #[inline(always)]
    fn only_class(&self, tally: &Tally) -> Option<usize> {
        (tally.count == 1.0).then(|| self.first_class())
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    pub(crate) fn total(&self, tally: &Tally) -> f64 {
        if DISTRIBUTION {
            return tally.total;
        }
        let of_label = self.target.label().map_or(0.0, |y| self.target.class_weight(y));
        self.keep * of_label + self.spread * self.target.class_weight_sum()
    }

    /// `sum_k a_k (max - z_k)`.
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

    /// An entry of the gradient, `p_k (A - a_k) - a_k (1 - p_k)`.
    #[inline(always)]
    fn entry<const FMA: bool>(
        &self,
        k: usize,
        total: f64,
        summary: &Summary,
        divisor: f64,
    ) -> f32 {
        let a = self.target.weight(k);
        let difference = total - a;
        // The total is a sum of C numbers in `f64`. Above this, what it lost doesn't matter.
        let of_others = if difference > self.z.len() as f64 * LOST * a {
            difference
        } else {
            self.target.total().without(a)
        };
        let p = summary.p::<FMA>(self.z[k]);
        ((p * of_others - a * summary.one_minus_p(self.z[k], p)) / divisor) as f32
    }
}

/// 2^-28: what each addition in `f64` can lose, 2^-53, over 2^-25, half a unit of `f32`.
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
