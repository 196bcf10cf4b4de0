//! Stage 3: the whole batch.
//!
//! The rows of a batch don't need each other, so they are shared out among the threads of
//! the machine. Each thread computes its rows as the vectorized stage does. [`Threads`] does
//! the same for any other backend, for example yours. The arithmetic of a row belongs to
//! stage 2, not here.
//!
//! Read in this order:
//!
//! 1. [`arrays`]: the loss as expressions over whole arrays, which are short, and their cost.
//! 2. [`shares`](mod@shares): the shares of the rows, and the reason why the result has the
//!    same bits for any number of threads; `threads.rs`: the backend that shares rows out.
//! 3. `wide_rows.rs`: wide rows, each of which is cut as well.
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
mod error;
#[cfg(feature = "head")]
pub mod linear_head;
pub mod shares;
mod threads;
mod views;
mod wide_rows;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use rayon::ThreadPoolBuildError;
use vectorized::Vectorized;

pub use error::ArrayError;
use threads::Pool;
pub use threads::Threads;
use wide_rows::WideRows;

/// The backend of stage 3.
#[derive(Clone, Debug, Default)]
pub struct Batched {
    vectorized: Vectorized,
    pool: Pool,
}

impl Batched {
    /// Makes a backend with `threads` threads of its own, at least one; 0 means one for each core.
    ///
    /// # Errors
    /// If the system doesn't grant that many threads.
    pub fn with_threads(threads: usize) -> Result<Self, ThreadPoolBuildError> {
        let pool = Pool::with_threads(threads)?;
        Ok(Batched { pool, ..Batched::default() })
    }

    /// Returns the backend that computes each share of a batch of this shape.
    fn of_share(&self, rows: usize, classes: usize) -> WideRows {
        WideRows::new(self.vectorized, rows, classes)
    }

    /// Returns the backend of the shares, run on the threads.
    fn on_threads(&self, logits: Logits<'_>) -> Threads<WideRows> {
        let of_share = self.of_share(logits.rows(), logits.classes());
        Threads::in_pool(of_share, &self.pool)
    }
}

impl Backend for Batched {
    fn name(&self) -> &str {
        "batched"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        self.on_threads(out.logits()).softmax(out);
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.on_threads(out.logits()).log_softmax(out);
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.on_threads(out.batch().logits()).losses(out);
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        self.on_threads(batch.logits()).sum_of_losses(batch)
    }

    fn backward(&self, out: GradOut<'_>) {
        self.backward_with_sum(out);
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        self.on_threads(out.batch().logits()).backward_with_sum(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks that a backend uses its own threads, which change no result: no law can tell.
    #[test]
    fn a_backend_has_the_threads_that_you_ask_for() {
        let batched = Batched::with_threads(3).unwrap();
        assert_eq!(batched.pool.install(rayon::current_num_threads), 3);
    }
}
