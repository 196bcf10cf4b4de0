//! The contract: softmax cross-entropy from logits, and the duties of a backend.
//!
//! Everything in this course implements or uses a single trait, [`Backend`], which is
//! declared here. This crate computes no softmax: it defines the loss, checks each call,
//! and hands a backend only batches whose shapes, labels and options fit each other. A
//! backend only does the arithmetic.
//!
//! # The one formula
//!
//! A row has logits `z` and target weights `a`, one number for each of the C classes. `A`
//! is the sum of `a`:
//!
//! ```text
//! nll_k  = lse(z) - z_k                lse(z) = ln sum_k exp z_k
//! loss   = sum_k a_k nll_k             p = softmax(z)
//! grad_k = A p_k - a_k                 p_k = exp(z_k) / sum_j exp z_j
//! ```
//!
//! A label, a one-hot row, a soft row, label smoothing, class weights, an ignored row:
//! each of them only chooses `a`. A reduction only divides. That's why [`Row`] has two
//! parts, the logits and a [`Target`], and why a backend needs no branch for any option.
//!
//! This is mathematics. If you compute the formula as written here, in `f32`, it
//! overflows at a logit of 89. Fixed, it still returns a loss of 0 for two classes at a
//! margin of 17. The stages compute it well, beginning with the crate `scalar`.
//!
//! # The vocabulary
//!
//! We use one word for each thing, in every crate and on every page:
//!
//! | word | symbol | meaning |
//! |---|---|---|
//! | batch | | the rows that are computed together, with their targets and options |
//! | rows | N | the number of examples in a batch |
//! | classes | C | the number of logits in a row |
//! | logits | z | the scores that a model gives, any real number, `-inf` for a masked class |
//! | label | y | the index of the true class; in `p - y`, its one-hot row |
//! | target weights | a | the factors of each class's nll in the loss; A is their sum |
//! | class weights | w | factors of the target weights, one for each class |
//! | distribution | q | target weights given as a row, before smoothing and class weights |
//! | divisor | | the number that divides the sum of the rows' losses: 1 for a sum |
//! | probabilities | p | `softmax(z)`, from 0 to 1, with the sum 1 |
//! | margin | | the label's logit minus the largest other logit; below 0 in a wrong row |
//! | max | m | the largest logit of a row |
//! | rest | | the sum of `exp(z_k - m)` over all classes except one at the max |
//! | `log_norm` | | `ln(1 + rest)`, so that `lse(z) = m + log_norm` |
//! | nll | | negative log-likelihood of a class, `-ln p_k` |
//! | loss | | `sum_k a_k nll_k`, of a row or reduced over the batch, in nats |
//! | grad | | the derivative of the reduced loss with respect to each logit: the row's, divided |
//!
//! # Where to read on
//!
//! 1. [`CrossEntropy`]: the loss and its options; it makes a [`Batch`].
//! 2. [`Batch`], [`Row`], [`Target`]: the inputs of a backend; [`Terms`], for a batch
//!    whose logits aren't a single slice.
//! 3. [`SoftmaxOut`], [`LossesOut`], [`GradOut`]: the buffers that a backend fills.
//! 4. [`Backend`]: the methods that a backend implements.
//! 5. On top of any backend: [`BinaryCrossEntropy`], [`nll_loss`], [`accuracy`],
//!    [`perplexity`], [`labels_from_signed`].
//!
//! Then open the crate `scalar`, which implements the trait with loops over numbers, and
//! `conformance`, whose laws say when an implementation is right.
//!
//! ```
//! use backend::CrossEntropy;
//!
//! let logits = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
//! let loss = CrossEntropy::default().label_smoothing(0.3)?;
//! let batch = loss.batch(&logits, &[0, 1], 3)?;
//!
//! // The first row's target weights: 0.7 at its label, and 0.1 at every class.
//! let row = batch.row(0).expect("the row is not ignored");
//! let a: Vec<f32> = (0..3).map(|k| row.target().weight(k) as f32).collect();
//! assert_eq!(a, [0.8, 0.1, 0.1]);
//! # Ok::<(), backend::Error>(())
//! ```
#![forbid(unsafe_code)]

mod batch;
mod binary;
mod error;
mod labels;
mod logits;
mod metrics;
mod options;
mod out;
mod target;
mod terms;

pub use batch::{Batch, OnlyLabels, Row};
pub use binary::BinaryCrossEntropy;
pub use error::Error;
pub use labels::{IGNORED, labels_from_signed};
pub use logits::Logits;
pub use metrics::{accuracy, nll_loss, nll_losses, perplexity};
pub use options::{CrossEntropy, Reduction};
pub use out::{GradOut, LossesOut, SoftmaxOut};
pub use target::{Target, Targets, Total};
pub use terms::Terms;

/// A way to compute softmax cross-entropy and its gradient.
///
/// An implementation only does arithmetic: every invalid call has been refused before it
/// gets here, so no method returns a `Result`, and no method should panic.
///
/// Every implementation keeps these promises, however fast it is:
///
/// - A row with NaN or `+inf` among its logits, or with nothing but `-inf`, gets NaN for
///   its probabilities, its loss and its gradient, never a number that looks plausible.
/// - A logit of `-inf` masks its class, whose probability is 0. With a target weight of
///   0, the class costs nothing; with a positive weight, the loss is `+inf`.
/// - An ignored row, for which [`Batch::row`] returns `None`, has a loss of 0 and a
///   gradient of 0, whatever its logits are.
/// - The old contents of a buffer don't matter.
/// - Sums over rows are made in `f64`, and the provided methods divide them once, by
///   [`Batch::divisor`].
/// - The results don't depend on the number of threads, bit for bit, and a row's results
///   don't depend on the rows around it.
///
/// The crate `conformance` says how exact the numbers must be, and tests it.
// ANCHOR: backend
pub trait Backend: Send + Sync {
    /// Returns a short name for tables and benchmark ids, in lower case: `scalar`.
    fn name(&self) -> &str;

    /// Fills `out` with each row's probabilities `p_k = exp(z_k - lse(z))`, from 0 to 1.
    fn softmax(&self, out: SoftmaxOut<'_>);

    /// Fills `out` with each row's log-probabilities `ln p_k = z_k - lse(z)`, at most 0.
    fn log_softmax(&self, out: SoftmaxOut<'_>);

    /// Fills `out` with each row's loss `sum_k a_k nll_k`, in nats, before any reduction.
    fn losses(&self, out: LossesOut<'_>);

    /// Returns the sum of the rows' losses, in nats, not divided.
    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64;

    /// Fills `out` with the gradient of the reduced loss with respect to each logit,
    /// `(A p_k - a_k) / divisor`.
    fn backward(&self, out: GradOut<'_>);

    /// Fills `out` with the gradient and returns the sum of the losses. A backend can
    /// share the work of [`Backend::backward`] and [`Backend::sum_of_losses`] here.
    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        let batch = *out.batch();
        self.backward(out);
        self.sum_of_losses(&batch)
    }

    /// Returns the reduced loss: the sum of the rows' losses over [`Batch::divisor`].
    fn forward(&self, batch: &Batch<'_>) -> f32 {
        batch.reduced(self.sum_of_losses(batch))
    }

    /// Returns the reduced loss and fills `out` with its gradient, in one call.
    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        let batch = *out.batch();
        batch.reduced(self.backward_with_sum(out))
    }
}
// ANCHOR_END: backend
