//! The schedule that takes some classes of some rows at a time, and makes the logits twice.

use std::ops::Range;

use backend::{Error, Target, Terms, Total};
use faer::{Accum, MatRef};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use vectorized::{Parts, Summary};

use super::kept::{Kept, add_to_bias};
use super::product::{matrix, multiply};
use super::{BLOCK_ROWS, HeadGrads, LinearHead};
use crate::Batched;
use crate::views::with_copy;

/// Fills the gradients, adds to the gradient of the bias, and returns the sum of the losses,
/// which isn't divided.
pub(super) fn run(
    batched: &Batched,
    terms: &Terms<'_>,
    head: &LinearHead<'_>,
    classes_at_a_time: usize,
    mut grads: Option<&mut HeadGrads>,
    of_bias: &mut [f64],
) -> Result<f64, Error> {
    let width = classes_at_a_time.min(head.classes());
    let mut logits = vec![0.0; BLOCK_ROWS.min(head.rows()) * width];
    let mut scratch = vec![];
    let mut sum = 0.0;
    for first in (0..head.rows()).step_by(BLOCK_ROWS) {
        let end = head.rows().min(first + BLOCK_ROWS);
        let kept = Kept::new(terms, head, first..end);
        let hidden = kept.hidden.view();
        let targets = kept.rows.iter().filter_map(|&row| terms.target(row));
        let new_row = |target| Row::new(target, terms.divisor());
        let mut rows: Vec<Row<'_>> = targets.map(new_row).collect();
        for classes in blocks(head.classes(), width) {
            let logits = make_logits(&mut logits, head, &hidden, &classes);
            let each = logits.par_chunks(classes.len()).zip(&mut rows);
            each.for_each(|(z, row)| row.see(batched, z, &classes));
        }
        sum += rows.iter().map(Row::loss).sum::<f64>();
        let Some(HeadGrads { hidden: of_hidden, weights: of_weights, .. }) =
            grads.as_deref_mut()
        else {
            continue;
        };
        let place = kept.place(of_hidden, &mut scratch);
        for classes in blocks(head.classes(), width) {
            let logits = make_logits(&mut logits, head, &hidden, &classes);
            let each = logits.par_chunks_mut(classes.len()).zip(&rows);
            each.for_each(|(z, row)| {
                row.replace_by_gradient(batched, z, &classes, terms.divisor());
            });
            let (count, width) = (rows.len(), classes.len());
            let of_logits = MatRef::from_row_major_slice(logits, count, width);
            let weights = head.weights.slice_axis(Axis(0), classes.clone().into());
            multiply(place, Accum::Add, of_logits, matrix(&weights));
            let mut of_weights =
                of_weights.slice_axis_mut(Axis(0), classes.clone().into());
            let of_weights = of_weights.as_slice_mut().expect("it was checked");
            multiply(of_weights, Accum::Add, of_logits.transpose(), matrix(&hidden));
            if let Some(of_bias) = of_bias.get_mut(classes) {
                add_to_bias(of_bias, logits);
            }
        }
        kept.put(of_hidden, &scratch);
    }
    Ok(sum)
}

/// Returns the classes in blocks of at most `width`.
fn blocks(classes: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    (0..classes).step_by(width).map(move |first| first..classes.min(first + width))
}

/// Makes the logits of some classes, and returns them as a part of the buffer `logits`.
fn make_logits<'a>(
    logits: &'a mut [f32],
    head: &LinearHead<'_>,
    hidden: &ArrayView2<'_, f32>,
    classes: &Range<usize>,
) -> &'a mut [f32] {
    let logits = &mut logits[..hidden.nrows() * classes.len()];
    let weights = head.weights.slice_axis(Axis(0), classes.clone().into());
    multiply(logits, Accum::Replace, matrix(hidden), matrix(&weights).transpose());
    for z in logits.chunks_exact_mut(classes.len()) {
        head.add_bias(z, classes.start);
    }
    logits
}

/// A row, with its sums over the classes seen so far.
struct Row<'a> {
    target: Target<'a>,
    total: Total,
    /// Marks a row whose products fit into `f32`. Any other row is computed in `f64`.
    held: bool,
    summary: Option<Summary>,
    /// The logit of the label.
    z_label: f32,
    /// The sum of the target weights of the classes seen so far.
    seen: f64,
    /// The sum `sum_k a_k (max - z_k)` over the classes seen so far. Like the rest, it's
    /// relative to the max so far: without the max, large logits would swallow the logarithm.
    below_max: f64,
}

impl<'a> Row<'a> {
    fn new(target: Target<'a>, divisor: f64) -> Self {
        let (total, z_label) = (target.total(), f32::NAN);
        let a = total.value();
        // Next to a negative weight, another may exceed the total, and `f32` may not hold it.
        let q = target.distribution().unwrap_or_default();
        let held = Parts::WEIGHTS.contains(&a)
            && Parts::WEIGHTS.contains(&(a / divisor))
            && q.iter().all(|&q| q >= 0.0);
        Row { target, total, held, summary: None, z_label, seen: 0.0, below_max: 0.0 }
    }

    /// Adds the logits of some classes to the sums of the row.
    fn see(&mut self, batched: &Batched, z: &[f32], classes: &Range<usize>) {
        let part = if self.held {
            batched.vectorized.parts().summary(z)
        } else {
            Summary::in_f64(z)
        };
        let before = self.summary.unwrap_or(part);
        let row = self.summary.map_or(part, |summary| summary.merged(part));
        self.summary = Some(row);
        match self.target.only_label() {
            Some((label, _)) if classes.contains(&label) => {
                self.z_label = z[label - classes.start];
            }
            Some(_) => {}
            None => {
                if row.max > before.max && self.seen != 0.0 {
                    self.below_max += self.seen * distance(row.max, before.max);
                }
                for (k, &z_k) in classes.clone().zip(z) {
                    let a = self.target.weight(k);
                    if a != 0.0 {
                        self.seen += a;
                        self.below_max += a * distance(row.max, z_k);
                    }
                }
            }
        }
    }

    fn loss(&self) -> f64 {
        let Some(summary) = self.summary else { return 0.0 };
        match self.target.only_label() {
            Some(_) => self.total.value() * summary.of_class(self.z_label).0,
            None => self.total.value() * summary.of_class(summary.max).0 + self.below_max,
        }
    }

    /// Replaces the logits of some classes with the gradient of the loss over the divisor.
    fn replace_by_gradient(
        &self,
        batched: &Batched,
        z: &mut [f32],
        classes: &Range<usize>,
        divisor: f64,
    ) {
        let Some(summary) = self.summary else { return };
        let of_loss = self.total.value() / divisor;
        with_copy(z, |copy, grad| {
            if self.held {
                batched.vectorized.parts().softmax_times(copy, grad, of_loss, &summary);
            }
            for ((k, grad), &z_k) in classes.clone().zip(grad).zip(copy) {
                let a = self.target.weight(k);
                let a_over = a / divisor;
                // Only a class above 1/2 may have so much weight, too, that `A p_k - a_k` cancels.
                if self.held && f64::from(*grad) <= of_loss / 2.0 {
                    *grad = (f64::from(*grad) - a_over) as f32;
                    continue;
                }
                let (nll, others) = summary.of_class(z_k);
                let of_others = self.total.without(a) / divisor;
                *grad = ((-nll).exp() * of_others - a_over * others) as f32;
            }
        });
    }
}

/// Returns the distance of a logit below the max. It's infinite if the class is masked, even
/// if all classes so far are masked.
fn distance(max: f32, z_k: f32) -> f64 {
    if z_k == f32::NEG_INFINITY { f64::INFINITY } else { f64::from(max) - f64::from(z_k) }
}
