//! Products of matrices, which `faer` computes.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::ArrayView2;

/// A row-major array as faer sees it.
pub(super) fn matrix<'a>(array: &'a ArrayView2<'_, f32>) -> MatRef<'a, f32> {
    let values = array.as_slice().expect("the array is row-major");
    MatRef::from_row_major_slice(values, array.nrows(), array.ncols())
}

/// `out = a b`, or `out += a b`; `out` is row-major.
pub(super) fn multiply(
    out: &mut [f32],
    accum: Accum,
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
) {
    let out = MatMut::from_row_major_slice_mut(out, a.nrows(), b.ncols());
    matmul(out, accum, a, b, 1.0, Par::rayon(0));
}

/// `out = a b^T` for a large b, so many rows of it at a time: the product makes a copy of
/// what it is given that suits it, and for all of the weights that would be 64 MiB.
pub(super) fn multiply_in_blocks(
    out: &mut [f32],
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
) {
    const ROWS_OF_B: usize = 1024;
    let (rows, columns) = (a.nrows(), b.nrows());
    for first in (0..columns).step_by(ROWS_OF_B) {
        let count = ROWS_OF_B.min(columns - first);
        let out = MatMut::from_row_major_slice_mut(out, rows, columns);
        let (out, b) = (out.subcols_mut(first, count), b.subrows(first, count));
        matmul(out, Accum::Replace, a, b.transpose(), 1.0, Par::rayon(0));
    }
}
