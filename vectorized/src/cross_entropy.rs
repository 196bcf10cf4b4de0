//! The loss of a row and its gradient, for any target weights.
//!
//! The functions of the scalar stage, for a row by itself. Rows with labels end together
//! (`together.rs`, `few_classes.rs`) and come here only if `f32` can't hold their numbers. There
//! are three cases:
//!
//! - Where one class has all the weight, its terms are computed alone, in `f64`, and the
//!   other classes only want their exponentials scaled.
//! - Where many classes have some, by smoothing or in a distribution, [`weights`] says what
//!   they cost.
//! - A row whose numbers `f32` cannot hold goes to the scalar stage, which computes all in
//!   `f64`: weights that are tiny, huge or negative, an infinite loss under smoothing, a
//!   weight that, over `1 + rest`, is below 2^-30 or less, as far as the reference is from the
//!   max.
//!
//! # The error budget
//!
//! The table counts errors in units of 2^-24 of the result, each step at its worst. A unit is
//! at most 1 ulp, just below a power of two, and half an ulp just above. All other steps are
//! made in `f64`, and cost less than two thousandths of a unit.
//!
//! | step | loss, `1 - p` | `p` |
//! |---|---|---|
//! | the exponentials that the rest is a sum of, see `exp.rs` | 1.44 | 1.44 |
//! | their sum: two additions in `f32`, see `lanes.rs` | 2 | 2 |
//! | the exponential of the class, which may err the other way | | 1.44 |
//! | the factor, rounded to `f32` | | 1 |
//! | the result, rounded | 0.5 ulp | 0.5 ulp |
//! | together | 3.94 ulp | 6.38 ulp |
//!
//! A relative error of the rest makes no larger one in `ln(1 + rest)`, in `1 + rest` or in
//! `rest / (1 + rest)`. Where the label isn't at the max, p is at most 1/2, so `1 - p` has no
//! larger relative error than p. A log-probability adds two roundings to `f32`, of `log_norm`
//! and of the distance from the max. They're at their worst for two equal logits, where the
//! rest is 1 and counts for 0.72 of its error: 3.98 ulp together. In rows of few classes two
//! exponentials meet in `f32`, not four, so a unit less is lost; there p comes from the
//! exponential in `f32`, and `1 - p` stays within 3.2 ulp.
//!
//! With several weights (`weights.rs`), the error of the loss is that of its `log_norm`, 3.44
//! units, and one for the result. The bound of a gradient's entry is relative to
//! `p_k (A - a_k) + a_k (1 - p_k)`. Up to p = 1/2 that is at least `A p_k` and at least half of
//! `a_k`. Without a fused multiply-add `A p_k` is off by 5.88 units and a rounding, and `a_k` by
//! four roundings, so the entry is off by at most 6.88 + 2 x 4 + 1 = 15.88 units of it. A class
//! above 1/2 and the label are computed in `f64`.

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
    let loss = match row.target().only_label() {
        Some((label, a)) => loss_of_class::<FMA>(a, row.logits()[label], &summary),
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
    let loss = match row.target().only_label() {
        Some((label, a)) => {
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
    // Not `a / divisor`, so that it has the bits of rows that end together.
    let of_loss = a * (1.0 / divisor);
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
