//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! Besides the row itself, its loss and its gradient need only two numbers:
//!
//! ```text
//! max  = the largest logit
//! rest = sum of exp(z_k - max) over all classes except one at the max
//! ```
//!
//! Subtracting the max keeps every exponential between 0 and 1, so nothing overflows. The max's
//! own exponential is a literal 1, and we leave it out of the sum: next to a 1, everything below
//! 2^-53 is lost (2^-24 in `f32`), and in a row that the model gets right with confidence, that's
//! the whole loss.
//!
//! Then `lse(z) = max + ln(1 + rest)`, and `ln_1p` computes that logarithm without ever forming
//! the sum. LogExpFunctions.jl and SciPy (1.17.1 in November 2026, and not
//! its `log_softmax`) carry the same pair through their `logsumexp`; the analysis is
//! Blanchard, Higham and Higham (2021),
//! *Accurately computing the log-sum-exp and softmax functions*.

/// Returns the largest logit of a row, or NaN if one of them is NaN.
///
/// ```
/// use scalar::softmax::max;
///
/// assert_eq!(max(&[2.0, 1.0, 0.1]), 2.0);
/// assert!(max(&[f32::NAN, 1.0, 2.0]).is_nan());
/// ```
// ANCHOR: max
pub fn max(z: &[f32]) -> f32 {
    let mut max = f32::NEG_INFINITY;
    for &z_k in z {
        // NaN wins, where `f32::max` would drop it. Once the max is NaN, no comparison with
        // it is true, so it stays.
        if z_k > max || z_k.is_nan() {
            max = z_k;
        }
    }
    max
}
// ANCHOR_END: max

/// Returns the sum of the exponentials relative to the max, with one class at the max left out:
/// between 0, if no other class counts, and C - 1, if all logits are equal.
///
/// Returns NaN if the max isn't finite: a row with NaN, with `+inf`, or with nothing but `-inf`
/// has no probabilities.
///
/// ```
/// use scalar::softmax::rest;
///
/// assert_eq!(rest(&[2.0, 2.0, 2.0], 2.0), 2.0);
/// assert_eq!(rest(&[100.0, 0.0], 100.0), (-100.0_f64).exp());
/// ```
// ANCHOR: rest
pub fn rest(z: &[f32], max: f32) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let mut rest = 0.0;
    let mut classes_at_max = 0.0;
    for &z_k in z {
        if z_k == max {
            classes_at_max += 1.0;
        } else {
            rest += exp_below_max(z_k, max);
        }
    }
    // Add ties last: each is a 1, beside which the small terms would be rounded away.
    rest + (classes_at_max - 1.0)
}
// ANCHOR_END: rest

/// Returns the logarithm of the normalizer relative to the max, `lse(z) - max = ln(1 + rest)`,
/// between 0 and `ln C`.
// ANCHOR: log_norm
pub fn log_norm(rest: f64) -> f64 {
    rest.ln_1p()
}
// ANCHOR_END: log_norm

/// Fills `p` with the probabilities of a row: `p_k = exp(z_k - max) / (1 + rest)`.
///
/// # Panics
/// If `p` is not as long as `z`.
///
/// ```
/// let mut p = [0.0; 3];
/// scalar::softmax::softmax(&[2.0, 1.0, 0.1], &mut p);
/// assert_eq!(p, [0.659_001_1, 0.242_432_97, 0.098_565_89]);
/// ```
// ANCHOR: softmax
pub fn softmax(z: &[f32], p: &mut [f32]) {
    assert_eq!(p.len(), z.len(), "one probability per logit");
    let max = max(z);
    let rest = rest(z, max);
    for (p_k, &z_k) in p.iter_mut().zip(z) {
        *p_k = (exp_below_max(z_k, max) / (1.0 + rest)) as f32;
    }
}
// ANCHOR_END: softmax

/// Fills `log_p` with the log-probabilities of a row: `ln p_k = (z_k - max) - log_norm`.
///
/// # Panics
/// If `log_p` is not as long as `z`.
///
/// ```
/// let mut log_p = [0.0; 3];
/// scalar::softmax::log_softmax(&[2.0, 1.0, 0.1], &mut log_p);
/// assert_eq!(log_p, [-0.417_030_02, -1.417_03, -2.317_03]);
/// ```
pub fn log_softmax(z: &[f32], log_p: &mut [f32]) {
    assert_eq!(log_p.len(), z.len(), "one log-probability per logit");
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        // Not `z_k - (max + log_norm)`: a large max would swallow the logarithm.
        *log_p_k = ((f64::from(z_k) - f64::from(max)) - log_norm) as f32;
    }
}

/// Returns `exp(z_k - max)`, between 0 and 1. The difference is taken in `f64`, since in `f32` its
/// rounding alone would cost 4e-6 of the result at a distance of 80.
// ANCHOR: exp_below_max
pub(crate) fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}
// ANCHOR_END: exp_below_max
