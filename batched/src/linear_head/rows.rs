//! The schedule that takes all classes of some rows at a time.

use backend::{Backend, Error, Terms};
use faer::{Accum, MatRef};
use rayon::prelude::*;

use super::kept::{Kept, add_to_bias};
use super::product::{matrix, multiply, multiply_in_blocks};
use super::{HeadGrads, LinearHead};
use crate::Batched;
use crate::views::with_copy;

/// Fills the gradients, adds to the gradient of the bias, and returns the sum of the losses,
/// which isn't divided.
pub(super) fn run(
    batched: &Batched,
    terms: &Terms<'_>,
    head: &LinearHead<'_>,
    rows_at_a_time: usize,
    mut grads: Option<&mut HeadGrads>,
    of_bias: &mut [f64],
) -> Result<f64, Error> {
    let (rows, classes) = (head.rows(), head.classes());
    let weights = head.weights.view();
    let weights = matrix(&weights);
    let mut logits = vec![0.0; rows_at_a_time.min(rows) * classes];
    let mut scratch = vec![];
    let mut sum = 0.0;
    for first in (0..rows).step_by(rows_at_a_time) {
        let kept = Kept::new(terms, head, first..rows.min(first + rows_at_a_time));
        let (count, hidden) = (kept.rows.len(), kept.hidden.view());
        let hidden = matrix(&hidden);
        let logits = &mut logits[..count * classes];
        // ANCHOR: logits
        multiply_in_blocks(logits, hidden, weights);
        let mut losses = vec![0.0; count];
        let each = logits.par_chunks_mut(classes).zip(&kept.rows).zip(&mut losses);
        each.try_for_each(|((z, &row), loss)| {
            head.add_bias(z, 0);
            let terms = terms.part(row..row + 1);
            *loss = if grads.is_none() {
                batched.vectorized.sum_of_losses(&terms.batch(z)?)
            } else {
                // The gradient takes the place of the logits.
                with_copy(z, |copy, z| {
                    let out = terms.batch(copy)?.grad_out(z)?;
                    Ok(batched.vectorized.backward_with_sum(out))
                })?
            };
            Ok(())
        })?;
        sum += losses.iter().sum::<f64>();
        // ANCHOR_END: logits
        let Some(HeadGrads { hidden: of_hidden, weights: of_weights, .. }) =
            grads.as_deref_mut()
        else {
            continue;
        };
        // ANCHOR: products
        let of_logits = MatRef::from_row_major_slice(logits, count, classes);
        let of_weights = of_weights.as_slice_mut().expect("it was checked");
        multiply(of_weights, Accum::Add, of_logits.transpose(), hidden);
        let place = kept.place(of_hidden, &mut scratch);
        multiply(place, Accum::Replace, of_logits, weights);
        kept.put(of_hidden, &scratch);
        // ANCHOR_END: products
        if let Some(of_bias) = of_bias.get_mut(0..classes) {
            add_to_bias(of_bias, logits);
        }
    }
    Ok(sum)
}
