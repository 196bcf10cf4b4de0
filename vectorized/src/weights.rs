//! Target weights at many classes: smoothing, distributions, class weights with either.
//!
//! What the loss needs of them are sums over the row, which one more pass collects
//! (`tally.rs`); the gradient, `A p_k - a_k`, subtracts them in the pass that scales
//! the exponentials ([`Mixed::subtract_from`]). The weights themselves are computed twice,
//! `w_k (keep q_k + spread)`, since that is faster than to keep them.
//!
//! All of it is done in `f32`, sums in `f64`. Where p is at most 1/2 the difference loses
//! nothing that counts. It can cancel at a class that is likelier than all others together:
//! that one is computed alone, in `f64`, and so is the label. A distribution that gives all
//! its weight to one class is a label, and as exact.
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
        (None, None) => Mixed::<false, false>::new(row, &target)?.loss::<FMA>(summary),
        (Some(_), None) => Mixed::<true, false>::new(row, &target)?.loss::<FMA>(summary),
        (None, Some(_)) => Mixed::<false, true>::new(row, &target)?.loss::<FMA>(summary),
        (Some(_), Some(_)) => {
            Mixed::<true, true>::new(row, &target)?.loss::<FMA>(summary)
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
        (None, None) => Mixed::<false, false>::new(row, &target)?
            .gradient::<FMA>(summary, divisor, grad),
        (Some(_), None) => Mixed::<true, false>::new(row, &target)?
            .gradient::<FMA>(summary, divisor, grad),
        (None, Some(_)) => Mixed::<false, true>::new(row, &target)?
            .gradient::<FMA>(summary, divisor, grad),
        (Some(_), Some(_)) => Mixed::<true, true>::new(row, &target)?
            .gradient::<FMA>(summary, divisor, grad),
    }
}

/// A row with its target weights: whether there are class weights and a distribution.
pub(crate) struct Mixed<'a, const WEIGHTS: bool, const DISTRIBUTION: bool> {
    pub(crate) z: &'a [f32],
    pub(crate) target: &'a Target<'a>,
    pub(crate) keep: f32,
    pub(crate) spread: f32,
    pub(crate) class_weights: &'a [f32],
    pub(crate) distribution: &'a [f32],
}

impl<'a, const WEIGHTS: bool, const DISTRIBUTION: bool> Mixed<'a, WEIGHTS, DISTRIBUTION> {
    #[inline(always)]
    fn new(row: Row<'a>, target: &'a Target<'a>) -> Option<Self> {
        let (keep, spread) = (target.keep() as f32, target.spread() as f32);
        let mixed = Mixed {
            z: row.logits(),
            target,
            keep,
            spread,
            class_weights: target.class_weights().unwrap_or_default(),
            distribution: target.distribution().unwrap_or_default(),
        };
        (is_0_or_normal(keep) && is_0_or_normal(spread)).then_some(mixed)
    }

    #[inline(always)]
    fn loss<const FMA: bool>(&self, summary: &Summary) -> Option<f64> {
        let tally = self.tally::<FMA>(summary.max)?;
        let loss = match self.only_class(&tally) {
            Some(class) => {
                loss_of_class::<FMA>(self.target.weight(class), self.z[class], summary)?
            }
            None => self.loss_of_classes::<FMA>(&tally, summary),
        };
        self.loses_nothing(loss, &tally, summary).then_some(loss)
    }

    #[inline(always)]
    fn loss_of_classes<const FMA: bool>(&self, tally: &Tally, summary: &Summary) -> f64 {
        self.total(tally) * summary.log_norm::<FMA>() + self.distance(tally, summary)
    }

    /// Whether weights that underflow cannot matter to a loss.
    #[inline(always)]
    fn loses_nothing(&self, loss: f64, tally: &Tally, summary: &Summary) -> bool {
        // No class is farther away than the lowest logit, but that one may be masked.
        let negligible = f64::from(f32::EPSILON) * loss;
        self.underflow(summary.max - tally.lowest) <= negligible
            || self.underflow(self.farthest(summary.max)) <= negligible
    }

    /// What weights that underflow could cost, at classes that are so far from the max.
    #[inline(always)]
    fn underflow(&self, far: f32) -> f64 {
        self.z.len() as f64 * SMALLEST * f64::from(far)
    }

    #[inline(always)]
    fn gradient<const FMA: bool>(
        &self,
        summary: &Summary,
        divisor: f64,
        grad: &mut [f32],
    ) -> Option<f64> {
        let tally = self.tally::<FMA>(summary.max)?;
        let loss = match self.only_class(&tally) {
            Some(class) => {
                let a = self.target.weight(class);
                gradient_of_class::<FMA>(a, class, self.z[class], summary, divisor, grad)?
            }
            None => self.gradient_of_classes::<FMA>(&tally, summary, divisor, grad)?,
        };
        self.loses_nothing(loss, &tally, summary).then_some(loss)
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
        let smallest = summary.p::<FMA>(tally.lowest) * total / divisor;
        let underflows = smallest < f64::from(f32::MIN_POSITIVE);
        self.subtract_from::<FMA>(grad, of_exp, divisor, underflows)?;
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

    /// Turns exponentials into `exp of_exp - a / divisor`.
    #[inline(always)]
    fn subtract_from<const FMA: bool>(
        &self,
        exps: &mut [f32],
        of_exp: f32,
        divisor: f64,
        underflows: bool,
    ) -> Option<()> {
        let keep = (self.target.keep() / divisor) as f32;
        let spread = (self.target.spread() / divisor) as f32;
        if !is_0_or_normal(keep) || !is_0_or_normal(spread) {
            return None;
        }
        if underflows {
            scale::<FMA>(exps, of_exp);
            self.subtract_weights::<FMA>(exps, keep, spread);
            return Some(());
        }
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
        Some(())
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

    /// The class that a distribution gives all its weight to, if there is one.
    #[inline(always)]
    fn only_class(&self, tally: &Tally) -> Option<usize> {
        if DISTRIBUTION && tally.count == 1 { Some(self.first_class()) } else { None }
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    pub(crate) fn total(&self, tally: &Tally) -> f64 {
        if DISTRIBUTION { tally.total } else { self.target.total() }
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
        // Where one class has most of the weight, the difference would cancel.
        let of_others =
            if 2.0 * a > total { self.target.total_but(k) } else { total - a };
        let p = summary.p::<FMA>(self.z[k]);
        ((p * of_others - a * summary.one_minus_p(self.z[k], p)) / divisor) as f32
    }
}

/// 2^-149, the smallest number that an `f32` holds.
const SMALLEST: f64 = f32::MIN_POSITIVE as f64 * f32::EPSILON as f64;

/// Neither negative, which could cancel the rest of a weight, nor too small to be exact.
#[inline(always)]
fn is_0_or_normal(x: f32) -> bool {
    x == 0.0 || x >= f32::MIN_POSITIVE
}
