//! The loss of a row and its gradient, for any target weights.
//!
//! The functions of the scalar stage, in three cases:
//!
//! - Where the label has all the weight, its terms are computed alone, in `f64`, and the
//!   other classes only want their exponentials scaled.
//! - Where many classes have some, by smoothing or in a distribution, [`weights`] says what
//!   they cost.
//! - A row whose numbers `f32` cannot hold, since a weight is tiny or huge, goes to the
//!   scalar stage, which computes all in `f64`.

use backend::Row;

use crate::exp::Reference;
use crate::scale::scale;
use crate::softmax::{Summary, exponentials, rest};
use crate::weights;

/// The loss `sum_k a_k nll_k` of a row, in nats, and a reference for the next row.
// ANCHOR: loss
#[inline(always)]
pub(crate) fn loss<const FMA: bool>(row: Row<'_>, guess: Reference) -> (f64, Reference) {
    let summary = rest::<FMA>(row.logits(), guess);
    let loss = match only_label(row) {
        Some(label) => loss_of_label(row, label, &summary),
        None => weights::loss(row, &summary),
    };
    let loss = match loss {
        Some(loss) => loss,
        None => scalar::cross_entropy::loss(row),
    };
    (loss, summary.reference)
}

/// `a_y (log_norm + (max - z_y))`.
#[inline(always)]
pub(crate) fn loss_of_label(
    row: Row<'_>,
    label: usize,
    summary: &Summary,
) -> Option<f64> {
    let a = row.target().weight(label);
    let distance = f64::from(summary.max) - f64::from(row.logits()[label]);
    (a <= HEAVY).then_some(a * (summary.log_norm() + distance))
}

/// The label, if no other class has a weight.
#[inline(always)]
fn only_label(row: Row<'_>) -> Option<usize> {
    let target = row.target();
    if target.spread() == 0.0 { target.label() } else { None }
}
// ANCHOR_END: loss

/// Above this weight it could matter that what is below 2^-173 of the max is not told
/// apart: a masked class would get a gradient.
pub(crate) const HEAVY: f64 = 1_048_576.0;

/// Fills `grad` with the derivative of `loss / divisor` by each logit of a row, and returns
/// the loss and a reference for the next row.
// ANCHOR: gradient
#[inline(always)]
pub(crate) fn gradient<const FMA: bool>(
    row: Row<'_>,
    guess: Reference,
    divisor: f64,
    grad: &mut [f32],
) -> (f64, Reference) {
    let summary = exponentials::<FMA>(row.logits(), guess, grad);
    let loss = match only_label(row) {
        Some(label) => gradient_of_label::<FMA>(row, label, &summary, divisor, grad),
        None => weights::gradient::<FMA>(row, &summary, divisor, grad),
    };
    let loss = match loss {
        Some(loss) => loss,
        None => {
            scalar::cross_entropy::gradient(row, divisor, grad);
            scalar::cross_entropy::loss(row)
        }
    };
    (loss, summary.reference)
}

/// Turns exponentials into `a_y p_k / divisor`, and that of the label into
/// `-a_y (1 - p_y) / divisor`.
#[inline(always)]
pub(crate) fn gradient_of_label<const FMA: bool>(
    row: Row<'_>,
    label: usize,
    summary: &Summary,
    divisor: f64,
    grad: &mut [f32],
) -> Option<f64> {
    let a = row.target().weight(label) / divisor;
    scale::<FMA>(grad, factor(a, summary)?);
    grad[label] = (-a * summary.one_minus_p(row.logits()[label])) as f32;
    loss_of_label(row, label, summary)
}
// ANCHOR_END: gradient

/// What turns exponentials into `a p_k`, if `f32` can hold it.
#[inline(always)]
pub(crate) fn factor(a: f64, summary: &Summary) -> Option<f32> {
    let factor = (a * summary.normalizer()) as f32;
    (a <= HEAVY && factor.is_normal()).then_some(factor)
}
