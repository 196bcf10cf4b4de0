//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! The same functions as in the scalar stage, over lanes and in `f32`. What is new:
//! [`exponentials`] keeps what it has computed in the buffer that the result goes to, so
//! that no logit's exponential is computed twice; one product a class then turns them into
//! probabilities or a gradient.

use crate::exp::SCALE;
use crate::lanes::{self, Rest, filled_up};

/// The largest logit of a row; NaN if one of them is.
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    lanes::max(z)
}

/// The sum of the exponentials relative to the max, one class at the max left out; NaN
/// where the max is not finite.
// ANCHOR: rest
#[inline(always)]
pub(crate) fn rest<const FMA: bool>(z: &[f32], max: f32) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let (full, remainder) = z.as_chunks();
    let mut rest = Rest::new();
    for z in full {
        rest.add::<FMA>(z, max);
    }
    if !remainder.is_empty() {
        rest.add::<FMA>(&filled_up(remainder, f32::NEG_INFINITY), max);
    }
    rest.total()
}
// ANCHOR_END: rest

/// The same, and `exps` filled with the exponentials of the row, times [`SCALE`].
// ANCHOR: exponentials
#[inline(always)]
pub(crate) fn exponentials<const FMA: bool>(
    z: &[f32],
    max: f32,
    exps: &mut [f32],
) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let (full, remainder) = z.as_chunks();
    let (full_exps, last_exps) = exps.as_chunks_mut();
    let mut rest = Rest::new();
    for (z, exps) in full.iter().zip(full_exps) {
        *exps = rest.add::<FMA>(z, max);
    }
    if !remainder.is_empty() {
        let exps = rest.add::<FMA>(&filled_up(remainder, f32::NEG_INFINITY), max);
        last_exps.copy_from_slice(&exps[..last_exps.len()]);
    }
    rest.total()
}
// ANCHOR_END: exponentials

/// The logarithm of the normalizer, relative to the max: `ln(1 + rest)`, from 0 to `ln C`.
#[inline(always)]
pub(crate) fn log_norm(rest: f64) -> f64 {
    rest.ln_1p()
}

/// Fills `p` with the probabilities of a row.
// ANCHOR: softmax
#[inline(always)]
pub(crate) fn softmax<const FMA: bool>(z: &[f32], p: &mut [f32]) {
    let rest = exponentials::<FMA>(z, max(z), p);
    scale(p, 1.0 / (1.0 + rest));
}
// ANCHOR_END: softmax

/// Turns exponentials, kept [`SCALE`] times too large, into their products with `factor`.
// ANCHOR: scale
#[inline(always)]
pub(crate) fn scale(exps: &mut [f32], factor: f64) {
    let factor = factor / f64::from(SCALE);
    if factor as f32 == 0.0 || (factor as f32).is_normal() || factor.is_nan() {
        for exp in exps {
            *exp *= factor as f32;
        }
    } else {
        // A factor that no normal `f32` holds comes of tiny or huge weights.
        for exp in exps {
            *exp = (f64::from(*exp) * factor) as f32;
        }
    }
}
// ANCHOR_END: scale

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
