//! The loss of a row and its gradient, for any target weights.
//!
//! The functions of the scalar stage, in two cases. Where one class has all the weight, as
//! with a plain label, its terms are computed alone, in `f64`, and the other classes only
//! want their exponentials scaled. Where many classes have some, by smoothing or in a
//! distribution, the module `weights` goes over the row once more.

use backend::Row;

use crate::softmax::{exponentials, log_norm, max, rest, scale};
use crate::weights::{self, Weights};

/// The loss `sum_k a_k nll_k` of a row, in nats.
// ANCHOR: loss
#[inline(always)]
pub(crate) fn loss<const FMA: bool>(row: Row<'_>) -> f64 {
    let max = max(row.logits());
    let log_norm = log_norm(rest::<FMA>(row.logits(), max));
    weighted_loss(row, Weights::new(row), max, log_norm)
}

/// `sum_k a_k (log_norm + (max - z_k))`.
#[inline(always)]
fn weighted_loss(row: Row<'_>, weights: Weights, max: f32, log_norm: f64) -> f64 {
    match weights {
        Weights::One { class, weight } => {
            weight * (log_norm + (f64::from(max) - f64::from(row.logits()[class])))
        }
        Weights::Many { total } => total * log_norm + weights::distance(row, max),
    }
}
// ANCHOR_END: loss

/// Fills `grad` with the derivative of `loss / divisor` by each logit of a row with its
/// max, and returns the loss and the max of the `next` row.
// ANCHOR: gradient
#[inline(always)]
pub(crate) fn gradient<const FMA: bool>(
    row: Row<'_>,
    max: f32,
    divisor: f64,
    grad: &mut [f32],
    next: &[f32],
) -> (f64, f32) {
    let (rest, next_max) = exponentials::<FMA>(row.logits(), max, grad, next);
    let weights = Weights::new(row);
    match weights {
        Weights::One { class, weight } => {
            scale(grad, weight / divisor / (1.0 + rest));
            let one_minus_p = one_minus_p(row.logits()[class], max, rest);
            grad[class] = (-weight * one_minus_p / divisor) as f32;
        }
        Weights::Many { total } => {
            scale(grad, 1.0 / (1.0 + rest));
            weights::gradient(row, max, rest, total, divisor, grad);
        }
    }
    (weighted_loss(row, weights, max, log_norm(rest)), next_max)
}
// ANCHOR_END: gradient

/// The probability of all classes but one, whose logit is `z_k`.
#[inline(always)]
pub(crate) fn one_minus_p(z_k: f32, max: f32, rest: f64) -> f64 {
    // For the likeliest class the difference would cancel: there it is the rest's share.
    if z_k == max {
        rest / (1.0 + rest)
    } else {
        1.0 - (f64::from(z_k) - f64::from(max)).exp() / (1.0 + rest)
    }
}
