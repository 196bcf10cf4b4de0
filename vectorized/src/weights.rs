//! Target weights that stand at many classes: smoothing, distributions, class weights.
//!
//! A row whose target asks for it pays for one more pass, in `f64`: the product of a
//! weight and a distance may be larger than any `f32`, and `A - a_k` may cancel.

use backend::{Row, Target};

use crate::exp::SCALE;
use crate::lanes::{LANES, filled_up};

/// What a row needs to know of its target weights.
#[derive(Clone, Copy)]
pub(crate) enum Weights {
    /// All weight is at one class.
    One { class: usize, weight: f64 },
    /// The sum `A` of the weights, and `sum_k a_k (max - z_k)`.
    Many { total: f64, distance: f64 },
}

impl Weights {
    /// Looks at the target weights of a row with its max.
    #[inline(always)]
    pub(crate) fn new(row: Row<'_>, max: f32) -> Self {
        let target = row.target();
        match target.label() {
            Some(class) if target.spread() == 0.0 => {
                Weights::One { class, weight: target.weight(class) }
            }
            _ => summed(row, max),
        }
    }
}

#[inline(always)]
fn summed(row: Row<'_>, max: f32) -> Weights {
    let (z, target) = (row.logits(), row.target());
    let mut total = [0.0; LANES];
    let mut distance = [0.0; LANES];
    let mut weighted = [0.0; LANES];
    let cost = |a: f64, z_k: f32| {
        // A class without weight costs nothing, also at an infinite distance.
        if a == 0.0 { 0.0 } else { a * (f64::from(max) - f64::from(z_k)) }
    };
    for start in (0..z.len()).step_by(LANES) {
        let (a, z) = (shares(&target, start, z.len()), lanes_from(z, start));
        for k in 0..LANES {
            total[k] += a[k];
            distance[k] += cost(a[k], z[k]);
            weighted[k] += if a[k] == 0.0 { 0.0 } else { 1.0 };
        }
    }
    let mut total: f64 = total.iter().sum();
    let mut distance: f64 = distance.iter().sum();
    let mut weighted: f64 = weighted.iter().sum();
    if let Some(label) = target.label() {
        let share = target.class_weight(label) * target.spread();
        let a = target.weight(label);
        total += a - share;
        distance += cost(a, z[label]) - cost(share, z[label]);
        weighted += f64::from(u8::from(a != 0.0)) - f64::from(u8::from(share != 0.0));
    }
    let class = (0..z.len()).find(|&k| target.weight(k) != 0.0);
    match class {
        Some(class) if weighted == 1.0 => {
            Weights::One { class, weight: target.weight(class) }
        }
        _ => Weights::Many { total, distance },
    }
}

/// Turns the exponentials of a row into the gradient of its loss over the divisor,
/// `p_k (A - a_k) - a_k (1 - p_k)`.
#[inline(always)]
pub(crate) fn gradient(
    row: Row<'_>,
    rest: f64,
    total: f64,
    divisor: f64,
    grad: &mut [f32],
) {
    let target = row.target();
    let to_p = 1.0 / (f64::from(SCALE) * (1.0 + rest));
    let entry = |exp: f32, a: f64| {
        let p = f64::from(exp) * to_p;
        let one_minus_p = if exp == SCALE { rest / (1.0 + rest) } else { 1.0 - p };
        ((p * (total - a) - a * one_minus_p) / divisor) as f32
    };
    let of_label =
        target.label().map(|label| (label, entry(grad[label], target.weight(label))));

    let classes = grad.len();
    let (full, remainder) = grad.as_chunks_mut::<LANES>();
    let in_full = full.len() * LANES;
    for (i, grad) in full.iter_mut().enumerate() {
        let a = shares(&target, i * LANES, classes);
        for k in 0..LANES {
            grad[k] = entry(grad[k], a[k]);
        }
    }
    let a = shares(&target, in_full, classes);
    for (grad, &a) in remainder.iter_mut().zip(&a) {
        *grad = entry(*grad, a);
    }
    if let Some((label, entry)) = of_label {
        grad[label] = entry;
    }
}

/// The target weights of sixteen classes, but for what a label has on top of the share
/// that every class gets; 0 beyond the last class.
#[inline(always)]
fn shares(target: &Target<'_>, start: usize, classes: usize) -> [f64; LANES] {
    let (keep, spread) = (target.keep(), target.spread());
    let w = match target.class_weights() {
        Some(weights) => lanes_from(weights, start),
        None => lanes_from(&[1.0; LANES][..LANES.min(classes - start)], 0),
    };
    let q = match target.distribution() {
        Some(q) => lanes_from(q, start),
        None => [0.0; LANES],
    };
    let mut a = [0.0; LANES];
    for k in 0..LANES {
        a[k] = f64::from(w[k]) * (keep * f64::from(q[k]) + spread);
    }
    a
}

/// Sixteen numbers from `start` on; those that the row does not have are 0.
#[inline(always)]
fn lanes_from(row: &[f32], start: usize) -> [f32; LANES] {
    match row[start..].first_chunk() {
        Some(lanes) => *lanes,
        None => filled_up(&row[start..], 0.0),
    }
}
