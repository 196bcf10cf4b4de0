//! The rows that aren't ignored, with their hidden rows and their gradient.

use std::ops::Range;

use backend::Terms;
use ndarray::{Array2, ArrayView1, Axis, CowArray, Ix2};

use super::LinearHead;

/// The rows of a block that aren't ignored.
pub(super) struct Kept<'a> {
    first: usize,
    /// The places of the rows in the batch, without a gap if no row of the block is ignored.
    pub(super) rows: Vec<usize>,
    all: bool,
    /// The hidden rows, one after the other.
    pub(super) hidden: CowArray<'a, f32, Ix2>,
}

impl<'a> Kept<'a> {
    pub(super) fn new(
        terms: &Terms<'_>,
        head: &'a LinearHead<'_>,
        rows: Range<usize>,
    ) -> Self {
        let first = rows.start;
        let hidden = head.hidden.slice_axis(Axis(0), rows.clone().into());
        let kept: Vec<usize> =
            rows.clone().filter(|&i| terms.target(i).is_some()).collect();
        let all = kept.len() == rows.len();
        let hidden = if all {
            CowArray::from(hidden)
        } else {
            let within: Vec<usize> = kept.iter().map(|row| row - first).collect();
            CowArray::from(hidden.select(Axis(0), &within))
        };
        Kept { first, rows: kept, all, hidden }
    }

    /// Returns the buffer for the rows' gradient: its place in `grad`, or `scratch` if it has gaps.
    pub(super) fn place<'g>(
        &self,
        grad: &'g mut Array2<f32>,
        scratch: &'g mut Vec<f32>,
    ) -> &'g mut [f32] {
        let depth = grad.ncols();
        if self.all {
            let rows = self.first * depth..(self.first + self.rows.len()) * depth;
            return &mut grad.as_slice_mut().expect("it was checked")[rows];
        }
        scratch.clear();
        scratch.resize(self.rows.len() * depth, 0.0);
        scratch
    }

    /// Moves the rows' gradient to its place in `grad`, unless it's there already.
    pub(super) fn put(&self, grad: &mut Array2<f32>, scratch: &[f32]) {
        if !self.all {
            let depth = grad.ncols().max(1);
            for (&row, g) in self.rows.iter().zip(scratch.chunks_exact(depth)) {
                grad.row_mut(row).assign(&ArrayView1::from(g));
            }
        }
    }
}

/// Adds the gradients of rows of logits to the gradient of the bias, for the same classes.
///
/// The sum over the rows is made in `f64`: after a million rows, an `f32` sum can be off by 1 %.
pub(super) fn add_to_bias(bias: &mut [f64], of_logits: &[f32]) {
    for of_row in of_logits.chunks_exact(bias.len()) {
        for (sum, &of_logit) in bias.iter_mut().zip(of_row) {
            *sum += f64::from(of_logit);
        }
    }
}
