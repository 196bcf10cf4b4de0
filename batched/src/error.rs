//! The errors of arrays. The contract has errors of its own, which come first.

use std::fmt;

use backend::Error;

/// The reason why arrays were refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is named after the argument it reports")]
pub enum ArrayError {
    /// The contract refuses the batch or the loss.
    Loss(Error),
    /// An array's length differs from the length that the other arrays ask for.
    Length { array: &'static str, length: usize, expected: usize },
    /// An array's shape, rows and columns, differs from the shape that the others ask for.
    Shape { array: &'static str, shape: (usize, usize), expected: (usize, usize) },
    /// An output array isn't row-major.
    Layout { array: &'static str },
    /// Gradients have a bias and their layer has none, or the other way round.
    BiasGradient { of_layer: bool },
}

impl fmt::Display for ArrayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArrayError::Loss(error) => error.fmt(f),
            ArrayError::Length { array, length, expected } => {
                write!(f, "{array} has length {length}, but must have length {expected}")
            }
            ArrayError::Shape { array, shape: (rows, columns), expected } => write!(
                f,
                "{array} has shape {rows} x {columns}, but must have {} x {}",
                expected.0, expected.1
            ),
            ArrayError::Layout { array } => write!(
                f,
                "{array} isn't row-major, but must be: its rows have to lie one after the \
                 other"
            ),
            ArrayError::BiasGradient { of_layer: true } => {
                write!(f, "grads.bias is None, but the layer has a bias")
            }
            ArrayError::BiasGradient { of_layer: false } => {
                write!(f, "grads.bias is Some, but the layer has no bias")
            }
        }
    }
}

impl std::error::Error for ArrayError {}

impl From<Error> for ArrayError {
    fn from(error: Error) -> Self {
        ArrayError::Loss(error)
    }
}
