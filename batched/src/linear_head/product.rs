//! Products of matrices, which `faer` computes.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, MatRef, Par};
use ndarray::ArrayView2;

/// Returns a row-major array as a matrix of `faer`.
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

/// Computes `out = a b`, or `out += a b`, for an output of any layout.
///
/// The threads share out the entries of the product, so their number changes no bit, and each
/// entry is summed before it's added to `out`. If the product is a vector, `faer` does
/// neither: it shares out the terms of an entry, and adds each term to `out`. After many
/// blocks, that rounds each term against a large sum. So a single thread computes a vector,
/// in a buffer of its own.
fn multiply_into(
    mut out: MatMut<'_, f32>,
    accum: Accum,
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
) {
    if a.nrows() > 1 && b.ncols() > 1 {
        return matmul(out, accum, a, b, 1.0, Par::rayon(0));
    }
    let mut product = Mat::zeros(a.nrows(), b.ncols());
    matmul(&mut product, Accum::Replace, a, b, 1.0, Par::Seq);
    match accum {
        Accum::Replace => out.copy_from(product),
        Accum::Add => out += product,
    }
}

/// Computes `out = a b^T` for a large b, a thousand rows of b at a time: `faer` copies the
/// inputs of a product into an order that suits it, and a copy of all weights takes 64 MiB.
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
