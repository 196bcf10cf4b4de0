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
use crate::lanes::{LANES, add, sum};
const BLOCK: usize = 128;
fn filled_up(t: &[f32], f: f32) -> [f32; BLOCK] { let mut b = [f; BLOCK]; b[..t.len()].copy_from_slice(t); b }
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
    /// `w`, where they are not 1.
    class_weights: Option<&'a [f32]>,
    /// `u`, where they are not 1: this plus the smoothing.
    distribution: Option<&'a [f32]>,
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
        let (class_weights, distribution) =
            (target.class_weights(), target.distribution());
        let unit = if distribution.is_some() { keep } else { spread };
        let smoothing = (spread / keep) as f32;
        let shares = Shares { target, unit, class_weights, distribution, smoothing };
        (keep > 0.0).then_some(shares)
    }

    /// Goes over a row and its shares once.
    #[inline(always)]
    fn tally(&self, z: &[f32], max: f32) -> Option<Tally> {
        let (mut distance, mut total) = ([0.0; LANES], [0.0; LANES]);
        let mut largest = 0;
        for start in (0..z.len()).step_by(BLOCK) {
            // At the max, the distance of a class that the row does not have is 0.
            let mut costs = block(z, start, max);
            for cost in &mut costs {
                *cost = max - *cost;
            }
            self.multiply(&mut costs, start);
            add_block(&mut distance, &costs);
            if let Some(u) = self.u(start) {
                for u in u {
                    largest = largest.max(u.to_bits());
                }
                let mut shares = [1.0; BLOCK];
                self.multiply(&mut shares, start);
                add_block(&mut total, &shares);
            }
        }
        // A negative number has the bits of a large one.
        let mut fits = largest <= 2.0_f32.to_bits();
        let tally = Tally { distance: sum(distance), total: sum(total) };
        fits &= tally.distance.is_finite() && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// Turns exponentials into `exp of_exp - share of_share`.
    #[inline(always)]
    fn subtract_from<const FMA: bool>(
        &self,
        exps: &mut [f32],
        of_exp: f32,
        of_share: f32,
    ) {
        let (blocks, tail) = exps.as_chunks_mut::<BLOCK>();
        let mut start = 0;
        for exps in blocks {
            let mut shares = [of_share; BLOCK];
            self.multiply(&mut shares, start);
            for (exp, share) in exps.iter_mut().zip(shares) {
                *exp = mul_add::<FMA>(*exp, of_exp, -share);
            }
            start += BLOCK;
        }
        let mut shares = [of_share; BLOCK];
        if !tail.is_empty() {
            self.multiply(&mut shares, start);
        }
        for (exp, share) in tail.iter_mut().zip(shares) {
            *exp = mul_add::<FMA>(*exp, of_exp, -share);
        }
    }

    /// Multiplies numbers by the `w` and the `u` of the classes from `start` on.
    ///
    /// 0 makes a 0 also of an infinity: without weight a masked class costs nothing.
    #[inline(always)]
    fn multiply(&self, numbers: &mut [f32; BLOCK], start: usize) {
        if let Some(w) = self.class_weights {
            multiply(numbers, &block(w, start, 0.0));
        }
        if let Some(u) = self.u(start) {
            multiply(numbers, &u);
        }
    }

    /// `u` of the classes from `start` on, 0 where there is no class.
    #[inline(always)]
    fn u(&self, start: usize) -> Option<[f32; BLOCK]> {
        let mut u = block(self.distribution?, start, -self.smoothing);
        for u in &mut u {
            *u += self.smoothing;
        }
        Some(u)
    }

    /// The sum `A` of all target weights.
    #[inline(always)]
    fn total(&self, tally: &Tally) -> f64 {
        match self.distribution {
            None => self.target.total(),
            Some(_) => self.unit * tally.total,
        }
    }

    /// The sum of all target weights but one.
    #[inline(always)]
    fn total_without(&self, top: usize, total: f64) -> f64 {
        let Some(q) = self.distribution else {
            return total - self.target.weight(top);
        };
        // The total is a sum of `f32` shares, and the difference could cancel.
        let mut others = [0.0; LANES];
        for start in (0..q.len()).step_by(BLOCK) {
            let mut shares = [1.0; BLOCK];
            self.multiply(&mut shares, start);
            if let Some(share) = shares.get_mut(top.wrapping_sub(start)) {
                *share = 0.0;
            }
            add_block(&mut others, &shares);
        }
        self.unit * sum(others)
    }

    #[inline(always)]
    fn loss(&self, row: Row<'_>, summary: &Summary, tally: &Tally) -> f64 {
        let loss = self.total(tally) * summary.log_norm() + self.unit * tally.distance;
        match self.target.label() {
            Some(label) => {
                let on_top = self.target.keep() * self.target.class_weight(label);
                let distance = f64::from(summary.max) - f64::from(row.logits()[label]);
                loss + on_top * distance
            }
            None => loss,
        }
    }
}

#[inline(always)]
fn multiply(numbers: &mut [f32; BLOCK], factors: &[f32; BLOCK]) {
    for (number, &factor) in numbers.iter_mut().zip(factors) {
        // Computed in any case: a branch around it would keep it out of vectors.
        let product = *number * factor;
        *number = if factor == 0.0 { 0.0 } else { product };
    }
}

/// The block of a row that begins at `start`, filled up beyond the end of the row.
#[inline(always)]
fn block(row: &[f32], start: usize, filler: f32) -> [f32; BLOCK] {
    match row[start..].first_chunk() {
        Some(block) => *block,
        None => filled_up(&row[start..], filler),
    }
}

/// Adds a block to sums, lane by lane.
#[inline(always)]
fn add_block(sums: &mut [f64; LANES], numbers: &[f32; BLOCK]) {
    let mut of_block = [0.0; LANES];
    for [first, second] in numbers.as_chunks::<LANES>().0.as_chunks().0 {
        for k in 0..LANES {
            of_block[k] += first[k] + second[k];
        }
    }
    add(sums, of_block);
}
