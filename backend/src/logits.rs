//! Logits in whole rows.

use std::ops::Range;

use crate::{Error, SoftmaxOut};

/// Rows of logits: `rows x classes` numbers, row-major, with at least one class.
///
/// ```
/// use backend::Logits;
///
/// let logits = Logits::new(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)?;
/// assert_eq!(logits.rows(), 2);
/// assert_eq!(logits.row(1), [4.0, 5.0, 6.0]);
///
/// let refused = Logits::new(&[1.0, 2.0, 3.0], 2).unwrap_err();
/// let message = "logits has length 3, which isn't a multiple of classes = 2";
/// assert_eq!(refused.to_string(), message);
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Logits<'a> {
    values: &'a [f32],
    classes: usize,
}

impl<'a> Logits<'a> {
    /// Takes `values` as rows of `classes` numbers.
    ///
    /// # Errors
    /// [`Error::NoClasses`] if `classes` is 0, [`Error::RaggedLogits`] if the last row
    /// would be incomplete.
    pub fn new(values: &'a [f32], classes: usize) -> Result<Self, Error> {
        if classes == 0 {
            return Err(Error::NoClasses);
        }
        if !values.len().is_multiple_of(classes) {
            return Err(Error::RaggedLogits { logits: values.len(), classes });
        }
        Ok(Logits { values, classes })
    }

    /// Returns all logits, row-major.
    #[inline]
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// Returns the number of rows, N.
    #[inline]
    pub fn rows(&self) -> usize {
        self.values.len() / self.classes
    }

    /// Returns the number of classes in a row, C, which is at least 1.
    #[inline]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Returns the logits of the row `i`.
    ///
    /// # Panics
    /// If `i` isn't below [`Logits::rows`].
    #[inline]
    pub fn row(&self, i: usize) -> &'a [f32] {
        row_of(self.values, self.classes, i)
    }

    /// Returns some of the rows.
    pub(crate) fn part(&self, rows: Range<usize>) -> Self {
        let classes = self.classes;
        Logits { values: &self.values[rows.start * classes..rows.end * classes], classes }
    }

    /// Returns the rows in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + use<'a> {
        self.values.chunks_exact(self.classes)
    }

    /// Joins the logits with the buffer for [`Backend::softmax`](crate::Backend::softmax)
    /// and [`Backend::log_softmax`](crate::Backend::log_softmax), `rows x classes` long.
    ///
    /// # Errors
    /// [`Error::OutputLength`] if the buffer has a different length.
    pub fn softmax_out<'b>(&self, out: &'b mut [f32]) -> Result<SoftmaxOut<'b>, Error>
    where
        'a: 'b,
    {
        SoftmaxOut::new(*self, out)
    }
}

/// Returns the row `i` of `values`, which holds rows of `classes` numbers.
///
/// # Panics
/// If there's no such row. `values[i * classes..]` would return a different row if the
/// product wrapped around.
#[inline]
pub(crate) fn row_of(values: &[f32], classes: usize, i: usize) -> &[f32] {
    values.chunks(classes).nth(i).expect("the row is below the number of rows")
}
