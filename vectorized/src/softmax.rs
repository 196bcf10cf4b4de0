//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! The functions of the scalar stage, over lanes and in `f32`. Three passes go over a row:
//! for the max, for the exponentials and their sum, and to scale them. The exponentials
//! are kept in the buffer that the result goes to, so that each is computed once.

use crate::exp::{SCALE, difference, scaled_exp};
use crate::lanes::{self, LANES, LOWEST, Sum, filled_up, larger_of_each, largest};

/// The largest logit of a row; NaN shows in the [`rest`].
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    lanes::max(z)
}

/// The sum of the exponentials relative to the max, one class at the max left out; NaN
/// where the max is not finite.
// ANCHOR: rest
#[inline(always)]
pub(crate) fn rest<const FMA: bool>(z: &[f32], max: f32) -> f64 {
    let (full, remainder) = z.as_chunks();
    let (mut below, mut at_max) = (Sum::new(), [0.0; LANES]);
    for few in full.chunks(Sum::FEW) {
        let mut sum = [0.0; LANES];
        let mut exps = [[0.0; LANES]; Sum::FEW];
        for (z, exps) in few.iter().zip(&mut exps) {
            add_exponentials::<FMA>(z, max, exps, &mut sum, &mut at_max);
        }
        below.add(&sum);
    }
    let (mut exps, mut sum) = ([0.0; LANES], [0.0; LANES]);
    let z = filled_up(remainder, f32::NEG_INFINITY);
    add_exponentials::<FMA>(&z, max, &mut exps, &mut sum, &mut at_max);
    below.add(&sum);
    leave_max_out(max, below, at_max)
}
// ANCHOR_END: rest

/// The same, and `exps` filled with the exponentials of the row, [`SCALE`] times too
/// large; with the max of the `next` row, which is as long.
///
/// A row of a vocabulary comes from memory, and to look for its max is to wait for it.
/// Looked for while the row before it is computed, it costs nothing.
// ANCHOR: exponentials
#[inline(always)]
pub(crate) fn exponentials<const FMA: bool>(
    z: &[f32],
    max: f32,
    exps: &mut [f32],
    next: &[f32],
) -> (f64, f32) {
    let (full, remainder) = z.as_chunks();
    let (full_exps, last_exps) = exps.as_chunks_mut();
    let (full_next, last_next) = next.as_chunks();
    let (mut below, mut at_max) = (Sum::new(), [0.0; LANES]);
    let mut next_max = LOWEST;
    let exps_and_next = full_exps.chunks_mut(Sum::FEW).zip(full_next.chunks(Sum::FEW));
    for (few, (exps, next)) in full.chunks(Sum::FEW).zip(exps_and_next) {
        let mut sum = [0.0; LANES];
        for ((z, exps), next) in few.iter().zip(exps).zip(next) {
            add_exponentials::<FMA>(z, max, exps, &mut sum, &mut at_max);
            next_max = larger_of_each(next_max, next);
        }
        below.add(&sum);
    }
    let (mut exps, mut sum) = ([0.0; LANES], [0.0; LANES]);
    let z = filled_up(remainder, f32::NEG_INFINITY);
    add_exponentials::<FMA>(&z, max, &mut exps, &mut sum, &mut at_max);
    below.add(&sum);
    last_exps.copy_from_slice(&exps[..last_exps.len()]);
    (leave_max_out(max, below, at_max), largest(next_max, last_next))
}
// ANCHOR_END: exponentials

/// The exponentials of a chunk; those below the max are added to a sum, those at the max
/// are counted.
// ANCHOR: add_exponentials
#[inline(always)]
fn add_exponentials<const FMA: bool>(
    z: &[f32; LANES],
    max: f32,
    exps: &mut [f32; LANES],
    below: &mut [f32; LANES],
    at_max: &mut [f32; LANES],
) {
    for k in 0..LANES {
        let (distance, lost) = difference(z[k], max);
        let exp = scaled_exp::<FMA>(distance, lost);
        exps[k] = exp;
        below[k] += if z[k] == max { 0.0 } else { exp };
        at_max[k] += if z[k] == max { 1.0 } else { 0.0 };
    }
}
// ANCHOR_END: add_exponentials

#[inline(always)]
fn leave_max_out(max: f32, below: Sum, at_max: [f32; LANES]) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let at_max = lanes::sum(at_max.map(f64::from));
    below.total() / f64::from(SCALE) + (at_max - 1.0)
}

/// The logarithm of the normalizer, relative to the max: `ln(1 + rest)`, from 0 to `ln C`.
#[inline(always)]
pub(crate) fn log_norm(rest: f64) -> f64 {
    rest.ln_1p()
}

/// Fills `p` with the probabilities of a row.
// ANCHOR: softmax
#[inline(always)]
pub(crate) fn softmax<const FMA: bool>(z: &[f32], p: &mut [f32]) {
    let (rest, _) = exponentials::<FMA>(z, max(z), p, z);
    scale(p, 1.0 / (1.0 + rest));
}
// ANCHOR_END: softmax

/// Fills `log_p` with the log-probabilities of a row.
// ANCHOR: log_softmax
#[inline(always)]
pub(crate) fn log_softmax<const FMA: bool>(z: &[f32], log_p: &mut [f32]) {
    let max = max(z);
    let log_norm = log_norm(rest::<FMA>(z, max)) as f32;
    for (log_p, &z_k) in log_p.iter_mut().zip(z) {
        *log_p = (z_k - max) - log_norm;
    }
}
// ANCHOR_END: log_softmax

/// Turns exponentials, [`SCALE`] times too large, into their products with a factor.
// ANCHOR: scale
#[inline(always)]
pub(crate) fn scale(exps: &mut [f32], factor: f64) {
    let factor = factor / f64::from(SCALE);
    let in_f32 = factor as f32;
    if in_f32.is_normal() {
        for exp in exps {
            *exp *= in_f32;
        }
    } else {
        // NaN, or a factor that only `f64` can hold, as tiny or huge weights make it.
        for exp in exps {
            *exp = (f64::from(*exp) * factor) as f32;
        }
    }
}
// ANCHOR_END: scale
