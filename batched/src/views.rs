//! Logits and gradients as `ndarray` views of any layout: row-major or column-major, sliced,
//! transposed, broadcast, reversed.
//!
//! A view whose rows lie one after the other is a slice, and is computed as one. Of any
//! other, each thread copies a few rows at a time to where they do lie so, computes them
//! there, and copies the gradient to where it belongs. The copy stays in the nearest caches,
//! and the memory for it is kept by the thread.
//!
//! ```
//! use backend::CrossEntropy;
//! use batched::Batched;
//! use ndarray::{Array2, array};
//!
//! // Three classes and two rows, column-major: the transpose of a matrix of scores.
//! let scores = array![[2.0, 0.0], [1.0, 5.0], [0.1, 0.2]];
//! let mut grad = Array2::zeros((3, 2));
//! let loss = Batched::default().loss_and_grad(
//!     &CrossEntropy::default(),
//!     scores.t(),
//!     &[0, 1],
//!     grad.view_mut().reversed_axes(),
//! )?;
//! assert_eq!(loss, 0.215_943_4);
//! assert_eq!(grad[[1, 0]], 0.121_216_48);
//! # Ok::<(), backend::Error>(())
//! ```

use std::cell::RefCell;

use backend::{CrossEntropy, Error, Targets, Terms};
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

use crate::Batched;
use crate::shares::Shares;

/// How many logits are copied at a time: 64 KiB.
const COPIED: usize = 16_384;

thread_local! {
    /// Rows of logits, and rows of the gradient.
    static ROWS: RefCell<(Vec<f32>, Vec<f32>)> = RefCell::default();
}

impl Batched {
    /// The reduced loss of logits, `rows x classes`, in nats.
    ///
    /// # Errors
    /// As [`CrossEntropy::batch`].
    pub fn loss<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayView2<'_, f32>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<f32, Error> {
        let terms = loss.terms(targets, logits.nrows(), logits.ncols())?;
        let sum = match logits.as_slice() {
            Some(logits) => self.sum_of_losses(&terms.batch(logits)?),
            None => self.share_views(&terms, logits, None)?,
        };
        Ok((sum / terms.divisor()) as f32)
    }

    /// The reduced loss of logits, `rows x classes`, in nats; fills `grad`, which has the
    /// same shape, with its gradient.
    ///
    /// # Errors
    /// As [`CrossEntropy::batch`], and [`Error::OutputShape`] if `grad` has another shape.
    pub fn loss_and_grad<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayView2<'_, f32>,
        targets: impl Into<Targets<'a>>,
        mut grad: ArrayViewMut2<'_, f32>,
    ) -> Result<f32, Error> {
        let terms = loss.terms(targets, logits.nrows(), logits.ncols())?;
        if grad.dim() != logits.dim() {
            let (shape, expected) = (grad.dim(), logits.dim());
            return Err(Error::OutputShape { output: "grad", shape, expected });
        }
        let sum = match (logits.as_slice(), grad.as_slice_mut()) {
            (Some(logits), Some(grad)) => self.fill(&terms.batch(logits)?, grad),
            _ => self.share_views(&terms, logits, Some(grad))?,
        };
        Ok((sum / terms.divisor()) as f32)
    }

    fn share_views(
        &self,
        terms: &Terms<'_>,
        logits: ArrayView2<'_, f32>,
        grad: Option<ArrayViewMut2<'_, f32>>,
    ) -> Result<f64, Error> {
        let shares = Shares::new(terms.rows(), terms.classes());
        self.install(shares, || self.halves(shares, *terms, logits, grad))
    }

    /// As [`Shares::run`], for views.
    fn halves(
        &self,
        shares: Shares,
        terms: Terms<'_>,
        logits: ArrayView2<'_, f32>,
        grad: Option<ArrayViewMut2<'_, f32>>,
    ) -> Result<f64, Error> {
        let rows = terms.rows();
        let Some(half) = shares.half(rows) else {
            return self.copied(terms, logits, grad);
        };
        let (first, second) = logits.split_at(Axis(0), half);
        let (first_grad, second_grad) = match grad {
            Some(grad) => {
                let (first, second) = grad.split_at(Axis(0), half);
                (Some(first), Some(second))
            }
            None => (None, None),
        };
        let (a, b) = rayon::join(
            || self.halves(shares, terms.part(0..half), first, first_grad),
            || self.halves(shares, terms.part(half..rows), second, second_grad),
        );
        Ok(a? + b?)
    }

    /// Copies some rows at a time, and computes them.
    fn copied(
        &self,
        terms: Terms<'_>,
        logits: ArrayView2<'_, f32>,
        mut grad: Option<ArrayViewMut2<'_, f32>>,
    ) -> Result<f64, Error> {
        let at_a_time = (COPIED / terms.classes()).max(1);
        ROWS.with_borrow_mut(|(z, of_grad)| {
            let mut sum = 0.0;
            for (i, rows) in logits.axis_chunks_iter(Axis(0), at_a_time).enumerate() {
                z.clear();
                z.extend(rows.iter());
                let start = i * at_a_time;
                let part = terms.part(start..start + rows.nrows());
                let batch = part.batch(z)?;
                // Row by row, as if they were one slice: another sum is another last bit.
                for row in 0..rows.nrows() {
                    let Some(grad) = &mut grad else {
                        sum += self.vectorized.sum_of_losses(&batch, row..row + 1);
                        continue;
                    };
                    of_grad.resize(terms.classes(), 0.0);
                    sum += self.vectorized.gradient_of(&batch, row..row + 1, of_grad);
                    let mut grad = grad.row_mut(start + row);
                    grad.iter_mut().zip(&*of_grad).for_each(|(grad, g)| *grad = *g);
                }
            }
            Ok(sum)
        })
    }
}
