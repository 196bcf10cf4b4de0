//! Target weights that stand at many classes: smoothing, distributions, class weights.
//!
//! A row whose target asks for it pays for one more pass, in `f64`: the product of a
//! weight and a distance may be larger than any `f32`, and `A - a_k` may cancel.

use backend::{Row, Target};

use crate::cross_entropy::one_minus_p;
use crate::lanes::{LANES, filled_up, sum};

/// What a row needs to know of its target weights.
#[derive(Clone, Copy)]
pub(crate) enum Weights {
    /// All weight is at one class.
    One { class: usize, weight: f64 },
    /// Many have some; `A` is their sum.
    Many { total: f64 },
}

impl Weights {
    /// Looks at the target weights of a row.
    #[inline(always)]
    pub(crate) fn new(row: Row<'_>) -> Self {
        let target = row.target();
        match target.label() {
            Some(class) if target.spread() == 0.0 => {
                Weights::One { class, weight: target.weight(class) }
            }
            _ => one_or_many(row),
        }
    }
}

/// A distribution may be one-hot, and class weights may leave a single class; then what is
/// small beside `A` and `a_y` counts as it does with a label.
#[inline(always)]
fn one_or_many(row: Row<'_>) -> Weights {
    let (target, classes) = (row.target(), row.logits().len());
    let mut with_weight = (0..classes).filter(|&k| target.weight(k) != 0.0);
    let (first, second) = (with_weight.next(), with_weight.next());
    match (first, second) {
        (Some(class), None) => Weights::One { class, weight: target.weight(class) },
        _ if target.label().is_some() => Weights::Many { total: target.total() },
        _ => {
            let mut total = [0.0; LANES];
            for start in (0..classes).step_by(LANES) {
                let in_row = LANES.min(classes - start);
                let a = PerClass(target).lanes(start);
                for (total, a) in total.iter_mut().zip(&a[..in_row]) {
                    *total += a;
                }
            }
            Weights::Many { total: sum(total) }
        }
    }
}

/// `sum_k a_k (max - z_k)`.
#[inline(always)]
pub(crate) fn distance(row: Row<'_>, max: f32) -> f64 {
    let (z, target) = (row.logits(), row.target());
    let shares = match (target.class_weights(), target.distribution()) {
        (None, None) => distance_of(z, max, Uniform(target.spread())),
        _ => distance_of(z, max, PerClass(target)),
    };
    let on_top = target.label().map_or(0.0, |label| {
        cost(target.class_weight(label) * target.keep(), z[label], max)
    });
    let distance = shares + on_top;
    if distance.is_finite() {
        return distance;
    }
    // A masked class, whose weights may cancel: one by one.
    z.iter().enumerate().map(|(k, &z_k)| cost(target.weight(k), z_k, max)).sum()
}

/// The same for weights that are given chunk by chunk.
#[inline(always)]
fn distance_of(z: &[f32], max: f32, shares: impl Shares) -> f64 {
    let mut distance = [0.0; LANES];
    for start in (0..z.len()).step_by(LANES) {
        // At the max, the distance of a class that the row does not have is 0.
        let (a, z) = (shares.lanes(start), lanes_from(z, start, max));
        for k in 0..LANES {
            distance[k] += cost(a[k], z[k], max);
        }
    }
    sum(distance)
}

/// `a_k (max - z_k)`; without weight nothing, also at an infinite distance.
#[inline(always)]
fn cost(a: f64, z_k: f32, max: f32) -> f64 {
    if a == 0.0 { 0.0 } else { a * (f64::from(max) - f64::from(z_k)) }
}

/// Turns the probabilities of a row into the gradient of its loss over the divisor,
/// `p_k (A - a_k) - a_k (1 - p_k)`.
#[inline(always)]
pub(crate) fn gradient(
    row: Row<'_>,
    max: f32,
    rest: f64,
    total: f64,
    divisor: f64,
    grad: &mut [f32],
) {
    let (z, target) = (row.logits(), row.target());
    let of_label = target.label().map(|label| {
        let one_minus_p = one_minus_p(z[label], max, rest);
        let a = target.weight(label);
        (label, entry(1.0 - one_minus_p, one_minus_p, a, total, divisor))
    });
    let below_max = rest / (1.0 + rest);
    let row = Scaled { z, max, below_max, total, divisor };
    match (target.class_weights(), target.distribution()) {
        (None, None) => entries(row, Uniform(target.spread()), grad),
        _ => entries(row, PerClass(target), grad),
    }
    if let Some((label, entry)) = of_label {
        grad[label] = entry;
    }
}

/// What all entries of a row's gradient have in common.
struct Scaled<'a> {
    z: &'a [f32],
    max: f32,
    /// `1 - p` at the max.
    below_max: f64,
    total: f64,
    divisor: f64,
}

#[inline(always)]
fn entries(row: Scaled<'_>, shares: impl Shares, grad: &mut [f32]) {
    let Scaled { z, max, below_max, total, divisor } = row;
    let (full, remainder) = grad.as_chunks_mut();
    let mut last = filled_up(remainder, 0.0);
    let last_if_any = (!remainder.is_empty()).then_some(&mut last);
    for (i, grad) in full.iter_mut().chain(last_if_any).enumerate() {
        let (a, z) = (shares.lanes(i * LANES), lanes_from(z, i * LANES, 0.0));
        for k in 0..LANES {
            let p = f64::from(grad[k]);
            let one_minus_p = if z[k] == max { below_max } else { 1.0 - p };
            grad[k] = entry(p, one_minus_p, a[k], total, divisor);
        }
    }
    remainder.copy_from_slice(&last[..remainder.len()]);
}

/// An entry of the gradient. The division is by a number that is the same for all: the
/// compiler is given its inverse.
#[inline(always)]
fn entry(p: f64, one_minus_p: f64, a: f64, total: f64, divisor: f64) -> f32 {
    ((p * (total - a) - a * one_minus_p) * (1.0 / divisor)) as f32
}

/// The target weights, but for what a label has on top of the share that every class gets.
/// (A trait and not a closure: a closure may not be inlined, and is then compiled for the
/// baseline.)
trait Shares {
    /// Those of sixteen classes; beyond the last class they do not matter.
    fn lanes(&self, start: usize) -> [f64; LANES];
}

/// The same for every class.
struct Uniform(f64);

impl Shares for Uniform {
    #[inline(always)]
    fn lanes(&self, _: usize) -> [f64; LANES] {
        [self.0; LANES]
    }
}

/// With class weights or a distribution.
struct PerClass<'a>(Target<'a>);

impl Shares for PerClass<'_> {
    #[inline(always)]
    fn lanes(&self, start: usize) -> [f64; LANES] {
        let target = &self.0;
        let (keep, spread) = (target.keep(), target.spread());
        let w = match target.class_weights() {
            Some(w) => lanes_from(w, start, 0.0),
            None => [1.0; LANES],
        };
        let q = match target.distribution() {
            Some(q) => lanes_from(q, start, 0.0),
            None => [0.0; LANES],
        };
        let mut a = [0.0; LANES];
        for k in 0..LANES {
            a[k] = f64::from(w[k]) * (keep * f64::from(q[k]) + spread);
        }
        a
    }
}

/// Sixteen numbers from `start` on; those that the row does not have are the filler.
#[inline(always)]
fn lanes_from(row: &[f32], start: usize, filler: f32) -> [f32; LANES] {
    match row[start..].first_chunk() {
        Some(lanes) => *lanes,
        None => filled_up(&row[start..], filler),
    }
}
