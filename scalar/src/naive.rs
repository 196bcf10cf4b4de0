//! The formulas that you'd write first. Every function here is wrong, and says how.
//!
//! Each formula was an answer to the failure of another, and has a failure of its own.
//! All of them work in `f32` and compute the loss of one row with a label, and libraries
//! have shipped every one of them.
//!
//! | attempt | fails on | returns | right |
//! |---|---|---|---|
//! | [`loss_of_softmax`] | `[89, 0]`, label 0 | NaN | 2.2e-39 |
//! | [`loss_by_log_sum_exp`] | `[89, 0]`, label 0 | inf | 2.2e-39 |
//! | [`loss_by_shifted_softmax`] | `[0, 104]`, label 0 | inf | 104 |
//! | [`loss_with_epsilon`] | `[0, 104]`, label 0 | 20.72 | 104 |
//! | [`loss_by_lse_minus_z`] | `[1e8, 1e8]`, label 0 | 0 | ln 2 |
//! | [`loss_by_ln_of_sum`] | `[20, 0]`, label 0 | 0 | 2.1e-9 |
//!
//! We called and compared in November 2026: PyTorch's `cross_entropy` (2.15.0), JAX's
//! `log_softmax` (0.10.2), SciPy's (1.17.1) and ONNX Runtime's loss (1.32.0) compute the
//! last formula, and optax's loss of integer labels (0.2.8) the formula before it. The
//! module [`softmax`](mod@crate::softmax) fixes the last formula.

use crate::softmax::max;

/// Returns the loss by its definition, `-ln(exp(z_y) / sum exp(z_k))`. For a logit of
/// 88.72284 or more, `exp` overflows, and infinity over infinity is NaN.
// ANCHOR: loss_of_softmax
pub fn loss_of_softmax(z: &[f32], label: usize) -> f32 {
    let mut sum = 0.0;
    for z_k in z {
        sum += z_k.exp();
    }
    -(z[label].exp() / sum).ln()
}
// ANCHOR_END: loss_of_softmax

/// Returns the loss as a difference, `ln sum exp(z_k) - z_y`. Without a quotient there's
/// no NaN, but the sum still overflows, and for a row far below 0 it vanishes.
// ANCHOR: loss_by_log_sum_exp
pub fn loss_by_log_sum_exp(z: &[f32], label: usize) -> f32 {
    let mut sum = 0.0;
    for z_k in z {
        sum += z_k.exp();
    }
    sum.ln() - z[label]
}
// ANCHOR_END: loss_by_log_sum_exp

/// Returns the loss by definition, with the max subtracted, which changes no probability.
/// Nothing overflows, but a probability below 7e-46 is 0, and its logarithm is infinite.
// ANCHOR: loss_by_shifted_softmax
pub fn loss_by_shifted_softmax(z: &[f32], label: usize) -> f32 {
    let max = max(z);
    -((z[label] - max).exp() / shifted_sum(z, max)).ln()
}
// ANCHOR_END: loss_by_shifted_softmax

/// Returns the loss with 1e-9 added to the probability, so that the logarithm is finite.
/// But now no loss is above `-ln 1e-9 = 20.72`: a row that's wrong by a margin of 50
/// looks like a row that's wrong by 21, and has no gradient.
// ANCHOR: loss_with_epsilon
pub fn loss_with_epsilon(z: &[f32], label: usize) -> f32 {
    let max = max(z);
    -((z[label] - max).exp() / shifted_sum(z, max) + 1e-9).ln()
}
// ANCHOR_END: loss_with_epsilon

/// Returns the log-sum-exp, made stable by the max, minus the label's logit. With a large
/// common offset, the logarithm is rounded away when it's added to the max.
// ANCHOR: loss_by_lse_minus_z
pub fn loss_by_lse_minus_z(z: &[f32], label: usize) -> f32 {
    let max = max(z);
    let lse = max + shifted_sum(z, max).ln();
    lse - z[label]
}
// ANCHOR_END: loss_by_lse_minus_z

/// Returns the loss with the two large numbers subtracted first. But the sum holds a
/// literal 1, and next to it, everything below 2^-24 is lost.
// ANCHOR: loss_by_ln_of_sum
pub fn loss_by_ln_of_sum(z: &[f32], label: usize) -> f32 {
    let max = max(z);
    shifted_sum(z, max).ln() + (max - z[label])
}
// ANCHOR_END: loss_by_ln_of_sum

/// Returns `sum exp(z_k - max)`, which is at least 1.
// ANCHOR: shifted_sum
fn shifted_sum(z: &[f32], max: f32) -> f32 {
    let mut sum = 0.0;
    for z_k in z {
        sum += (z_k - max).exp();
    }
    sum
}
// ANCHOR_END: shifted_sum

#[cfg(test)]
mod tests {
    use super::*;

    const ORDINARY: [f32; 3] = [2.0, 1.0, 0.1];

    #[test]
    fn on_ordinary_logits_every_attempt_looks_right() {
        // Label 0 has the max. A label whose logit is 1 below the max costs 1 more.
        let right = [0.417_03, 1.417_03, 2.317_03];
        for loss in [
            loss_of_softmax,
            loss_by_log_sum_exp,
            loss_by_shifted_softmax,
            loss_with_epsilon,
            loss_by_lse_minus_z,
            loss_by_ln_of_sum,
        ] {
            for (label, right) in right.into_iter().enumerate() {
                let got = loss(&ORDINARY, label);
                approx::assert_relative_eq!(got, right, epsilon = 1e-6);
            }
        }
    }

    #[test]
    fn without_the_max_a_logit_of_89_overflows() {
        assert!(88.722_83_f32.exp().is_finite());
        assert!(88.722_84_f32.exp().is_infinite());
        assert!(loss_of_softmax(&[89.0, 0.0], 0).is_nan());
        assert_eq!(loss_by_log_sum_exp(&[89.0, 0.0], 0), f32::INFINITY);
        assert_eq!(loss_by_log_sum_exp(&[-200.0, -201.0], 0), f32::NEG_INFINITY);
    }

    #[test]
    fn the_logarithm_of_a_vanished_probability_is_infinite() {
        assert_eq!(loss_by_shifted_softmax(&[0.0, 104.0], 0), f32::INFINITY);
    }

    #[test]
    fn an_epsilon_inside_the_logarithm_caps_the_loss() {
        let cap = -(1e-9_f32).ln();
        assert_eq!(loss_with_epsilon(&[0.0, 104.0], 0), cap);
        assert_eq!(loss_with_epsilon(&[0.0, 5000.0], 0), cap);
        approx::assert_relative_eq!(cap, 20.72, epsilon = 0.01);
    }

    #[test]
    fn a_common_offset_swallows_the_logarithm() {
        assert_eq!(loss_by_lse_minus_z(&[1e8, 1e8], 0), 0.0);
        assert_eq!(loss_by_lse_minus_z(&[1e6 + 2.0, 1e6 - 1.0], 0), 0.0625);
    }

    #[test]
    fn beside_a_literal_one_the_tail_is_lost() {
        assert_eq!(loss_by_ln_of_sum(&[17.0, 0.0], 0), 0.0);
        assert_eq!(loss_by_ln_of_sum(&[20.0, 0.0], 0), 0.0);
        // At a margin of 15, two bits of the tail are left, and an error of 17%.
        let (got, right) = (loss_by_ln_of_sum(&[15.0, 0.0], 0), 3.059_023e-7);
        approx::assert_relative_eq!(got / right, 1.169, epsilon = 1e-3);
    }
}
