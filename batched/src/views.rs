//! Logits and gradients as `ndarray` views of any layout: row-major or column-major, sliced,
//! transposed, broadcast, reversed.
//!
//! A view whose rows lie one after the other is a slice, and is computed as one. Of any
//! other, each thread copies some rows at a time to where they do lie so, computes them
//! there, and copies the gradient to where it belongs. The memory for it is kept by the
//! thread.
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
use vectorized::Vectorized;

use crate::Batched;
use crate::shares::Shares;

/// How many logits are copied at a time: 64 KiB, or as many rows as a cache line has numbers.
const COPIED: usize = 16_384;

/// How many numbers a cache line holds. In a column-major view a line is of so many rows:
/// fewer at a time would fetch it again.
const LINE: usize = 16;

thread_local! {
    /// Rows of logits, and rows of the gradient.
    static ROWS: RefCell<(Vec<f32>, Vec<f32>)> = RefCell::default();
}

/// Runs something on a copy of a row and on the row itself, whose place a result may take.
pub(crate) fn with_copy<R>(
    row: &mut [f32],
    run: impl FnOnce(&[f32], &mut [f32]) -> R,
) -> R {
    let (mut z, of_grad) = ROWS.take();
    z.clear();
    z.extend_from_slice(row);
    let result = run(&z, row);
    ROWS.set((z, of_grad));
    result
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
            None => self.share_views(&terms, Views::Logits(logits))?,
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
            _ => self.share_views(&terms, Views::LogitsAndGrad(logits, grad))?,
        };
        Ok((sum / terms.divisor()) as f32)
    }

    /// The reduced loss of logits, `rows x classes`, in nats; puts its gradient where the
    /// logits were, so that it takes half the memory.
    ///
    /// # Errors
    /// As [`CrossEntropy::batch`]; the logits are then as they were.
    pub fn loss_and_grad_in_place<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayViewMut2<'_, f32>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<f32, Error> {
        let terms = loss.terms(targets, logits.nrows(), logits.ncols())?;
        let sum = self.share_views(&terms, Views::InPlace(logits))?;
        Ok((sum / terms.divisor()) as f32)
    }

    fn share_views(&self, terms: &Terms<'_>, views: Views<'_>) -> Result<f64, Error> {
        let shares = Shares::new(terms.rows(), terms.classes());
        self.install(shares, || self.halves(shares, *terms, views))
    }

    /// As [`Shares::run`], for views.
    fn halves(
        &self,
        shares: Shares,
        terms: Terms<'_>,
        views: Views<'_>,
    ) -> Result<f64, Error> {
        let rows = terms.rows();
        let Some(half) = shares.half(rows) else {
            return self.copied(shares, terms, views);
        };
        let (first, second) = views.split_at(half);
        let (a, b) = rayon::join(
            || self.halves(shares, terms.part(0..half), first),
            || self.halves(shares, terms.part(half..rows), second),
        );
        Ok(a? + b?)
    }

    /// Copies some rows at a time, and computes them.
    fn copied(
        &self,
        shares: Shares,
        terms: Terms<'_>,
        mut views: Views<'_>,
    ) -> Result<f64, Error> {
        let (rows, classes) = (terms.rows(), terms.classes());
        // As many as are computed at a time: another sum is another last bit.
        let together = Vectorized::rows_at_a_time(classes);
        let at_a_time = (COPIED / classes).max(LINE).next_multiple_of(together);
        // Taken, not borrowed: a thread that waits for others may take up other rows.
        let (mut z, mut of_grad) = ROWS.take();
        let mut sum = 0.0;
        for first in (0..rows).step_by(at_a_time) {
            let copied = first..rows.min(first + at_a_time);
            z.resize(copied.len() * classes, 0.0);
            copy(
                views.logits().slice_axis(Axis(0), copied.clone().into()),
                side_by_side(&mut z, classes),
            );
            let batch = terms.part(copied.clone()).batch(&z)?;
            let each = (0..copied.len()).step_by(together);
            let each = each.map(|start| start..copied.len().min(start + together));
            let Some(mut grad) = views.grad() else {
                each.for_each(|rows| sum += self.sum_of_share(shares, &batch, rows));
                continue;
            };
            let mut grad = grad.slice_axis_mut(Axis(0), copied.clone().into());
            let fill = |grad: &mut [f32]| {
                for rows in each {
                    let grad = &mut grad[rows.start * classes..rows.end * classes];
                    sum += self.gradient_of_share(shares, &batch, rows, grad);
                }
            };
            if let Some(grad) = grad.as_slice_mut() {
                fill(grad);
            } else {
                of_grad.resize(z.len(), 0.0);
                fill(&mut of_grad);
                copy(side_by_side(&mut of_grad, classes).view(), grad);
            }
        }
        ROWS.set((z, of_grad));
        Ok(sum)
    }
}

/// Rows of so many classes, one after the other.
fn side_by_side(numbers: &mut [f32], classes: usize) -> ArrayViewMut2<'_, f32> {
    let rows = numbers.len() / classes;
    ArrayViewMut2::from_shape((rows, classes), numbers).expect("as many as there are")
}

/// Copies rows between two layouts, by tiles that both have in few cache lines.
fn copy(from: ArrayView2<'_, f32>, mut to: ArrayViewMut2<'_, f32>) {
    let by_rows = from.strides()[1] == 1 && to.strides()[1] == 1;
    let width = if by_rows { from.ncols() } else { LINE };
    let tiles = from.axis_chunks_iter(Axis(1), width);
    for (from, mut to) in tiles.zip(to.axis_chunks_iter_mut(Axis(1), width)) {
        to.assign(&from);
    }
}

/// What is given as views: logits, and where their gradient goes.
enum Views<'a> {
    Logits(ArrayView2<'a, f32>),
    LogitsAndGrad(ArrayView2<'a, f32>, ArrayViewMut2<'a, f32>),
    /// The gradient takes the place of the logits.
    InPlace(ArrayViewMut2<'a, f32>),
}

impl Views<'_> {
    fn logits(&self) -> ArrayView2<'_, f32> {
        match self {
            Views::Logits(logits) | Views::LogitsAndGrad(logits, _) => logits.view(),
            Views::InPlace(logits) => logits.view(),
        }
    }

    fn grad(&mut self) -> Option<ArrayViewMut2<'_, f32>> {
        match self {
            Views::Logits(_) => None,
            Views::LogitsAndGrad(_, grad) | Views::InPlace(grad) => Some(grad.view_mut()),
        }
    }

    /// The first rows, so many of them, and the others.
    fn split_at(self, rows: usize) -> (Self, Self) {
        match self {
            Views::Logits(logits) => {
                let (first, others) = logits.split_at(Axis(0), rows);
                (Views::Logits(first), Views::Logits(others))
            }
            Views::LogitsAndGrad(logits, grad) => {
                let (first, others) = logits.split_at(Axis(0), rows);
                let (first_grad, other_grad) = grad.split_at(Axis(0), rows);
                let first = Views::LogitsAndGrad(first, first_grad);
                (first, Views::LogitsAndGrad(others, other_grad))
            }
            Views::InPlace(logits) => {
                let (first, others) = logits.split_at(Axis(0), rows);
                (Views::InPlace(first), Views::InPlace(others))
            }
        }
    }
}
