//! A row by itself: any row that can't go with others.
//!
//! Three kinds of rows come here:
//!
//! - The power of two that served the rows before is too far from this row. The row is computed
//!   again, relative to its own max.
//! - The target is a distribution, or a label that keeps too little of the weight: `weights.rs`.
//! - `f32` can't hold the numbers of the row: a max beyond 308, NaN, a weight that's huge, tiny
//!   or negative, a label that's masked, or next to certain. The scalar stage computes it, in `f64`.

mod tally;
mod weights;

use backend::Row;

use crate::cross_entropy::End;
use crate::exp::Anchor;
use crate::scale::scale;
use crate::smoothing::Smoothing;
use crate::softmax::{max, rest};

/// The place for the gradient of a row, and its divisor.
pub(crate) struct Grad<'a> {
    pub(crate) divisor: f64,
    pub(crate) entries: &'a mut [f32],
}

impl Grad<'_> {
    fn reborrow(&mut self) -> Grad<'_> {
        Grad { divisor: self.divisor, entries: self.entries }
    }
}

/// Returns the loss of a row, and fills `grad`, if it's given, with its gradient. The guess for
/// the next rows becomes an anchor near the row's max.
#[inline(always)]
pub(crate) fn loss(row: Row<'_>, guess: &mut Anchor, mut grad: Option<Grad<'_>>) -> f64 {
    let target = row.target();
    let found = match (target.only_label(), target.label()) {
        (Some((label, a)), _) => {
            labeled(row.logits(), label, a, grad.as_mut().map(Grad::reborrow))
        }
        (None, Some(label)) => smoothed(&row, label, grad.as_mut().map(Grad::reborrow))
            .or_else(|| weights::loss(row, grad.as_mut().map(Grad::reborrow))),
        (None, None) => weights::loss(row, grad.as_mut().map(Grad::reborrow)),
    };
    if let Some((loss, anchor)) = found {
        *guess = anchor.or_guess(*guess);
        return loss;
    }
    if let Some(Grad { divisor, entries }) = grad {
        scalar::cross_entropy::gradient(row, divisor, entries);
    }
    scalar::cross_entropy::loss(row)
}

/// Returns the loss of a row with a smoothed label, and an anchor near the max, or `None` if the label
/// keeps too little of the weight, or if `f32` can't hold the numbers of the row.
#[inline(always)]
fn smoothed(
    row: &Row<'_>,
    label: usize,
    mut grad: Option<Grad<'_>>,
) -> Option<(f64, Anchor)> {
    let (z, target) = (row.logits(), row.target());
    let divisor = grad.as_ref().map_or(1.0, |grad| grad.divisor);
    let smoothing = Smoothing::new(&target, divisor);
    let part = smoothing.of_row(z, label)?;
    let (loss, anchor) =
        labeled(z, label, part.total, grad.as_mut().map(Grad::reborrow))?;
    if let Some(grad) = grad {
        smoothing.apply(&part, label, grad.entries);
    }
    Some((loss + part.loss, anchor))
}

/// Returns the loss of a row in which a single class has all the weight, and an anchor near the
/// max, or `None` if `f32` can't hold the numbers of the row.
#[inline(always)]
fn labeled(
    z: &[f32],
    label: usize,
    a: f64,
    grad: Option<Grad<'_>>,
) -> Option<(f64, Anchor)> {
    let anchor = Anchor::of_max(max(z))?;
    let Some(Grad { divisor, entries }) = grad else {
        let end = End::new(a, z[label], rest(z, label, anchor, None), anchor, 1.0);
        return end.is_held.then_some((end.loss, anchor));
    };
    let others = rest(z, label, anchor, Some(entries));
    let end = End::new(a, z[label], others, anchor, divisor);
    if !end.is_held {
        return None;
    }
    scale(entries, end.factor, end.most);
    entries[label] = end.of_label;
    Some((end.loss, anchor))
}

#[cfg(test)]
mod tests {
    use backend::{Batch, CrossEntropy};

    use super::*;

    /// Checks that ordinary rows avoid `f64`, which is slow but as right: no law can tell.
    #[test]
    fn ordinary_rows_do_not_need_f64() {
        // These logits are far from the guess of other rows.
        let z = [100.0, 101.0, 99.0];
        let mut entries = [0.0; 3];
        assert!(labeled(&z, 0, 1.0, None).is_some());
        let grad = Grad { divisor: 2.0, entries: &mut entries };
        assert!(labeled(&z, 0, 1.0, Some(grad)).is_some());

        let plain = CrossEntropy::default();
        let smoothed = plain.clone().label_smoothing(0.1).unwrap();
        for loss in [plain, smoothed] {
            for weights in [None, Some([1.0, 2.0, 0.5])] {
                let loss = match weights {
                    Some(weights) => loss.clone().class_weights(weights).unwrap(),
                    None => loss.clone(),
                };
                let batch: Batch<'_> = loss.batch(&z, &[0.5, 0.25, 0.25], 3).unwrap();
                let row = batch.row(0).unwrap();
                assert!(weights::loss(row, None).is_some());
                let grad = Grad { divisor: 2.0, entries: &mut entries };
                assert!(weights::loss(row, Some(grad)).is_some());
            }
        }
    }
}
