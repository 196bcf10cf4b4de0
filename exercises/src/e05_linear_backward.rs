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
    todo!("{classes} numbers from the {rows} rows of {grad:?}")
}

/// Returns the gradient with respect to the weights, C x D. `grad`, N x C, is the gradient with
/// respect to the logits, and `hidden` has the hidden rows, N x D.
pub fn weights_grad(grad: &[f64], hidden: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    todo!("{classes} x {inputs} numbers from {rows} rows of {grad:?} and {hidden:?}")
}

/// Returns the gradient with respect to the hidden rows, N x D. `grad`, N x C, is the gradient
/// with respect to the logits, and `weights` has the weights, C x D.
pub fn hidden_grad(grad: &[f64], weights: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    todo!("{rows} x {inputs} numbers from {classes} columns of {grad:?} and {weights:?}")
}
