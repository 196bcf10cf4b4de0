//! Rows so wide that the classes are shared out too.
//!
//! A row of 128256 classes is work for several threads, and in a batch of one row the other
//! threads have nothing else to do. Each takes a part of the row and finds its max and its
//! rest; those of the row are merged from them; then each finishes a part. How a row is cut
//! depends on the number of classes alone, and the parts are merged in order, so a row has the
//! same bits in any batch.

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use rayon::prelude::*;
use vectorized::{Parts, Summary, Vectorized};

use crate::shares::{ENOUGH_SHARES, Shares};

/// The summaries of the parts of a row, as many as there are.
type Summaries = [Option<Summary>; ENOUGH_SHARES];

/// Stage 2 for a share of the rows. A wide row is cut into parts, unless it has more than a label
/// for a target, or a weight that parts can't hold.
pub(crate) struct WideRows {
    vectorized: Vectorized,
    /// How many classes are a part, if rows are cut.
    part: Option<usize>,
}

impl WideRows {
    /// Chooses how the rows of a batch of this shape are computed.
    pub(crate) fn new(vectorized: Vectorized, rows: usize, classes: usize) -> Self {
        WideRows { vectorized, part: Shares::new(rows, classes).part() }
    }

    fn wide_row<'a>(&self, z: &'a [f32], width: usize) -> WideRow<'a> {
        WideRow { parts: self.vectorized.parts(), z, width }
    }

    /// Returns the only row of a batch, its label and its target weight, if it can be cut.
    fn cut<'a>(
        &self,
        batch: &Batch<'a>,
        width: usize,
    ) -> Option<(WideRow<'a>, usize, f64)> {
        let (label, a) = batch.row(0)?.target().only_label()?;
        let held = |a: f64| Parts::WEIGHTS.contains(&a);
        let row = self.wide_row(batch.logits().row(0), width);
        (held(a) && held(a / batch.divisor())).then_some((row, label, a))
    }

    /// Returns the loss of the only row of a batch.
    fn loss(&self, row: &Batch<'_>, width: usize) -> f64 {
        match self.cut(row, width) {
            Some((wide, label, a)) => a * wide.nll(label),
            None => self.vectorized.sum_of_losses(row),
        }
    }

    /// Fills the gradient of the only row of a batch, and returns its loss.
    fn gradient(&self, out: GradOut<'_>, width: usize) -> f64 {
        let row = *out.batch();
        let Some((wide, label, a)) = self.cut(&row, width) else {
            return self.vectorized.backward_with_sum(out);
        };
        let (_, grad) = out.into_parts();
        a * wide.gradient(label, a / row.divisor(), grad)
    }
}

/// Returns each row of a batch as a batch.
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
            *loss = self.loss(&row, width) as f32;
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        let Some(width) = self.part else { return self.vectorized.sum_of_losses(batch) };
        each_row(batch).map(|row| self.loss(&row, width)).sum()
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
        let outs = each_row(&batch).zip(grads).map(|(row, grad)| {
            let out = row.grad_out(grad).expect("one row of the gradient");
            self.gradient(out, width)
        });
        outs.sum()
    }
}

/// A row that is shared out.
struct WideRow<'a> {
    parts: Parts,
    z: &'a [f32],
    /// How many classes are a part.
    width: usize,
}

impl WideRow<'_> {
    /// Returns `-ln p` of a label, in nats.
    fn nll(&self, label: usize) -> f64 {
        merged(&self.summaries()).of_class(self.z[label]).0
    }

    /// Fills `grad` with `of_loss` times the gradient of `-ln p` of a label, which is
    /// returned.
    fn gradient(&self, label: usize, of_loss: f64, grad: &mut [f32]) -> f64 {
        let parts = self.exponentials(grad);
        let row = merged(&parts);
        self.each_part(&parts, grad, |part, z, exps| {
            self.parts.scale(z, exps, of_loss, [part, &row]);
        });
        let (nll, others) = row.of_class(self.z[label]);
        grad[label] = (-of_loss * others) as f32;
        nll
    }

    /// Fills `p` with probabilities.
    fn softmax(&self, p: &mut [f32]) {
        let parts = self.exponentials(p);
        let row = merged(&parts);
        self.each_part(&parts, p, |part, z, exps| {
            self.parts.scale(z, exps, 1.0, [part, &row]);
        });
    }

    /// Fills `log_p` with log-probabilities.
    fn log_softmax(&self, log_p: &mut [f32]) {
        let parts = self.summaries();
        let row = merged(&parts);
        self.each_part(&parts, log_p, |_, z, log_p| {
            self.parts.log_softmax(z, log_p, &row);
        });
    }

    fn summaries(&self) -> Summaries {
        let mut parts = [None; ENOUGH_SHARES];
        let z = self.z.par_chunks(self.width);
        parts.par_iter_mut().zip(z).for_each(|(part, z)| {
            *part = Some(self.parts.summary(z));
        });
        parts
    }

    /// Fills `exps` with exponentials, each part's relative to a reference of its own.
    fn exponentials(&self, exps: &mut [f32]) -> Summaries {
        let mut parts = [None; ENOUGH_SHARES];
        let z = self.z.par_chunks(self.width);
        let exps = exps.par_chunks_mut(self.width);
        parts.par_iter_mut().zip(z).zip(exps).for_each(|((part, z), exps)| {
            *part = Some(self.parts.exponentials(z, exps));
        });
        parts
    }

    /// Finishes each part.
    fn each_part(
        &self,
        parts: &Summaries,
        out: &mut [f32],
        finish: impl Fn(&Summary, &[f32], &mut [f32]) + Sync,
    ) {
        let z = self.z.par_chunks(self.width);
        let out = out.par_chunks_mut(self.width);
        parts.par_iter().zip(z).zip(out).for_each(|((part, z), out)| {
            if let Some(part) = part {
                finish(part, z, out);
            }
        });
    }
}

/// The summary of the whole row.
fn merged(parts: &Summaries) -> Summary {
    let row = parts.iter().flatten().copied().reduce(Summary::merged);
    row.expect("a row has at least one part")
}
