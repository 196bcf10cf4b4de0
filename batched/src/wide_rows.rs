//! Rows so wide that the classes are shared out too.
//!
//! A row of 128256 classes is work for several threads, and in a batch of one row the other
//! threads have nothing else to do. Each thread takes a part of the row and sums its
//! exponentials. The sums of all parts give the loss, and then each thread finishes a part. The
//! cuts of a row depend on the number of classes alone, and the sums are added in order, so a
//! row has the same bits in any batch.

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use rayon::prelude::*;
use vectorized::{PartSum, Parts, Summary, Vectorized};

use crate::shares::{ENOUGH_SHARES, Shares};

/// One value for each part of a row; the unused places hold `None`.
type Each<T> = [Option<T>; ENOUGH_SHARES];

/// The number of rows per thread that keeps all threads busy, although no two of them share a row.
const ENOUGH_ROWS: usize = 4;

/// The backend of stage 2 for a share of the rows. It cuts a wide row into parts, unless the
/// row's target is more than a label, or `f32` can't hold the row's numbers.
pub(crate) struct WideRows {
    vectorized: Vectorized,
    /// The number of rows of the batch.
    rows: usize,
    /// The number of classes in a part, if rows are cut.
    part: Option<usize>,
}

impl WideRows {
    /// Makes the backend for a share of a batch of this shape.
    pub(crate) fn new(vectorized: Vectorized, rows: usize, classes: usize) -> Self {
        WideRows { vectorized, rows, part: Shares::new(rows, classes).part() }
    }

    fn wide_row<'a>(&self, z: &'a [f32], width: usize) -> WideRow<'a> {
        let parts = self.vectorized.parts();
        // If there are rows for all threads, a thread computes all parts of its row: a second thread
        // would have to fetch them from the caches of the first.
        let are_enough = self.rows >= ENOUGH_ROWS * rayon::current_num_threads();
        let together = if are_enough { ENOUGH_SHARES } else { 1 };
        WideRow { parts, z, width, together }
    }

    /// Returns the loss of the only row of a batch, and fills `grad`, if it's given, with its gradient.
    fn loss(&self, row: &Batch<'_>, width: usize, mut grad: Option<&mut [f32]>) -> f64 {
        let wide = self.wide_row(row.logits().row(0), width);
        if let Some(loss) = wide.loss(row, grad.as_deref_mut()) {
            return loss;
        }
        match grad {
            None => self.vectorized.sum_of_losses(row),
            Some(grad) => {
                let out = row.grad_out(grad).expect("one row of the gradient");
                self.vectorized.backward_with_sum(out)
            }
        }
    }
}

/// Returns the rows of a batch, each as a batch of its own.
fn each_row<'a>(batch: &Batch<'a>) -> impl Iterator<Item = Batch<'a>> {
    let batch = *batch;
    (0..batch.rows()).map(move |row| batch.part(row..row + 1))
}

impl Backend for WideRows {
    fn name(&self) -> &str {
        "batched"
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        let Some(width) = self.part else { return self.vectorized.softmax(out) };
        out.rows().for_each(|(z, p)| self.wide_row(z, width).softmax(p));
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        let Some(width) = self.part else { return self.vectorized.log_softmax(out) };
        out.rows().for_each(|(z, log_p)| self.wide_row(z, width).log_softmax(log_p));
    }

    fn losses(&self, out: LossesOut<'_>) {
        let Some(width) = self.part else { return self.vectorized.losses(out) };
        let (batch, losses) = out.into_parts();
        for (loss, row) in losses.iter_mut().zip(each_row(&batch)) {
            *loss = self.loss(&row, width, None) as f32;
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        let Some(width) = self.part else { return self.vectorized.sum_of_losses(batch) };
        each_row(batch).map(|row| self.loss(&row, width, None)).sum()
    }

    fn backward(&self, out: GradOut<'_>) {
        self.backward_with_sum(out);
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        let Some(width) = self.part else {
            return self.vectorized.backward_with_sum(out);
        };
        let (batch, grad) = out.into_parts();
        let grads = grad.chunks_exact_mut(batch.classes());
        each_row(&batch)
            .zip(grads)
            .map(|(row, grad)| self.loss(&row, width, Some(grad)))
            .sum()
    }
}

/// A row whose parts are shared out among threads.
struct WideRow<'a> {
    parts: Parts,
    z: &'a [f32],
    /// The number of classes in a part.
    width: usize,
    /// The number of parts that a thread takes at a time.
    together: usize,
}

impl WideRow<'_> {
    /// Returns the loss of the only row of a batch, and fills `grad`, if it's given, with its
    /// gradient. Returns `None` if the row has no label, or if `f32` can't hold its numbers.
    fn loss(&self, row: &Batch<'_>, mut grad: Option<&mut [f32]>) -> Option<f64> {
        let (label, a) = row.row(0)?.target().only_label()?;
        let sums = self.sums(label, grad.as_deref_mut())?;
        let of_parts = sums.iter().flatten();
        let end = self.parts.end(of_parts, a, self.z[label], row.divisor())?;
        if let Some(grad) = grad {
            let parts =
                self.z.par_chunks(self.width).zip(grad.par_chunks_mut(self.width));
            let parts = parts.zip(&sums).with_min_len(self.together);
            parts.for_each(|((z, exps), sum)| {
                if let Some(sum) = sum {
                    self.parts.finish(z, exps, *sum, &end);
                }
            });
            grad[label] = end.of_label();
        }
        Some(end.loss())
    }

    /// Sums the exponentials of each part, except that of the label, and fills `exps`, if it's
    /// given, with all of them.
    fn sums(&self, label: usize, exps: Option<&mut [f32]>) -> Option<Each<PartSum>> {
        let mut sums = [None; ENOUGH_SHARES];
        let z = self.z.par_chunks(self.width);
        let parts = sums.par_iter_mut().zip(z).enumerate();
        let in_part = |i: usize| label.checked_sub(i * self.width);
        match exps {
            Some(exps) => {
                let exps = exps.par_chunks_mut(self.width);
                let parts = parts.zip(exps).with_min_len(self.together);
                parts.for_each(|((i, (sum, z)), exps)| {
                    *sum = self.parts.sum(z, in_part(i), Some(exps));
                });
            }
            None => parts.with_min_len(self.together).for_each(|(i, (sum, z))| {
                *sum = self.parts.sum(z, in_part(i), None);
            }),
        }
        let count = self.z.len().div_ceil(self.width);
        sums[..count].iter().all(Option::is_some).then_some(sums)
    }

    /// Fills `p` with the probabilities of the row.
    fn softmax(&self, p: &mut [f32]) {
        let row = self.summary();
        let parts = self.z.par_chunks(self.width).zip(p.par_chunks_mut(self.width));
        let parts = parts.with_min_len(self.together);
        parts.for_each(|(z, p)| self.parts.softmax_times(z, p, 1.0, &row));
    }

    /// Fills `log_p` with the log-probabilities of the row.
    fn log_softmax(&self, log_p: &mut [f32]) {
        let row = self.summary();
        let parts = self.z.par_chunks(self.width).zip(log_p.par_chunks_mut(self.width));
        let parts = parts.with_min_len(self.together);
        parts.for_each(|(z, log_p)| self.parts.log_softmax(z, log_p, &row));
    }

    /// Returns the summary of the row, merged from the summaries of its parts in order.
    fn summary(&self) -> Summary {
        let mut summaries = [None; ENOUGH_SHARES];
        let z = self.z.par_chunks(self.width);
        let parts = summaries.par_iter_mut().zip(z).with_min_len(self.together);
        parts.for_each(|(summary, z)| *summary = Some(self.parts.summary(z)));
        let row = summaries.into_iter().flatten().reduce(Summary::merged);
        row.expect("a row has at least one part")
    }
}
