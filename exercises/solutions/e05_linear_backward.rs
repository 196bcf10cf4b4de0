//! e05, back through a linear layer. Your task is at the top of tests/e05_linear_backward.rs.

/// The sizes of the matrices, which are row-major slices.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// N, the rows of `hidden` and of `grad`.
    pub rows: usize,
    /// C, the rows of `weights`, the columns of `grad`, and the length of the bias.
    pub classes: usize,
    /// D, the columns of `hidden` and of `weights`.
    pub inputs: usize,
}

/// Returns a matrix with so many rows and columns, row-major. `entry` is the formula for the
/// entry at a row and a column.
fn matrix(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..rows * columns).map(|place| entry(place / columns, place % columns)).collect()
}

/// Returns the gradient with respect to the bias, C numbers. `grad`, N x C, is the gradient with
/// respect to the logits.
pub fn bias_grad(grad: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, .. } = shape;
    // gap: todo!("{classes} numbers from the {rows} rows of {grad:?}")
    // Every row adds the bias, so the bias gets the sum over the rows.
    (0..classes).map(|k| (0..rows).map(|i| grad[i * classes + k]).sum()).collect()
    // end of gap
}

/// Returns the gradient with respect to the weights, C x D. `grad`, N x C, is the gradient with
/// respect to the logits, and `hidden` has the hidden rows, N x D.
pub fn weights_grad(grad: &[f64], hidden: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    // gap: todo!("{classes} x {inputs} numbers from {rows} rows of {grad:?} and {hidden:?}")
    // In every row i, W_kj carries H_ij to Z_ik.
    matrix(classes, inputs, |k, j| {
        (0..rows).map(|i| grad[i * classes + k] * hidden[i * inputs + j]).sum()
    })
    // end of gap
}

/// Returns the gradient with respect to the hidden rows, N x D. `grad`, N x C, is the gradient
/// with respect to the logits, and `weights` has the weights, C x D.
pub fn hidden_grad(grad: &[f64], weights: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    // gap: todo!("{rows} x {inputs} numbers from {classes} columns of {grad:?} and {weights:?}")
    // H_ij goes into the logits of all classes k of its own row, and of no other row.
    matrix(rows, inputs, |i, j| {
        (0..classes).map(|k| grad[i * classes + k] * weights[k * inputs + j]).sum()
    })
    // end of gap
}
