//! Labels that come as signed integers.

use crate::Error;

/// A label that no class has, for rows that [`CrossEntropy::ignore_index`] leaves out.
///
/// [`CrossEntropy::ignore_index`]: crate::CrossEntropy::ignore_index
pub const IGNORED: usize = usize::MAX;

/// Converts signed labels, as PyTorch and ONNX have them, to the `usize` of this crate.
///
/// A label that equals `ignore_index` (PyTorch's is -100 unless you choose another)
/// becomes [`IGNORED`].
///
/// ```
/// use backend::{CrossEntropy, IGNORED, labels_from_signed};
///
/// let labels = labels_from_signed(&[0, -100, 2], -100)?;
/// assert_eq!(labels, [0, IGNORED, 2]);
///
/// let loss = CrossEntropy::default().ignore_index(IGNORED);
/// let batch = loss.batch(&[0.0; 9], &labels, 3)?;
/// assert_eq!(batch.divisor(), 2.0); // The mean counts two rows of the three.
/// # Ok::<(), backend::Error>(())
/// ```
///
/// # Errors
/// [`Error::SignedLabel`] if any other label is negative. You'll know whether the labels
/// are classes when you make a batch.
pub fn labels_from_signed(
    labels: &[i64],
    ignore_index: i64,
) -> Result<Vec<usize>, Error> {
    let convert = |(row, &label): (usize, &i64)| {
        if label == ignore_index {
            return Ok(IGNORED);
        }
        let refused = |_| Error::SignedLabel { row, label, ignore_index };
        usize::try_from(label).map_err(refused)
    };
    labels.iter().enumerate().map(convert).collect()
}
