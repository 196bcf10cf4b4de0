//! Products of matrices, which `faer` computes.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::ArrayView2;

/// A row-major array as faer sees it.
pub(super) fn matrix<'a>(array: &'a ArrayView2<'_, f32>) -> MatRef<'a, f32> {
    let values = array.as_slice().expect("the array is row-major");
    MatRef::from_row_major_slice(values, array.nrows(), array.ncols())
}

/// Computes `out = a b`, or `out += a b`; `out` is row-major.
pub(super) fn multiply(
    out: &mut [f32],
    accum: Accum,
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
) {
    let out = MatMut::from_row_major_slice_mut(out, a.nrows(), b.ncols());
    multiply_into(out, accum, a, b);
}

/// Does the same for a matrix of any layout.
///
/// The threads share out the entries of the product, so their number changes no bit. Where
/// the product is a vector, faer shares out the terms of each entry instead, and adds as many
/// partial sums as there are threads; so one thread computes it.
fn multiply_into(
    out: MatMut<'_, f32>,
    accum: Accum,
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
) {
    let is_vector = a.nrows() == 1 || b.ncols() == 1;
    let threads = if is_vector { Par::Seq } else { Par::rayon(0) };
    matmul(out, accum, a, b, 1.0, threads);
}

/// Computes `out = a b^T` for a large b, a thousand rows of b at a time: the product copies
/// its inputs into an order that suits it, and for all of the weights the copy is 64 MiB.
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
        multiply_into(
            out.subcols_mut(first, count),
            Accum::Replace,
            a,
            b.subrows(first, count).transpose(),
        );
    }
}
