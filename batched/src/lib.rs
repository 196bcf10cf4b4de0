//! Stage 3: the whole batch.
//!
//! The rows of a batch do not need each other, so they are shared out among the threads of
//! the machine ([`shares`](mod@shares)). Each thread computes its rows as the vectorized
//! stage does.
//!
//! Read in this order:
//!
//! 1. [`arrays`]: the loss as expressions over whole arrays, short, and what they cost.
//! 2. [`shares`](mod@shares): who computes which rows, and why the result has the same bits
//!    for any number of threads.
//! 3. `wide_rows.rs`: where rows are few and wide, each of them is cut as well.
//! 4. `views`: logits and results as `ndarray` views of any layout, also in place
//!    ([`Batched::loss`], [`Batched::loss_and_grad`], [`Batched::loss_and_grad_in_place`],
//!    [`Batched::losses_of`], [`Batched::softmax_of`], [`Batched::log_softmax_of`]).
//! 5. `linear_head`: the last layer of a language model and its loss, without its logits. It
//!    needs the feature `head`, because it multiplies its matrices with the crate `faer`, which
//!    takes longer to compile than everything else here.
//!
//! ```
//! use backend::{Backend, Batch};
//! use batched::Batched;
//!
//! let logits = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
//! let batch = Batch::new(&logits, &[0, 1], 3)?;
//! assert_eq!(Batched::default().forward(&batch), 0.215_943_4);
//! # Ok::<(), backend::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod arrays;
#[cfg(feature = "head")]
pub mod linear_head;
pub mod shares;
mod views;
mod wide_rows;

use std::ops::Range;
use std::sync::Arc;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};
use shares::Shares;
use vectorized::Vectorized;
use wide_rows::{WEIGHTS, WideRow};

/// The backend of stage 3.
#[derive(Clone, Debug, Default)]
pub struct Batched {
    vectorized: Vectorized,
    /// The threads; without, those of rayon's global pool, one for each core.
    pool: Option<Arc<ThreadPool>>,
}

impl Batched {
    /// With so many threads of its own, at least one; 0 means one for each core.
    ///
    /// # Errors
    /// If the system does not give as many.
    pub fn with_threads(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Batched { pool: Some(Arc::new(pool)), ..Batched::default() })
    }

    /// Shares rows out; `work` is given some of them and as many rows of the output, and
    /// what it returns is summed.
    fn share_out(
        &self,
        shares: Shares,
        out: &mut [f32],
        work: impl Fn(Range<usize>, &mut [f32]) -> f64 + Sync,
    ) -> f64 {
        self.install(shares, || shares.run(out, &work))
    }

    /// Runs something on the backend's own threads, if it has any, and if there is enough to
    /// share out.
    fn install<R: Send>(&self, shares: Shares, run: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            Some(pool) if shares.are_many() => pool.install(run),
            _ => run(),
        }
    }

    /// The sum of all losses of a batch, not divided.
    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        let shares = shares(batch.logits()).with_outputs(0);
        let work = |rows, _: &mut [f32]| self.sum_of_share(shares, batch, rows);
        self.share_out(shares, &mut [], work)
    }

    /// Fills `grad`, and returns the sum of all losses, not divided.
    fn fill(&self, batch: &Batch<'_>, grad: &mut [f32]) -> f64 {
        let shares = shares(batch.logits());
        self.share_out(shares, grad, |rows, grad| {
            self.gradient_of_share(shares, batch, rows, grad)
        })
    }
}

/// What a thread does with its share of the rows.
impl Batched {
    fn sum_of_share(&self, shares: Shares, batch: &Batch<'_>, rows: Range<usize>) -> f64 {
        match self.cut_row(shares, batch, &rows) {
            Some((row, label, a)) => a * row.nll(label),
            None => self.vectorized.sum_of_losses(batch, rows),
        }
    }

    fn gradient_of_share(
        &self,
        shares: Shares,
        batch: &Batch<'_>,
        rows: Range<usize>,
        grad: &mut [f32],
    ) -> f64 {
        match self.cut_row(shares, batch, &rows) {
            Some((row, label, a)) => a * row.gradient(label, a / batch.divisor(), grad),
            None => self.vectorized.gradient_of(batch, rows, grad),
        }
    }

    fn losses_of_share(
        &self,
        shares: Shares,
        batch: &Batch<'_>,
        rows: Range<usize>,
        losses: &mut [f32],
    ) {
        match shares.part() {
            Some(_) => losses[0] = self.sum_of_share(shares, batch, rows) as f32,
            None => self.vectorized.losses_of(batch, rows, losses),
        }
    }

    fn softmax_of_share(&self, shares: Shares, out: SoftmaxOut<'_>) {
        let Some(part) = shares.part() else { return self.vectorized.softmax(out) };
        let (logits, p) = out.into_parts();
        self.wide_row(logits.row(0), part).softmax(p);
    }

    fn log_softmax_of_share(&self, shares: Shares, out: SoftmaxOut<'_>) {
        let Some(part) = shares.part() else { return self.vectorized.log_softmax(out) };
        let (logits, log_p) = out.into_parts();
        self.wide_row(logits.row(0), part).log_softmax(log_p);
    }

    /// The row, its label and its target weight, if rows are cut, and this one can be.
    fn cut_row<'a>(
        &'a self,
        shares: Shares,
        batch: &Batch<'a>,
        rows: &Range<usize>,
    ) -> Option<(WideRow<'a>, usize, f64)> {
        let part = shares.part()?;
        let row = self.wide_row(batch.logits().row(rows.start), part);
        let (label, a) = batch.only_label(rows.start)?;
        let held = [a, a / batch.divisor()].iter().all(|a| WEIGHTS.contains(a));
        held.then_some((row, label, a))
    }

    fn wide_row<'a>(&'a self, z: &'a [f32], part: usize) -> WideRow<'a> {
        WideRow { vectorized: &self.vectorized, z, part }
    }
}

impl Backend for Batched {
    fn name(&self) -> &str {
        "batched"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        let (logits, p) = out.into_parts();
        let shares = shares(logits);
        self.share_out(shares, p, |rows, p| {
            self.softmax_of_share(shares, some_rows(logits, rows, p));
            0.0
        });
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        let (logits, log_p) = out.into_parts();
        let shares = shares(logits);
        self.share_out(shares, log_p, |rows, log_p| {
            self.log_softmax_of_share(shares, some_rows(logits, rows, log_p));
            0.0
        });
    }

    fn losses(&self, out: LossesOut<'_>) {
        let (batch, losses) = out.into_parts();
        let shares = shares(batch.logits()).with_outputs(1);
        self.share_out(shares, losses, |rows, losses| {
            self.losses_of_share(shares, &batch, rows, losses);
            0.0
        });
    }

    fn forward(&self, batch: &Batch<'_>) -> f32 {
        (self.sum_of_losses(batch) / batch.divisor()) as f32
    }

    fn backward(&self, out: GradOut<'_>) {
        self.forward_backward(out);
    }

    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        let (batch, grad) = out.into_parts();
        (self.fill(&batch, grad) / batch.divisor()) as f32
    }
}

fn shares(logits: Logits<'_>) -> Shares {
    Shares::new(logits.rows(), logits.classes())
}

/// Joins some rows of logits with as many rows to fill.
fn some_rows<'a>(
    logits: Logits<'a>,
    rows: Range<usize>,
    out: &'a mut [f32],
) -> SoftmaxOut<'a> {
    let classes = logits.classes();
    let values = &logits.values()[rows.start * classes..rows.end * classes];
    whole_rows(values, classes, out)
}

/// Joins whole rows of logits with as many rows to fill.
fn whole_rows<'a>(z: &'a [f32], classes: usize, out: &'a mut [f32]) -> SoftmaxOut<'a> {
    let logits = Logits::new(z, classes).expect("whole rows of the logits");
    logits.softmax_out(out).expect("as many rows of the output")
}
