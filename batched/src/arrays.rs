//! The loss as expressions over whole arrays, for labels and the mean.
//!
//! This is the loss as you'd write it in NumPy or PyTorch: no loop in sight, an operation on
//! all rows at a time, and one line for each line of the formula. `insert_axis` makes a
//! column of the numbers that belong to rows, so that each is broadcast over its row.
//!
//! This loss is exact: it leaves the max out of the sum, and takes the logarithm by `ln_1p`.
//! But it isn't fast. Each expression makes an array, which is written to memory and read
//! again, and fresh memory comes from the system page by page. The loss makes three arrays of
//! the logits' shape, in `f64`: a 1 for each class at the max, its complement, and the
//! exponentials. That's six times the memory of the logits. The gradient takes nine times in all, as
//! `tests/allocations.rs` counts. And its `exp` works on one number at a time.
//!
//! ```
//! use batched::arrays::{gradient, loss};
//! use ndarray::array;
//!
//! let z = array![[2.0, 1.0, 0.1], [0.0, 5.0, 0.2]];
//! assert_eq!(loss(z.view(), &[0, 1])?, 0.215_943_4);
//!
//! let grad = gradient(z.view(), &[0, 1])?;
//! assert_eq!(grad[[0, 1]], 0.121_216_48);
//! assert!(grad.sum().abs() < 1e-7);
//! # Ok::<(), backend::Error>(())
//! ```

use backend::{CrossEntropy, Error};
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};

/// Returns the mean over the rows of `-ln p_y`, in nats.
///
/// # Errors
/// The errors of [`CrossEntropy::batch`].
// ANCHOR: loss
pub fn loss(z: ArrayView2<'_, f32>, labels: &[usize]) -> Result<f32, Error> {
    check(z, labels)?;
    let max = max(z);
    let log_norm = rest(z, &max).mapv_into(f64::ln_1p);
    let nll = labels.iter().enumerate().map(|(row, &label)| {
        log_norm[row] + (f64::from(max[row]) - f64::from(z[[row, label]]))
    });
    Ok((nll.sum::<f64>() / labels.len() as f64) as f32)
}
// ANCHOR_END: loss

/// Returns the gradient of [`loss`] with respect to each logit, `(p - y) / N`.
///
/// # Errors
/// The errors of [`CrossEntropy::batch`].
pub fn gradient(z: ArrayView2<'_, f32>, labels: &[usize]) -> Result<Array2<f32>, Error> {
    check(z, labels)?;
    let max = max(z);
    let rest = rest(z, &max);
    let rows = labels.len() as f64;
    let p = exp(z, &max) / &(1.0 + &rest).insert_axis(Axis(1));
    let mut grad = p / rows;
    for (row, &label) in labels.iter().enumerate() {
        // For the likeliest class p - 1 would cancel, so we take the rest's share.
        let at_max = z[[row, label]] == max[row];
        let p = grad[[row, label]] * rows;
        let others = if at_max { rest[row] / (1.0 + rest[row]) } else { 1.0 - p };
        grad[[row, label]] = -others / rows;
    }
    Ok(grad.mapv(|g| g as f32))
}

/// Refuses labels that don't fit the logits.
fn check(z: ArrayView2<'_, f32>, labels: &[usize]) -> Result<(), Error> {
    CrossEntropy::default().terms(labels, z.nrows(), z.ncols())?;
    Ok(())
}

/// Returns the max of each row, or NaN if a logit of the row is NaN.
fn max(z: ArrayView2<'_, f32>) -> Array1<f32> {
    z.fold_axis(
        Axis(1),
        f32::NEG_INFINITY,
        |&max, &z| {
            if z > max || z.is_nan() { z } else { max }
        },
    )
}

/// Returns the exponentials relative to the max of each row.
fn exp(z: ArrayView2<'_, f32>, max: &Array1<f32>) -> Array2<f64> {
    let max = max.view().insert_axis(Axis(1));
    Zip::from(z)
        .and_broadcast(max)
        .map_collect(|&z, &max| (f64::from(z) - f64::from(max)).exp())
}

/// Returns the sum of each row's exponentials, with one class at the max left out.
// ANCHOR: rest
fn rest(z: ArrayView2<'_, f32>, max: &Array1<f32>) -> Array1<f64> {
    let max_of_row = max.view().insert_axis(Axis(1));
    let at_max = Zip::from(z)
        .and_broadcast(max_of_row)
        .map_collect(|z, max| f64::from(u8::from(z == max)));
    let below_max = exp(z, max) * (1.0 - &at_max);
    below_max.sum_axis(Axis(1)) + (at_max.sum_axis(Axis(1)) - 1.0)
}
// ANCHOR_END: rest
