//! Target weights at many classes: smoothing, distributions, class weights with either.
//!
//! What the loss needs of them are sums over the row, which one more pass collects
//! ([`Mixed::tally`]); the gradient, `A p_k - a_k`, subtracts them in the pass that scales
//! the exponentials ([`Mixed::subtract_from`]). The weights themselves are computed twice,
//! `w_k (keep q_k + spread)`, since that is faster than to keep them.
//!
//! All of it is done in `f32`, sums in `f64`. Where p is at most 1/2 the difference loses
//! nothing that counts. It can cancel at a class that is likelier than all others together:
//! that one is computed alone, in `f64`, and so is the label. A distribution that gives all
//! its weight to one class is a label, and as exact.
//!
//! The functions return `None` for a row whose numbers `f32` cannot hold.

use std::ops::Range;

use backend::{Row, Target};

use crate::cross_entropy::{HEAVY, factor, gradient_of_class, loss_of_class};
use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, add, filled_up, in_order, larger, sum};
use crate::scale::scale;
use crate::softmax::Summary;

/// The loss of a row.
#[inline(always)]
pub(crate) fn loss(row: Row<'_>, summary: &Summary) -> Option<f64> {
    let target = row.target();
    match (target.class_weights(), target.distribution()) {
        (None, None) => Mixed::<false, false>::new(row, &target)?.loss(summary),
        (Some(_), None) => Mixed::<true, false>::new(row, &target)?.loss(summary),
        (None, Some(_)) => Mixed::<false, true>::new(row, &target)?.loss(summary),
        (Some(_), Some(_)) => Mixed::<true, true>::new(row, &target)?.loss(summary),
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
struct Mixed<'a, const WEIGHTS: bool, const DISTRIBUTION: bool> {
    z: &'a [f32],
    target: &'a Target<'a>,
    keep: f32,
    spread: f32,
    class_weights: &'a [f32],
    distribution: &'a [f32],
}

/// What the target weights of a row come to, without what a label has on top.
struct Tally {
    /// `sum_k a_k (max - z_k)`.
    distance: f64,
    /// The largest `a_k`, and the sum of all others.
    largest: f32,
    others: f64,
    /// The largest `max - z_k` of a class with a weight, and the smallest logit of all.
    farthest: f32,
    lowest: f32,
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
    fn loss(&self, summary: &Summary) -> Option<f64> {
        let tally = self.tally(summary.max)?;
        self.loss_of(&tally, summary)
    }

    #[inline(always)]
    fn loss_of(&self, tally: &Tally, summary: &Summary) -> Option<f64> {
        let loss = match self.only_class(tally) {
            Some(class) => {
                loss_of_class(self.target.weight(class), self.z[class], summary)?
            }
            None => {
                self.total(tally) * summary.log_norm() + self.distance(tally, summary)
            }
        };
        // A weight that underflowed, at a class that is far away.
        let lost = self.z.len() as f64 * f64::from(tally.farthest) * SMALLEST;
        (lost <= f64::from(f32::EPSILON) * loss).then_some(loss)
    }

    #[inline(always)]
    fn gradient<const FMA: bool>(
        &self,
        summary: &Summary,
        divisor: f64,
        grad: &mut [f32],
    ) -> Option<f64> {
        let tally = self.tally(summary.max)?;
        let loss = self.loss_of(&tally, summary)?;
        if let Some(class) = self.only_class(&tally) {
            let a = self.target.weight(class);
            gradient_of_class::<FMA>(a, class, self.z[class], summary, divisor, grad)?;
            return Some(loss);
        }
        let total = self.total(&tally);
        let of_exp = factor(total / divisor, summary)?;
        let smallest = summary.p(tally.lowest) * total / divisor;
        let underflows = smallest < f64::from(f32::MIN_POSITIVE);
        self.subtract_from::<FMA>(grad, of_exp, divisor, underflows)?;
        if let Some(label) = self.target.label() {
            grad[label] = self.entry(label, total, summary, divisor);
        }
        // Below 1 the rest leaves more than half to the max.
        if summary.rest < 1.0 {
            let top = self.z.iter().position(|&z_k| z_k == summary.max).unwrap_or(0);
            grad[top] = self.entry(top, total, summary, divisor);
        }
        Some(loss)
    }

    /// Goes over the row and its weights once.
    #[inline(always)]
    fn tally(&self, max: f32) -> Option<Tally> {
        let (mut distance, mut others) = ([0.0; LANES], [0.0; LANES]);
        let (mut largest, mut farthest) = ([0.0; LANES], [0.0; LANES]);
        let (mut lowest, mut largest_q) = ([max; LANES], [0; LANES]);
        let (vectors, last) = self.z.as_chunks::<LANES>();
        for (block, z) in vectors.chunks(BLOCK).enumerate() {
            let (mut of_distance, mut of_others) = ([0.0; LANES], [0.0; LANES]);
            for (i, z) in z.iter().enumerate() {
                let (w, q) = self.lanes(block * BLOCK + i);
                for k in 0..LANES {
                    let a = w[k] * self.keep * q[k] + w[k] * self.spread;
                    let far = if self.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
                    of_distance[k] += a * far;
                    farthest[k] = larger(farthest[k], far);
                    lowest[k] = smaller(lowest[k], z[k]);
                    if DISTRIBUTION {
                        let (less, more) = in_order(largest[k], a);
                        of_others[k] += less;
                        largest[k] = more;
                        largest_q[k] = largest_q[k].max(q[k].to_bits());
                    }
                }
            }
            add(&mut distance, of_distance);
            add(&mut others, of_others);
        }
        let (z, (w, q)) = (filled_up(last, max), self.last_lanes());
        for k in 0..LANES {
            let a = w[k] * self.keep * q[k] + w[k] * self.spread;
            let far = if self.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
            distance[k] += f64::from(a * far);
            farthest[k] = larger(farthest[k], far);
            lowest[k] = smaller(lowest[k], z[k]);
            let (less, more) = in_order(largest[k], a);
            others[k] += f64::from(less);
            largest[k] = more;
            largest_q[k] = largest_q[k].max(q[k].to_bits());
        }
        let mut tally = Tally {
            distance: sum(distance),
            largest: 0.0,
            others: sum(others),
            farthest: farthest.into_iter().fold(0.0, larger),
            lowest: lowest.into_iter().fold(max, smaller),
        };
        for largest in largest {
            let (less, more) = in_order(tally.largest, largest);
            tally.others += f64::from(less);
            tally.largest = more;
        }
        // A negative number has the bits of a large one.
        let fits = largest_q.into_iter().fold(0, u32::max) <= MOST.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// Whether `w (keep q + spread)` is 0 and not only too small for an `f32`. Then a class
    /// costs nothing, also if it is masked.
    #[inline(always)]
    fn is_nothing(&self, w: f32, q: f32) -> bool {
        WEIGHTS && w == 0.0 || DISTRIBUTION && self.spread == 0.0 && q == 0.0
    }

    /// The class weights of sixteen classes, and what the distribution gives them.
    #[inline(always)]
    fn lanes(&self, i: usize) -> ([f32; LANES], [f32; LANES]) {
        let (mut w, mut q) = ([1.0; LANES], [0.0; LANES]);
        if WEIGHTS {
            w = self.class_weights.as_chunks().0[i];
        }
        if DISTRIBUTION {
            q = self.distribution.as_chunks().0[i];
        }
        (w, q)
    }

    /// The same for the last classes, and 0 beyond them.
    #[inline(always)]
    fn last_lanes(&self) -> ([f32; LANES], [f32; LANES]) {
        let ones = [1.0; LANES];
        let mut w = filled_up(&ones[..self.z.len() % LANES], 0.0);
        let mut q = [0.0; LANES];
        if WEIGHTS {
            w = filled_up(self.class_weights.as_chunks::<LANES>().1, 0.0);
        }
        if DISTRIBUTION {
            q = filled_up(self.distribution.as_chunks::<LANES>().1, 0.0);
        }
        (w, q)
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
        let mut of_exp = of_exp;
        if underflows {
            scale::<FMA>(exps, of_exp);
            of_exp = 1.0;
        }
        let (w, q) = (self.class_weights, self.distribution);
        if WEIGHTS && DISTRIBUTION {
            for ((exp, w), q) in exps.iter_mut().zip(w).zip(q) {
                *exp = mul_add::<FMA>(*exp, of_exp, -(w * keep * q + w * spread));
            }
        } else if WEIGHTS {
            for (exp, w) in exps.iter_mut().zip(w) {
                *exp = mul_add::<FMA>(*exp, of_exp, -(w * spread));
            }
        } else if DISTRIBUTION {
            for (exp, q) in exps.iter_mut().zip(q) {
                *exp = mul_add::<FMA>(*exp, of_exp, -(keep * q + spread));
            }
        } else {
            for exp in exps {
                *exp = mul_add::<FMA>(*exp, of_exp, -spread);
            }
        }
        Some(())
    }

    /// The class that a distribution gives all its weight to, if there is one.
    #[inline(always)]
    fn only_class(&self, tally: &Tally) -> Option<usize> {
        if !DISTRIBUTION || tally.others != 0.0 {
            return None;
        }
        let half = f64::from(tally.largest) / 2.0;
        let mut start = 0;
        for q in self.distribution.as_chunks::<LANES>().0 {
            let mut any = false;
            for &q in q {
                any |= q != 0.0;
            }
            if any && self.largest_of(start..start + LANES) > half {
                break;
            }
            start += LANES;
        }
        (start..self.z.len()).find(|&class| self.target.weight(class) > half)
    }

    #[inline(always)]
    fn largest_of(&self, classes: Range<usize>) -> f64 {
        let mut largest = 0.0;
        for class in classes {
            largest = f64::max(largest, self.target.weight(class));
        }
        largest
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    fn total(&self, tally: &Tally) -> f64 {
        if DISTRIBUTION {
            tally.others + f64::from(tally.largest)
        } else {
            self.target.total()
        }
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
    fn entry(&self, k: usize, total: f64, summary: &Summary, divisor: f64) -> f32 {
        let a = self.target.weight(k);
        // Where one class has most of the weight, the difference would cancel.
        let of_others =
            if 2.0 * a > total { self.target.total_but(k) } else { total - a };
        let (p, one_minus_p) = (summary.p(self.z[k]), summary.one_minus_p(self.z[k]));
        ((p * of_others - a * one_minus_p) / divisor) as f32
    }
}

/// 2^-149, the smallest number that an `f32` holds.
const SMALLEST: f64 = f32::MIN_POSITIVE as f64 * f32::EPSILON as f64;

/// The most that a distribution gives to a class, for its weight to be computed in `f32`.
const MOST: f32 = 2.0;

/// Neither negative, which could cancel the rest of a weight, nor too small to be exact.
#[inline(always)]
fn is_0_or_normal(x: f32) -> bool {
    x == 0.0 || x >= f32::MIN_POSITIVE
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}
