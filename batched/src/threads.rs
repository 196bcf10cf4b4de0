//! A backend that runs any other backend on many threads.

use std::sync::Arc;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::shares::{Rows, Shares};

/// The threads among which rows are shared out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    /// The pool's own threads. Without them, the threads of the caller's pool serve, or else
    /// the threads of rayon's global pool, one for each core.
    own: Option<Arc<ThreadPool>>,
}

impl Pool {
    /// Starts `threads` threads, at least one; 0 means one for each core.
    pub(crate) fn with_threads(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        Ok(Pool { own: Some(Arc::new(pool)) })
    }

    /// Runs `run` in this pool, so that rayon shares its work out to the pool's threads.
    pub(crate) fn install<R: Send>(&self, run: impl FnOnce() -> R + Send) -> R {
        match &self.own {
            Some(pool) => pool.install(run),
            None => run(),
        }
    }

    /// Shares rows out, and returns the sum of the results of `work`.
    pub(crate) fn share_out<R: Rows>(
        &self,
        shares: Shares,
        rows: R,
        work: impl Fn(R) -> f64 + Sync,
    ) -> f64 {
        if shares.are_many(rows.rows()) {
            self.install(|| shares.run(rows, &work))
        } else {
            work(rows)
        }
    }
}

/// A backend whose rows are shared out among threads. Any backend will do, your own too.
///
/// The result has the same bits for any number of threads, because only the shape of a batch
/// decides how its rows are cut ([`shares`](mod@crate::shares)).
///
/// ```
/// use backend::{Backend, Batch};
/// use batched::Threads;
/// use scalar::Scalar;
///
/// let (logits, labels) = ([2.0, 1.0, 0.1].repeat(100_000), vec![0; 100_000]);
/// let batch = Batch::new(&logits, &labels, 3)?;
/// assert_eq!(Threads::over(Scalar).forward(&batch), 0.417_030_02);
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Threads<B> {
    backend: B,
    pool: Pool,
}

impl<B: Backend> Threads<B> {
    /// Shares the rows of `backend` out among threads, one for each core.
    pub fn over(backend: B) -> Self {
        Threads::in_pool(backend, &Pool::default())
    }

    /// Shares the rows of `backend` out among `threads` threads, at least one; 0 means one for
    /// each core.
    ///
    /// # Errors
    /// If the system doesn't grant that many threads.
    pub fn with_threads(
        backend: B,
        threads: usize,
    ) -> Result<Self, ThreadPoolBuildError> {
        Ok(Threads { backend, pool: Pool::with_threads(threads)? })
    }

    pub(crate) fn in_pool(backend: B, pool: &Pool) -> Self {
        Threads { backend, pool: pool.clone() }
    }

    fn share_out<R: Rows>(
        &self,
        logits: Logits<'_>,
        rows: R,
        work: impl Fn(R) -> f64 + Sync,
    ) -> f64 {
        let shares = Shares::new(logits.rows(), logits.classes());
        self.pool.share_out(shares, rows, work)
    }
}

impl<B: Backend> Backend for Threads<B> {
    fn name(&self) -> &str {
        self.backend.name()
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        self.share_out(out.logits(), out, |share| {
            self.backend.softmax(share);
            0.0
        });
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.share_out(out.logits(), out, |share| {
            self.backend.log_softmax(share);
            0.0
        });
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.share_out(out.batch().logits(), out, |share| {
            self.backend.losses(share);
            0.0
        });
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        self.share_out(batch.logits(), *batch, |share| self.backend.sum_of_losses(&share))
    }

    fn backward(&self, out: GradOut<'_>) {
        self.share_out(out.batch().logits(), out, |share| {
            self.backend.backward(share);
            0.0
        });
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        self.share_out(out.batch().logits(), out, |share| {
            self.backend.backward_with_sum(share)
        })
    }
}

impl Rows for Batch<'_> {
    fn rows(&self) -> usize {
        Batch::rows(self)
    }

    fn split_at(self, rows: usize) -> (Self, Self) {
        (self.part(0..rows), self.part(rows..Batch::rows(&self)))
    }
}

impl Rows for SoftmaxOut<'_> {
    fn rows(&self) -> usize {
        self.logits().rows()
    }

    fn split_at(self, rows: usize) -> (Self, Self) {
        SoftmaxOut::split_at(self, rows)
    }
}

impl Rows for LossesOut<'_> {
    fn rows(&self) -> usize {
        self.batch().rows()
    }

    fn split_at(self, rows: usize) -> (Self, Self) {
        LossesOut::split_at(self, rows)
    }
}

impl Rows for GradOut<'_> {
    fn rows(&self) -> usize {
        self.batch().rows()
    }

    fn split_at(self, rows: usize) -> (Self, Self) {
        GradOut::split_at(self, rows)
    }
}
