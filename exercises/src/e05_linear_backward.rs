//! e05, back through a linear layer. What to do stands at the top of
//! tests/e05_linear_backward.rs.

/// How large the matrices are, all of which are row-major slices.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// N, the rows of `hidden` and of `grad`.
    pub rows: usize,
    /// C, the rows of `weights`, the columns of `grad`, and the length of the bias.
    pub classes: usize,
    /// D, the columns of `hidden` and of `weights`.
    pub inputs: usize,
}

/// A matrix of so many rows and columns, row-major, from a formula for the entry at a row
/// and a column.
fn matrix(rows: usize, columns: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..rows * columns).map(|place| entry(place / columns, place % columns)).collect()
}

/// The gradient by the bias, C numbers, from that by the logits, `grad`, N x C.
pub fn bias_grad(grad: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, .. } = shape;
    todo!("{classes} numbers from the {rows} rows of {grad:?}")
}

/// The gradient by the weights, C x D, from that by the logits, `grad`, N x C, and from the
/// hidden rows, N x D.
pub fn weights_grad(grad: &[f64], hidden: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    todo!("{classes} x {inputs} numbers from {rows} rows of {grad:?} and {hidden:?}")
}

/// The gradient by the hidden rows, N x D, from that by the logits, `grad`, N x C, and from
/// the weights, C x D.
pub fn hidden_grad(grad: &[f64], weights: &[f64], shape: Shape) -> Vec<f64> {
    let Shape { rows, classes, inputs } = shape;
    todo!("{rows} x {inputs} numbers from {classes} columns of {grad:?} and {weights:?}")
}
