//! Target weights that stand at many classes: smoothing, distributions, class weights.
//!
//! The target weights of a row are
//!
//! ```text
//! a_k = unit w_k u_k         and, at a label, what it has on top
//! ```
//!
//! where `w` are the class weights, and `u` is 1 for a label, and for a distribution what
//! was given plus its smoothing. One pass over the row collects what the loss needs of
//! them ([`Shares::tally`]), and the pass that scales the exponentials subtracts them.
//!
//! The gradient is `A p_k - a_k`. Where p is at most 1/2, and no weight is negative, that
//! difference loses nothing that counts, so it is computed in `f32`. It can cancel at a
//! class that is likelier than all others together: that one is computed alone, in `f64`,
//! and so is the label.
//!
//! The functions return `None` for a row whose numbers `f32` cannot hold.

use backend::{Row, Target};

use crate::cross_entropy::{HEAVY, factor};
use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, add, filled_up, lanes, lanes_mut, sum};
use crate::softmax::Summary;

/// The loss of a row.
#[inline(always)]
pub(crate) fn loss(row: Row<'_>, summary: &Summary) -> Option<f64> {
    let target = row.target();
    let shares = Shares::of(&target)?;
    let tally = shares.tally(row.logits(), summary.max)?;
    Some(shares.loss(row, summary, &tally))
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
    let (z, target) = (row.logits(), row.target());
    let shares = Shares::of(&target)?;
    let tally = shares.tally(z, summary.max)?;
    let total = shares.total(&tally);
    let of_exp = factor(total / divisor, summary)?;
    let of_share = (shares.unit / divisor) as f32;
    if !of_share.is_normal() {
        return None;
    }
    shares.subtract_from::<FMA>(grad, of_exp, of_share);

    if let Some(label) = target.label() {
        let of_others = total - target.weight(label);
        grad[label] = entry(row, label, of_others, summary, divisor);
    }
    // Below 1 the rest leaves more than half to the max.
    if summary.rest < 1.0 {
        let top = position(z, summary.max);
        let of_others = shares.total_without(top, total);
        grad[top] = entry(row, top, of_others, summary, divisor);
    }
    Some(shares.loss(row, summary, &tally))
}

/// An entry of the gradient, `p_k (A - a_k) - a_k (1 - p_k)`.
#[inline(always)]
fn entry(row: Row<'_>, k: usize, of_others: f64, summary: &Summary, divisor: f64) -> f32 {
    let a = row.target().weight(k);
    let one_minus_p = summary.one_minus_p(row.logits()[k]);
    (((1.0 - one_minus_p) * of_others - a * one_minus_p) / divisor) as f32
}

/// Where the max stands.
#[inline(always)]
fn position(z: &[f32], max: f32) -> usize {
    let mut start = 0;
    for block in z.chunks(BLOCK) {
        let mut here = false;
        for &z_k in block {
            here |= z_k == max;
        }
        if here {
            break;
        }
        start += block.len();
    }
    let mut top = start;
    while top + 1 < z.len() && z[top] != max {
        top += 1;
    }
    top
}

/// The target weights of a row, but for what a label has on top.
struct Shares<'a> {
    target: &'a Target<'a>,
    unit: f64,
    class_weights: Option<&'a [f32]>,
    distribution: Option<&'a [f32]>,
    /// What is added to each entry of the distribution.
    smoothing: f32,
}

/// What a row's shares come to, in their unit.
struct Tally {
    /// `sum_k share_k (max - z_k)`.
    distance: f64,
    /// The sum of the shares of a distribution.
    total: f64,
}

impl<'a> Shares<'a> {
    /// `None` where smoothing leaves nothing of what was given, or less.
    #[inline(always)]
    fn of(target: &'a Target<'a>) -> Option<Self> {
        let (keep, spread) = (target.keep(), target.spread());
        let distribution = target.distribution();
        let (unit, smoothing) = match distribution {
            Some(_) => (keep, (spread / keep) as f32),
            None => (spread, 1.0),
        };
        let class_weights = target.class_weights();
        let shares = Shares { target, unit, class_weights, distribution, smoothing };
        (keep > 0.0).then_some(shares)
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    fn total(&self, tally: &Tally) -> f64 {
        match self.target.label() {
            Some(_) => self.target.total(),
            None => self.unit * tally.total,
        }
    }

    /// The sum of all target weights but one.
    #[inline(always)]
    fn total_without(&self, top: usize, total: f64) -> f64 {
        if self.target.label().is_some() {
            return total - self.target.weight(top);
        }
        // The difference could cancel; the shares are `f32`.
        let classes = self.target.distribution().map_or(0, <[f32]>::len);
        let mut others = [0.0; LANES];
        for start in (0..classes).step_by(LANES) {
            let (w, u) = self.lanes(start);
            for k in 0..LANES {
                let share = if start + k == top { 0.0 } else { w[k] * u[k] };
                others[k] += f64::from(share);
            }
        }
        self.unit * sum(others)
    }

    #[inline(always)]
    fn loss(&self, row: Row<'_>, summary: &Summary, tally: &Tally) -> f64 {
        let loss = self.total(tally) * summary.log_norm() + self.unit * tally.distance;
        match self.target.label() {
            Some(label) if self.target.keep() > 0.0 => {
                let on_top = self.target.keep() * self.target.class_weight(label);
                let distance = f64::from(summary.max) - f64::from(row.logits()[label]);
                loss + on_top * distance
            }
            _ => loss,
        }
    }

    /// Goes over the row and its shares once.
    #[inline(always)]
    fn tally(&self, z: &[f32], max: f32) -> Option<Tally> {
        let (blocks, tail) = z.as_chunks();
        let (mut distance, mut total) = ([0.0; LANES], [0.0; LANES]);
        let mut largest = [0; LANES];
        let mut start = 0;
        for z in blocks {
            self.tally_block(
                lanes(z),
                max,
                start,
                &mut distance,
                &mut total,
                &mut largest,
            );
            start += BLOCK;
        }
        if !tail.is_empty() {
            let z = filled_up(tail, max);
            let z = &lanes(&z)[..tail.len().div_ceil(LANES)];
            self.tally_block(z, max, start, &mut distance, &mut total, &mut largest);
        }
        let tally = Tally { distance: sum(distance), total: sum(total) };
        // A negative number has the bits of a large one.
        let largest = largest.into_iter().fold(0, u32::max);
        let fits = largest <= 2.0_f32.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    #[inline(always)]
    fn tally_block(
        &self,
        z: &[[f32; LANES]],
        max: f32,
        start: usize,
        distance: &mut [f64; LANES],
        total: &mut [f64; LANES],
        largest: &mut [u32; LANES],
    ) {
        let (mut of_distance, mut of_total) = ([0.0; LANES], [0.0; LANES]);
        for (i, z) in z.iter().enumerate() {
            let (w, u) = self.lanes(start + i * LANES);
            for k in 0..LANES {
                of_distance[k] += cost(w[k], u[k], max - z[k]);
                of_total[k] += w[k] * u[k];
                largest[k] = largest[k].max(u[k].to_bits());
            }
        }
        add(distance, of_distance);
        add(total, of_total);
    }

    /// Turns exponentials into `exp of_exp - share of_share`.
    #[inline(always)]
    fn subtract_from<const FMA: bool>(
        &self,
        exps: &mut [f32],
        of_exp: f32,
        of_share: f32,
    ) {
        let (blocks, tail) = exps.as_chunks_mut();
        let mut start = 0;
        for exps in blocks {
            self.subtract_from_block::<FMA>(lanes_mut(exps), start, of_exp, of_share);
            start += BLOCK;
        }
        if !tail.is_empty() {
            let mut exps = filled_up(tail, 0.0);
            let in_row = &mut lanes_mut(&mut exps)[..tail.len().div_ceil(LANES)];
            self.subtract_from_block::<FMA>(in_row, start, of_exp, of_share);
            tail.copy_from_slice(&exps[..tail.len()]);
        }
    }

    #[inline(always)]
    fn subtract_from_block<const FMA: bool>(
        &self,
        exps: &mut [[f32; LANES]],
        start: usize,
        of_exp: f32,
        of_share: f32,
    ) {
        for (i, exps) in exps.iter_mut().enumerate() {
            let (w, u) = self.lanes(start + i * LANES);
            for k in 0..LANES {
                let share = (w[k] * of_share) * u[k];
                exps[k] = mul_add::<FMA>(exps[k], of_exp, -share);
            }
        }
    }

    /// `w` and `u` of sixteen classes; 0 beyond the last class, where they are given.
    #[inline(always)]
    fn lanes(&self, start: usize) -> ([f32; LANES], [f32; LANES]) {
        let w = match self.class_weights {
            Some(w) => lanes_from(w, start, 0.0),
            None => [1.0; LANES],
        };
        let u = match self.distribution {
            Some(q) => {
                lanes_from(q, start, -self.smoothing).map(|q| q + self.smoothing)
            }
            None => [1.0; LANES],
        };
        (w, u)
    }
}

/// `w u distance`; without weight nothing, also at an infinite distance.
#[inline(always)]
fn cost(w: f32, u: f32, distance: f32) -> f32 {
    if w == 0.0 || u == 0.0 { 0.0 } else { (w * distance) * u }
}

/// Sixteen numbers from `start` on, and the filler beyond the end.
#[inline(always)]
fn lanes_from(row: &[f32], start: usize, filler: f32) -> [f32; LANES] {
    match row[start..].first_chunk() {
        Some(lanes) => *lanes,
        None => {
            let mut lanes = [filler; LANES];
            lanes[..row.len() - start].copy_from_slice(&row[start..]);
            lanes
        }
    }
}
