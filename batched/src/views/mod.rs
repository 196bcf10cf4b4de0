//! Logits and results as `ndarray` views of any layout: row-major or column-major, sliced,
//! transposed, broadcast, reversed.
//!
//! A view whose rows lie one after the other is a slice, and is computed as a slice. From any
//! other view, each thread copies some rows at a time into a buffer, where they lie one after
//! the other, computes them there, and copies the results to their places. The thread keeps
//! the buffer.
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
//! # Ok::<(), batched::ArrayError>(())
//! ```

mod copied;

use std::ops::Range;

use backend::{Backend, Batch, CrossEntropy, Error, Logits, SoftmaxOut, Targets, Terms};
use ndarray::{ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis};

#[cfg(feature = "head")]
pub(crate) use self::copied::with_copy;
use self::copied::{RowsOfViews, Views, Work};
use crate::shares::Shares;
use crate::{ArrayError, Batched};

impl Batched {
    /// Returns the reduced loss of logits, `rows x classes`, in nats.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`].
    pub fn loss<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayView2<'_, f32>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<f32, ArrayError> {
        let terms = terms(loss, &logits, targets)?;
        let sum = match logits.as_slice() {
            Some(logits) => self.sum_of_losses(&terms.batch(logits)?),
            None => {
                let nothing = ArrayViewMut2::from_shape((logits.nrows(), 0), &mut []);
                let nothing = nothing.expect("rows of no numbers");
                let of_share = self.of_share(terms.rows(), terms.classes());
                self.share_views(Views::Beside(logits, nothing), &|rows, z, _| {
                    of_share.sum_of_losses(&batch(&terms, rows, z))
                })
            }
        };
        Ok(terms.reduced(sum))
    }

    /// Returns the reduced loss of logits, `rows x classes`, in nats, and fills `grad`, which
    /// has the same shape, with its gradient.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`], and [`ArrayError::Shape`] if the shapes differ.
    pub fn loss_and_grad<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayView2<'_, f32>,
        targets: impl Into<Targets<'a>>,
        mut grad: ArrayViewMut2<'_, f32>,
    ) -> Result<f32, ArrayError> {
        let terms = terms(loss, &logits, targets)?;
        check_shape("grad", &grad, &logits)?;
        let sum = match (logits.as_slice(), grad.as_slice_mut()) {
            (Some(logits), Some(grad)) => {
                self.backward_with_sum(terms.batch(logits)?.grad_out(grad)?)
            }
            _ => self.fill_views(&terms, Views::Beside(logits, grad)),
        };
        Ok(terms.reduced(sum))
    }

    /// Returns the reduced loss of logits, `rows x classes`, in nats, and replaces the logits
    /// with its gradient, which takes half the memory.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`], which leave the logits unchanged.
    pub fn loss_and_grad_in_place<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayViewMut2<'_, f32>,
        targets: impl Into<Targets<'a>>,
    ) -> Result<f32, ArrayError> {
        let terms = terms(loss, &logits.view(), targets)?;
        let sum = self.fill_views(&terms, Views::InPlace(logits));
        Ok(terms.reduced(sum))
    }

    /// Fills `losses`, one number for each row, with the losses of logits,
    /// `rows x classes`, before any reduction: [`Backend::losses`] for views.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`], and [`ArrayError::Length`] if `losses` has a
    /// different length.
    pub fn losses_of<'a>(
        &self,
        loss: &'a CrossEntropy,
        logits: ArrayView2<'_, f32>,
        targets: impl Into<Targets<'a>>,
        mut losses: ArrayViewMut1<'_, f32>,
    ) -> Result<(), ArrayError> {
        let terms = terms(loss, &logits, targets)?;
        let (length, expected) = (losses.len(), logits.nrows());
        if length != expected {
            return Err(ArrayError::Length { array: "losses", length, expected });
        }
        if let (Some(logits), Some(losses)) = (logits.as_slice(), losses.as_slice_mut()) {
            self.losses(terms.batch(logits)?.losses_out(losses)?);
            return Ok(());
        }
        let views = Views::Beside(logits, losses.insert_axis(Axis(1)));
        let of_share = self.of_share(terms.rows(), terms.classes());
        self.share_views(views, &|rows, z, losses| {
            let batch = batch(&terms, rows, z);
            of_share.losses(batch.losses_out(losses).expect("one loss for each row"));
            0.0
        });
        Ok(())
    }

    /// Fills `p` with the probabilities of logits, both `rows x classes`:
    /// [`Backend::softmax`] for views.
    ///
    /// ```
    /// use batched::Batched;
    /// use ndarray::{Array2, array};
    ///
    /// // Two rows of two classes, column-major.
    /// let scores = array![[1.0, 3.0], [1.0, f32::NEG_INFINITY]];
    /// let mut p = Array2::zeros((2, 2));
    /// Batched::default().softmax_of(scores.t(), p.view_mut())?;
    /// assert_eq!(p, array![[0.5, 0.5], [1.0, 0.0]]);
    /// # Ok::<(), batched::ArrayError>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::NoClasses`] if the rows are empty, [`ArrayError::Shape`] if `p` has a different
    /// shape.
    pub fn softmax_of(
        &self,
        logits: ArrayView2<'_, f32>,
        p: ArrayViewMut2<'_, f32>,
    ) -> Result<(), ArrayError> {
        check_shape("p", &p, &logits)?;
        self.fill_rows(logits, p, |backend, out| backend.softmax(out))
    }

    /// Fills `log_p` with the log-probabilities of logits, both `rows x classes`:
    /// [`Backend::log_softmax`] for views.
    ///
    /// # Errors
    /// [`Error::NoClasses`] if the rows are empty, [`ArrayError::Shape`] if `log_p` has a
    /// different shape.
    pub fn log_softmax_of(
        &self,
        logits: ArrayView2<'_, f32>,
        log_p: ArrayViewMut2<'_, f32>,
    ) -> Result<(), ArrayError> {
        check_shape("log_p", &log_p, &logits)?;
        self.fill_rows(logits, log_p, |backend, out| backend.log_softmax(out))
    }

    fn fill_rows(
        &self,
        logits: ArrayView2<'_, f32>,
        mut out: ArrayViewMut2<'_, f32>,
        fill: fn(&dyn Backend, SoftmaxOut<'_>),
    ) -> Result<(), ArrayError> {
        let (rows, classes) = logits.dim();
        if classes == 0 {
            return Err(Error::NoClasses.into());
        }
        if let (Some(logits), Some(out)) = (logits.as_slice(), out.as_slice_mut()) {
            fill(self, Logits::new(logits, classes)?.softmax_out(out)?);
            return Ok(());
        }
        let of_share = self.of_share(rows, classes);
        self.share_views(Views::Beside(logits, out), &|_, z, out| {
            let logits = Logits::new(z, classes).expect("whole rows of the logits");
            fill(&of_share, logits.softmax_out(out).expect("as many rows of the output"));
            0.0
        });
        Ok(())
    }

    /// Fills the gradient, and returns the sum of all losses, which isn't divided.
    fn fill_views(&self, terms: &Terms<'_>, views: Views<'_>) -> f64 {
        let of_share = self.of_share(terms.rows(), terms.classes());
        self.share_views(views, &|rows, z, grad| {
            let batch = batch(terms, rows, z);
            of_share.backward_with_sum(
                batch.grad_out(grad).expect("the gradient of these rows"),
            )
        })
    }

    /// Shares rows out, and returns the sum of the results of `work`.
    fn share_views(&self, views: Views<'_>, work: Work<'_>) -> f64 {
        let (rows, classes) = views.logits().dim();
        let all = RowsOfViews { first: 0, views };
        self.pool.share_out(Shares::new(rows, classes), all, |rows| rows.copied(work))
    }
}

fn terms<'a>(
    loss: &'a CrossEntropy,
    logits: &ArrayView2<'_, f32>,
    targets: impl Into<Targets<'a>>,
) -> Result<Terms<'a>, ArrayError> {
    Ok(loss.terms(targets, logits.nrows(), logits.ncols())?)
}

/// Joins some rows of the terms with their logits.
fn batch<'a>(terms: &Terms<'a>, rows: Range<usize>, z: &'a [f32]) -> Batch<'a> {
    terms.part(rows).batch(z).expect("the logits of these rows")
}

fn check_shape(
    array: &'static str,
    out: &ArrayViewMut2<'_, f32>,
    logits: &ArrayView2<'_, f32>,
) -> Result<(), ArrayError> {
    let (shape, expected) = (out.dim(), logits.dim());
    if shape == expected {
        Ok(())
    } else {
        Err(ArrayError::Shape { array, shape, expected })
    }
}
