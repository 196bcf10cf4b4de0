//! e21, the whole batch by its axes. Your task is at the top of tests/e21_broadcast_batch.rs.

use ndarray::{Array1, ArrayView1, ArrayView2, ArrayViewMut2, Axis, Zip};

/// Returns the max of each row of N x C logits: N numbers, with NaN for a row that holds NaN.
pub fn max_of_rows(z: ArrayView2<'_, f32>) -> Array1<f32> {
    todo!("the max of each row of {:?} logits", z.dim())
}

/// Returns the rest of each row of N x C logits, given its max: N numbers from 0 to C - 1.
pub fn rest_of_rows(z: ArrayView2<'_, f32>, max: &Array1<f32>) -> Array1<f64> {
    todo!("the rest of each row of {:?} logits, with the max {max}", z.dim())
}

/// Returns the mean nll of N labels, in nats, for N x C logits.
pub fn loss(z: ArrayView2<'_, f32>, labels: &[usize]) -> f32 {
    let max = max_of_rows(z);
    let log_norm = rest_of_rows(z, &max).mapv_into(f64::ln_1p);
    let mut sum = 0.0;
    for (row, &y) in labels.iter().enumerate() {
        sum += log_norm[row] + (f64::from(max[row]) - f64::from(z[[row, y]]));
    }
    (sum / labels.len() as f64) as f32
}

/// Fills `grad`, N x C, with the gradient of [`loss`], `(p - y) / N`.
pub fn fill_gradient(
    z: ArrayView2<'_, f32>,
    labels: &[usize],
    grad: ArrayViewMut2<'_, f32>,
) {
    let shapes = (z.dim(), grad.dim());
    todo!("{shapes:?}: the gradient of logits with the labels {labels:?}")
}

/// Returns the larger of two logits, or NaN if one of them is NaN. `f32::max` would drop it.
fn larger(a: f32, b: f32) -> f32 {
    if b > a || b.is_nan() { b } else { a }
}

/// Returns the sum of `exp(z_k - max)` over all classes except one at the max, or NaN if the
/// max isn't finite.
fn rest(z: ArrayView1<'_, f32>, max: f32) -> f64 {
    if !max.is_finite() {
        return f64::NAN;
    }
    let at_max = z.iter().filter(|&&z_k| z_k == max).count() as f64;
    let below_max = z.iter().filter(|&&z_k| z_k != max);
    below_max.map(|&z_k| exp_below_max(z_k, max)).sum::<f64>() + (at_max - 1.0)
}

/// Returns one entry of `p - y`. For a label at the max, `p - 1` would cancel, so the entry is
/// made from the rest.
fn p_minus_y(z_k: f32, max: f32, rest: f64, is_label: bool) -> f64 {
    let p = exp_below_max(z_k, max) / (1.0 + rest);
    match (is_label, z_k == max) {
        (false, _) => p,
        (true, false) => p - 1.0,
        (true, true) => -rest / (1.0 + rest),
    }
}

/// Returns `exp(z_k - max)`, from 0 to 1.
fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}
