//! e27, the fourth backend. Your task is at the top of tests/e27_fourth_backend.rs.

// gap: use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use std::iter::zip;
use std::sync::LazyLock;
use std::thread;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, Row, SoftmaxOut};
// end of gap

/// A backend of your own.
pub struct FourthBackend;

// gap: // Types, functions, constants: whatever your design needs.
/// The max of a row, its rest, and ln(1 + rest): the results of one pass over its logits.
#[derive(Clone, Copy)]
struct Online {
    max: f64,
    rest: f64,
    log_norm: f64,
}

impl Online {
    fn new(z: &[f32]) -> Self {
        let (mut max, mut rest) = (f64::NEG_INFINITY, 0.0);
        for z_k in z.iter().copied().map(f64::from) {
            if z_k > max {
                // The sum becomes relative to the new max, and the old max joins it as a 1.
                rest = (rest + 1.0) * (max - z_k).exp();
                max = z_k;
            } else if z_k != f64::NEG_INFINITY {
                // NaN comes here, since it's above nothing, and no later max removes it.
                rest += (z_k - max).exp();
            }
        }
        let rest = if max.is_finite() { rest } else { f64::NAN };
        Online { max, rest, log_norm: rest.ln_1p() }
    }

    fn p(self, z_k: f32) -> f64 {
        (f64::from(z_k) - self.max).exp() / (1.0 + self.rest)
    }

    fn log_p(self, z_k: f32) -> f64 {
        (f64::from(z_k) - self.max) - self.log_norm
    }

    fn loss(self, row: Row<'_>) -> f64 {
        let classes = row.logits().iter().enumerate();
        let terms = classes.map(|(k, &z_k)| (row.target().weight(k), z_k));
        // A class without weight costs nothing, even if it's masked.
        terms.filter(|(a, _)| *a != 0.0).map(|(a, z_k)| -a * self.log_p(z_k)).sum()
    }

    fn gradient(self, row: Row<'_>, divisor: f64, grad: &mut [f32]) {
        let total = row.target().total();
        for (k, (grad_k, &z_k)) in zip(grad, row.logits()).enumerate() {
            let (a, p) = (row.target().weight(k), self.p(z_k));
            // Two differences could cancel: 1 - p for the max, and A - a for a class with most of
            // the weight.
            let at_max = f64::from(z_k) == self.max;
            let one_minus_p = if at_max { p * self.rest } else { 1.0 - p };
            *grad_k = ((p * total.without(a) - a * one_minus_p) / divisor) as f32;
        }
    }
}

/// Calls `work` with the number of each row and its part of `out`, or with an empty part if `out` is
/// empty. It uses at most one thread per core. Returns the results in the order of the rows.
fn each_row(
    logits: Logits<'_>,
    out: &mut [f32],
    work: impl Fn(usize, &mut [f32]) -> f64 + Sync,
) -> Vec<f64> {
    static CORES: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    // A thread gets at least that many logits: fewer aren't worth another thread.
    const FEWEST: usize = 1 << 15;
    let (rows, classes) = (logits.rows(), logits.classes());
    let share = rows.div_ceil(*CORES).max(FEWEST.div_ceil(classes));
    let mut results = vec![0.0; rows];
    let mut outs = out.chunks_mut(share * classes);
    let work = &work;
    thread::scope(|scope| {
        for (i, results) in results.chunks_mut(share).enumerate() {
            let mut outs = outs.next().unwrap_or_default().chunks_mut(classes);
            scope.spawn(move || {
                for (row, result) in (i * share..).zip(results) {
                    *result = work(row, outs.next().unwrap_or_default());
                }
            });
        }
    });
    results
}

/// Fills a row of numbers for each row of logits.
fn fill(out: SoftmaxOut<'_>, number: fn(Online, f32) -> f64) {
    let (logits, out) = out.into_parts();
    each_row(logits, out, |i, out| {
        let online = Online::new(logits.row(i));
        zip(out, logits.row(i)).for_each(|(x, &z_k)| *x = number(online, z_k) as f32);
        0.0
    });
}

/// Returns the loss of each row. Also fills the gradient, unless its buffer is empty.
fn losses(batch: &Batch<'_>, grad: &mut [f32]) -> Vec<f64> {
    each_row(batch.logits(), grad, |i, grad| {
        let Some(row) = batch.row(i) else {
            grad.fill(0.0);
            return 0.0;
        };
        let online = Online::new(row.logits());
        online.gradient(row, batch.divisor(), grad);
        online.loss(row)
    })
}
// end of gap

impl Backend for FourthBackend {
    fn name(&self) -> &str {
        "fourth"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        // gap: todo!("the probabilities of {} rows", out.logits().rows())
        fill(out, Online::p);
        // end of gap
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        // gap: todo!("the log-probabilities of {} rows", out.logits().rows())
        fill(out, Online::log_p);
        // end of gap
    }

    fn losses(&self, out: LossesOut<'_>) {
        // gap: todo!("the losses of {} rows", out.into_parts().0.rows())
        let (batch, out) = out.into_parts();
        zip(out, losses(&batch, &mut [])).for_each(|(x, loss)| *x = loss as f32);
        // end of gap
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        // gap: todo!("the sum of the losses of {} rows", batch.rows())
        // The sum is in the order of the rows, so it doesn't depend on the number of threads.
        losses(batch, &mut []).iter().sum()
        // end of gap
    }

    fn backward(&self, out: GradOut<'_>) {
        // gap: todo!("the gradient of {} rows", out.batch().rows())
        self.backward_with_sum(out);
        // end of gap
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        // gap: todo!("the gradient of {} rows, and the sum of their losses", out.batch().rows())
        let (batch, grad) = out.into_parts();
        losses(&batch, grad).iter().sum()
        // end of gap
    }
}
