//! The loss of a row and its gradient, for any target weights.
//!
//! The functions of the scalar stage, in three cases:
//!
//! - Where the label has all the weight, its terms are computed alone, in `f64`, and the
//!   other classes only want their exponentials scaled.
//! - Where many classes have some, by smoothing or in a distribution, [`weights`] says what
//!   they cost.
//! - A row whose numbers `f32` cannot hold goes to the scalar stage, which computes all in
//!   `f64`: weights that are tiny, huge or negative, an infinite loss under smoothing, a
//!   loss so small that its weight over `1 + rest` is below 2^-30.

use backend::Row;

use crate::exp::Reference;
use crate::scale::scale;
use crate::softmax::{exponentials, rest};
use crate::summary::Summary;
use crate::weights;

/// The loss `sum_k a_k nll_k` of a row, in nats, and a reference for the next row.
#[inline(always)]
pub(crate) fn loss<const FMA: bool>(row: Row<'_>, guess: Reference) -> (f64, Reference) {
    let summary = rest::<FMA>(row.logits(), guess);
    let loss = match only_label(row) {
        Some((a, label)) => loss_of_class::<FMA>(a, row.logits()[label], &summary),
        None => weights::loss::<FMA>(row, &summary),
    };
    let loss = match loss {
        Some(loss) => loss,
        None => scalar::cross_entropy::loss(row),
    };
    (loss, summary.reference)
}

/// The loss where one class, with the logit `z`, has all the weight.
#[inline(always)]
pub(crate) fn loss_of_class<const FMA: bool>(
    a: f64,
    z: f32,
    summary: &Summary,
) -> Option<f64> {
    (a <= HEAVY).then_some(a * summary.nll::<FMA>(z))
}

/// The label and its weight, if no other class has one.
#[inline(always)]
fn only_label(row: Row<'_>) -> Option<(f64, usize)> {
    let target = row.target();
    match target.label() {
        Some(label) if target.spread() == 0.0 => Some((target.weight(label), label)),
        _ => None,
    }
}

/// Above this weight, what is below 2^-173 of the max would have to be told apart: up to it
/// the product is rounded to 0, and a masked class gets no gradient.
pub(crate) const HEAVY: f64 = 1_048_576.0;

/// Fills `grad` with the derivative of `loss / divisor` by each logit of a row, and returns
/// the loss and a reference for the next row.
#[inline(always)]
pub(crate) fn gradient<const FMA: bool>(
    row: Row<'_>,
    guess: Reference,
    divisor: f64,
    grad: &mut [f32],
) -> (f64, Reference) {
    let z = row.logits();
    let summary = exponentials::<FMA>(z, guess, grad);
    let loss = match only_label(row) {
        Some((a, label)) => {
            gradient_of_class::<FMA>(a, label, z[label], &summary, divisor, grad)
        }
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

/// Turns exponentials into `a p_k / divisor`, and that of the class that has all the weight
/// into `-a (1 - p) / divisor`. Returns the loss.
#[inline(always)]
pub(crate) fn gradient_of_class<const FMA: bool>(
    a: f64,
    class: usize,
    z: f32,
    summary: &Summary,
    divisor: f64,
    grad: &mut [f32],
) -> Option<f64> {
    let of_loss = a / divisor;
    scale::<FMA>(grad, factor(of_loss, summary)?, of_loss as f32);
    grad[class] = (-of_loss * summary.one_minus_p(z, summary.p::<FMA>(z))) as f32;
    loss_of_class::<FMA>(a, z, summary)
}

/// What turns exponentials into `a p_k`, if `f32` can hold it.
#[inline(always)]
pub(crate) fn factor(a: f64, summary: &Summary) -> Option<f32> {
    let factor = (a * summary.normalizer()) as f32;
    (a <= HEAVY && factor.is_normal()).then_some(factor)
}
