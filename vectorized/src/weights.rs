//! Target weights at many classes: smoothing, distributions, class weights with either.
//!
//! What the loss needs of them is a sum over the row, which one more pass collects
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

use backend::{Row, Target};

use crate::cross_entropy::{HEAVY, factor, gradient_of_label, loss_of_label};
use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, add, filled_up, larger, sum};
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
    row: Row<'a>,
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
    /// `sum_k a_k`.
    total: f64,
    /// The largest `a_k`.
    largest: f32,
}

impl<'a, const WEIGHTS: bool, const DISTRIBUTION: bool> Mixed<'a, WEIGHTS, DISTRIBUTION> {
    #[inline(always)]
    fn new(row: Row<'a>, target: &'a Target<'a>) -> Option<Self> {
        let (keep, spread) = (target.keep() as f32, target.spread() as f32);
        let mixed = Mixed {
            row,
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
        if let Some(class) = self.only_class(&tally) {
            return loss_of_label(self.row, class, summary);
        }
        Some(self.total(&tally) * summary.log_norm() + self.distance(&tally, summary.max))
    }

    #[inline(always)]
    fn gradient<const FMA: bool>(
        &self,
        summary: &Summary,
        divisor: f64,
        grad: &mut [f32],
    ) -> Option<f64> {
        let tally = self.tally(summary.max)?;
        if let Some(class) = self.only_class(&tally) {
            return gradient_of_label::<FMA>(self.row, class, summary, divisor, grad);
        }
        let total = self.total(&tally);
        let of_exp = factor(total / divisor, summary)?;
        self.subtract_from::<FMA>(grad, of_exp, divisor);
        if let Some(label) = self.target.label() {
            grad[label] = self.entry(label, total, summary, divisor);
        }
        // Below 1 the rest leaves more than half to the max.
        if summary.rest < 1.0 {
            let top = position(self.z, summary.max);
            grad[top] = self.entry(top, total, summary, divisor);
        }
        Some(total * summary.log_norm() + self.distance(&tally, summary.max))
    }

    /// Goes over the row and its weights once.
    #[inline(always)]
    fn tally(&self, max: f32) -> Option<Tally> {
        let (mut distance, mut total) = ([0.0; LANES], [0.0; LANES]);
        let (mut least, mut largest) = ([0.0; LANES], [0.0; LANES]);
        let (vectors, last) = self.z.as_chunks::<LANES>();
        for (block, z) in vectors.chunks(BLOCK).enumerate() {
            let (mut of_distance, mut of_total) = ([0.0; LANES], [0.0; LANES]);
            for (i, z) in z.iter().enumerate() {
                let (q, a) = self.lanes(block * BLOCK + i);
                for k in 0..LANES {
                    of_distance[k] += cost(a[k], max - z[k]);
                    of_total[k] += a[k];
                    least[k] = smaller(least[k], q[k]);
                    largest[k] = larger(largest[k], a[k]);
                }
            }
            add(&mut distance, of_distance);
            add(&mut total, of_total);
        }
        let (z, (q, a)) = (filled_up(last, max), self.last_lanes());
        for k in 0..LANES {
            distance[k] += f64::from(cost(a[k], max - z[k]));
            total[k] += f64::from(a[k]);
            least[k] = smaller(least[k], q[k]);
            largest[k] = larger(largest[k], a[k]);
        }
        let largest = largest.into_iter().fold(0.0, larger);
        let tally = Tally { distance: sum(distance), total: sum(total), largest };
        // Smoothing could cancel a negative weight.
        let fits = least == [0.0; LANES]
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// What the distribution gives to sixteen classes, and their weights.
    #[inline(always)]
    fn lanes(&self, i: usize) -> ([f32; LANES], [f32; LANES]) {
        let mut q = [0.0; LANES];
        if DISTRIBUTION {
            q = self.distribution.as_chunks().0[i];
        }
        let mut w = [1.0; LANES];
        if WEIGHTS {
            w = self.class_weights.as_chunks().0[i];
        }
        (q, self.weights(q, w))
    }

    /// The same for the last classes, and 0 beyond them.
    #[inline(always)]
    fn last_lanes(&self) -> ([f32; LANES], [f32; LANES]) {
        let length = self.z.len() % LANES;
        let mut q = [0.0; LANES];
        if DISTRIBUTION {
            q = filled_up(self.distribution.as_chunks::<LANES>().1, 0.0);
        }
        let mut w = filled_up(&[1.0; LANES][..length], 0.0);
        if WEIGHTS {
            w = filled_up(self.class_weights.as_chunks::<LANES>().1, 0.0);
        }
        (q, self.weights(q, w))
    }

    /// `w_k (keep q_k + spread)`.
    #[inline(always)]
    fn weights(&self, q: [f32; LANES], w: [f32; LANES]) -> [f32; LANES] {
        let mut a = [0.0; LANES];
        for k in 0..LANES {
            a[k] = w[k] * (self.keep * q[k] + self.spread);
        }
        a
    }

    /// Turns exponentials into `exp of_exp - a / divisor`.
    #[inline(always)]
    fn subtract_from<const FMA: bool>(
        &self,
        exps: &mut [f32],
        of_exp: f32,
        divisor: f64,
    ) {
        let keep = (self.target.keep() / divisor) as f32;
        let spread = (self.target.spread() / divisor) as f32;
        let (w, q) = (self.class_weights, self.distribution);
        if WEIGHTS && DISTRIBUTION {
            for ((exp, w), q) in exps.iter_mut().zip(w).zip(q) {
                *exp = mul_add::<FMA>(*exp, of_exp, -(w * (keep * q + spread)));
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
    }

    /// The class that a distribution gives all its weight to, if there is one.
    #[inline(always)]
    fn only_class(&self, tally: &Tally) -> Option<usize> {
        if !DISTRIBUTION || tally.total != f64::from(tally.largest) {
            return None;
        }
        let mut class = 0;
        while class + 1 < self.z.len() && self.target.weight(class) == 0.0 {
            class += 1;
        }
        Some(class)
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    fn total(&self, tally: &Tally) -> f64 {
        if DISTRIBUTION { tally.total } else { self.target.total() }
    }

    /// `sum_k a_k (max - z_k)`.
    #[inline(always)]
    fn distance(&self, tally: &Tally, max: f32) -> f64 {
        match self.target.label() {
            Some(label) => {
                let on_top = self.target.keep() * self.target.class_weight(label);
                tally.distance + on_top * (f64::from(max) - f64::from(self.z[label]))
            }
            None => tally.distance,
        }
    }

    /// An entry of the gradient, `p_k (A - a_k) - a_k (1 - p_k)`.
    #[inline(always)]
    fn entry(&self, k: usize, total: f64, summary: &Summary, divisor: f64) -> f32 {
        let a = self.target.weight(k);
        let of_others = if DISTRIBUTION { self.total_but(k) } else { total - a };
        let (p, one_minus_p) = (summary.p(self.z[k]), summary.one_minus_p(self.z[k]));
        ((p * of_others - a * one_minus_p) / divisor) as f32
    }

    /// The sum of all target weights but one. The total less that one could cancel.
    #[inline(always)]
    fn total_but(&self, class: usize) -> f64 {
        let mut total = [0.0; LANES];
        let vectors = self.z.len() / LANES;
        for i in 0..=vectors {
            let (_, mut a) = if i < vectors { self.lanes(i) } else { self.last_lanes() };
            if i == class / LANES {
                a[class % LANES] = 0.0;
            }
            add(&mut total, a);
        }
        sum(total)
    }
}

/// Neither negative, which could cancel the rest of a weight, nor too small to be exact.
#[inline(always)]
fn is_0_or_normal(x: f32) -> bool {
    x == 0.0 || x >= f32::MIN_POSITIVE
}

/// `a distance`. Without weight a masked class costs nothing.
#[inline(always)]
fn cost(a: f32, distance: f32) -> f32 {
    // Computed in any case: a branch around it would not vectorize.
    let cost = a * distance;
    if a == 0.0 { 0.0 } else { cost }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// Where the max stands.
#[inline(always)]
fn position(z: &[f32], max: f32) -> usize {
    let mut start = 0;
    for vector in z.chunks(LANES) {
        let mut here = false;
        for &z_k in vector {
            here |= z_k == max;
        }
        if here {
            break;
        }
        start += vector.len();
    }
    let mut top = start;
    while top + 1 < z.len() && z[top] != max {
        top += 1;
    }
    top
}
