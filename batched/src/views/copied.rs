//! Rows of a view that don't lie one after the other: a thread copies some of them at a time,
//! computes them, and copies their results back.

use std::cell::RefCell;
use std::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, Axis};
use vectorized::Vectorized;

use crate::shares::Rows;

/// The number of logits that we copy at a time, 64 KiB, or more to copy at least [`LINE`] rows.
const COPIED: usize = 16_384;

/// The number of logits in a cache line. In a column-major view a line belongs to that many
/// rows: copying fewer rows at a time would fetch the line again.
const LINE: usize = 16;

thread_local! {
    /// The buffers of a thread: rows of logits, and their results.
    static ROWS: RefCell<(Vec<f32>, Vec<f32>)> = RefCell::default();
}

/// Calls `run` with a copy of a row and with the row itself, whose place a result may take.
#[cfg(feature = "head")]
pub(crate) fn with_copy<R>(
    row: &mut [f32],
    run: impl FnOnce(&[f32], &mut [f32]) -> R,
) -> R {
    let (mut z, of_grad) = ROWS.take();
    z.clear();
    z.extend_from_slice(row);
    let result = run(&z, row);
    ROWS.set((z, of_grad));
    result
}

/// The work on some rows of the batch. It takes the range of the rows, their logits and the
/// place of their results, row after row, and returns a number, which is summed over the batch.
pub(super) type Work<'a> = &'a (dyn Fn(Range<usize>, &[f32], &mut [f32]) -> f64 + Sync);

/// Rows of views, which begin at the row `first` of the batch.
pub(super) struct RowsOfViews<'a> {
    pub(super) first: usize,
    pub(super) views: Views<'a>,
}

impl Rows for RowsOfViews<'_> {
    fn rows(&self) -> usize {
        self.views.logits().nrows()
    }

    fn split_at(self, rows: usize) -> (Self, Self) {
        let RowsOfViews { first, views } = self;
        let (views, others) = views.split_at(rows);
        let others = RowsOfViews { first: first + rows, views: others };
        (RowsOfViews { first, views }, others)
    }
}

impl RowsOfViews<'_> {
    /// Copies some rows at a time, computes them, and returns the sum of the results of `work`.
    pub(super) fn copied(mut self, work: Work<'_>) -> f64 {
        let (rows, classes) = self.views.logits().dim();
        // A multiple of the rows computed together: in other groups, the sum's last bit differs.
        let together = Vectorized::rows_at_a_time(classes);
        let at_a_time = (COPIED / classes).max(LINE).next_multiple_of(together);
        // We take the buffers, not borrow them: a thread that waits may take up other rows.
        let (mut z, mut results) = ROWS.take();
        let mut sum = 0.0;
        for start in (0..rows).step_by(at_a_time) {
            let copied = start..rows.min(start + at_a_time);
            z.resize(copied.len() * classes, 0.0);
            copy(
                self.views.logits().slice_axis(Axis(0), copied.clone().into()),
                side_by_side(&mut z, classes),
            );
            let mut out = self.views.out();
            let columns = out.ncols();
            let mut out = out.slice_axis_mut(Axis(0), copied.clone().into());
            let first = self.first + start;
            let mut compute = |out: &mut [f32]| {
                for start in (0..copied.len()).step_by(together) {
                    let end = copied.len().min(start + together);
                    let z = &z[start * classes..end * classes];
                    let out = &mut out[start * columns..end * columns];
                    sum += work(first + start..first + end, z, out);
                }
            };
            if let Some(out) = out.as_slice_mut() {
                compute(out);
            } else {
                results.resize(copied.len() * columns, 0.0);
                compute(&mut results);
                copy(side_by_side(&mut results, columns).view(), out);
            }
        }
        ROWS.set((z, results));
        sum
    }
}

/// Returns a view of `numbers` as rows of `classes` numbers, one row after the other.
fn side_by_side(numbers: &mut [f32], classes: usize) -> ArrayViewMut2<'_, f32> {
    let rows = numbers.len() / classes;
    ArrayViewMut2::from_shape((rows, classes), numbers).expect("as many as there are")
}

/// Copies rows between two layouts, in tiles that take few cache lines in both layouts.
fn copy(from: ArrayView2<'_, f32>, mut to: ArrayViewMut2<'_, f32>) {
    let by_rows = from.strides()[1] == 1 && to.strides()[1] == 1;
    let width = if by_rows { from.ncols() } else { LINE };
    let tiles = from.axis_chunks_iter(Axis(1), width);
    for (from, mut to) in tiles.zip(to.axis_chunks_iter_mut(Axis(1), width)) {
        to.assign(&from);
    }
}

/// Logits, and the place of their results: for each row, a row of numbers or nothing.
pub(super) enum Views<'a> {
    Beside(ArrayView2<'a, f32>, ArrayViewMut2<'a, f32>),
    /// The results take the place of the logits.
    InPlace(ArrayViewMut2<'a, f32>),
}

impl Views<'_> {
    pub(super) fn logits(&self) -> ArrayView2<'_, f32> {
        match self {
            Views::Beside(logits, _) => logits.view(),
            Views::InPlace(logits) => logits.view(),
        }
    }

    fn out(&mut self) -> ArrayViewMut2<'_, f32> {
        match self {
            Views::Beside(_, out) | Views::InPlace(out) => out.view_mut(),
        }
    }

    /// Returns the first `rows` rows, and the others.
    fn split_at(self, rows: usize) -> (Self, Self) {
        match self {
            Views::Beside(logits, out) => {
                let (first, others) = logits.split_at(Axis(0), rows);
                let (first_out, other_out) = out.split_at(Axis(0), rows);
                (Views::Beside(first, first_out), Views::Beside(others, other_out))
            }
            Views::InPlace(logits) => {
                let (first, others) = logits.split_at(Axis(0), rows);
                (Views::InPlace(first), Views::InPlace(others))
            }
        }
    }
}
