//! Rows so wide, and so few, that the classes are shared out too.
//!
//! A row of 128256 classes is work for several threads, and in a batch of one row the other
//! threads have nothing else to do. Each takes a part of the row and finds its max and its
//! rest; those of the row are merged from them; then each finishes a part. How a row is cut
//! depends on the shape of the batch alone, and the parts are merged in order.

use std::ops::Range;

use rayon::prelude::*;
use vectorized::{Summary, Vectorized};

use crate::shares::ENOUGH;

/// The summaries of the parts of a row, as many as there are.
type Parts = [Option<Summary>; ENOUGH];

/// Beyond these, a target weight, or its part of the loss, asks for more than `f32`, and the
/// row is not cut.
pub(crate) const WEIGHTS: Range<f64> = 1e-8..1e6;

/// A row that is shared out.
pub(crate) struct WideRow<'a> {
    pub(crate) vectorized: &'a Vectorized,
    pub(crate) z: &'a [f32],
    /// How many classes are a part.
    pub(crate) part: usize,
}

impl WideRow<'_> {
    /// `-ln p` of a label, in nats.
    pub(crate) fn nll(&self, label: usize) -> f64 {
        merged(&self.summaries()).of_class(self.z[label]).0
    }

    /// Fills `grad` with `of_loss` times the gradient of `-ln p` of a label, which is
    /// returned.
    pub(crate) fn gradient(&self, label: usize, of_loss: f64, grad: &mut [f32]) -> f64 {
        let parts = self.exponentials(grad);
        let row = merged(&parts);
        self.each_part(&parts, grad, |part, z, exps| {
            self.vectorized.scale_part(z, exps, of_loss, [part, &row]);
        });
        let (nll, others) = row.of_class(self.z[label]);
        grad[label] = (-of_loss * others) as f32;
        nll
    }

    /// Fills `p` with probabilities.
    pub(crate) fn softmax(&self, p: &mut [f32]) {
        let parts = self.exponentials(p);
        let row = merged(&parts);
        self.each_part(&parts, p, |part, z, exps| {
            self.vectorized.scale_part(z, exps, 1.0, [part, &row]);
        });
    }

    /// Fills `log_p` with log-probabilities.
    pub(crate) fn log_softmax(&self, log_p: &mut [f32]) {
        let parts = self.summaries();
        let row = merged(&parts);
        self.each_part(&parts, log_p, |_, z, log_p| {
            self.vectorized.log_softmax_of_part(z, log_p, &row);
        });
    }

    fn summaries(&self) -> Parts {
        let mut parts = [None; ENOUGH];
        let z = self.z.par_chunks(self.part);
        parts.par_iter_mut().zip(z).for_each(|(part, z)| {
            *part = Some(self.vectorized.summary_of_part(z));
        });
        parts
    }

    /// Fills `exps` with exponentials, each part's relative to a reference of its own.
    fn exponentials(&self, exps: &mut [f32]) -> Parts {
        let mut parts = [None; ENOUGH];
        let z = self.z.par_chunks(self.part);
        let exps = exps.par_chunks_mut(self.part);
        parts.par_iter_mut().zip(z).zip(exps).for_each(|((part, z), exps)| {
            *part = Some(self.vectorized.exponentials_of_part(z, exps));
        });
        parts
    }

    /// Finishes each part.
    fn each_part(
        &self,
        parts: &Parts,
        out: &mut [f32],
        finish: impl Fn(&Summary, &[f32], &mut [f32]) + Sync,
    ) {
        let z = self.z.par_chunks(self.part);
        let out = out.par_chunks_mut(self.part);
        parts.par_iter().zip(z).zip(out).for_each(|((part, z), out)| {
            if let Some(part) = part {
                finish(part, z, out);
            }
        });
    }
}

/// The summary of the whole row.
fn merged(parts: &Parts) -> Summary {
    let row = parts.iter().flatten().copied().reduce(Summary::merged);
    row.expect("a row has at least one part")
}
