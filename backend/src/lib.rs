//! The contract: softmax cross-entropy from logits, and what it means to compute it.
//!
//! Everything in this course implements or uses the one trait declared here,
//! [`Backend`]. This crate computes no softmax: it says what the loss is, checks what
//! a caller asks for, and hands a backend only batches whose shapes, labels and
//! options fit each other. What is left to write is arithmetic.
//!
//! # The one formula
//!
//! For one row with logits `z` and target weights `a` (one number for each of the C
//! classes), with `A` the sum of `a`:
//!
//! ```text
//! nll_k  = lse(z) - z_k                lse(z) = ln sum_k exp z_k
//! loss   = sum_k a_k nll_k             p = softmax(z)
//! grad_k = A p_k - a_k                 p_k = exp(z_k) / sum_j exp z_j
//! ```
//!
//! A label, a one-hot row, a soft row, label smoothing, class weights, an ignored row:
//! each only chooses `a`. A reduction only divides. That is why [`Row`] has two parts,
//! the logits and a [`Target`], and why no option needs a branch of its own in a backend.
//!
//! This is mathematics. Computed as it stands here, in `f32`, it overflows at a logit of
//! 89, and mended it still returns a loss of 0 for two classes at a margin of 17; how to
//! compute it well is what the stages are about, beginning with the crate `scalar`.
//!
//! # The vocabulary
//!
//! One word for each thing, in every crate and on every page:
//!
//! | word | symbol | what it is |
//! |---|---|---|
//! | batch | | the rows that are computed together, with their targets and options |
//! | rows | N | how many examples a batch holds |
//! | classes | C | how many logits a row holds |
//! | logits | z | the scores that a model gives, any real number, `-inf` for a masked class |
//! | label | y | the index of the true class; in `p - y`, its one-hot row |
//! | target weights | a | what each class's negative log-likelihood counts in the loss; A is their sum |
//! | class weights | w | factors of the target weights, one for each class |
//! | distribution | q | target weights given as a row, before smoothing and class weights |
//! | divisor | | what the sum of the rows' losses is divided by: 1 for a sum |
//! | probabilities | p | `softmax(z)`, from 0 to 1, with the sum 1 |
//! | margin | | how far the label's logit is above all others; below 0 in a wrong row |
//! | max | m | the largest logit of a row |
//! | rest | | the sum of `exp(z_k - m)` over all classes but one that attains the max |
//! | `log_norm` | | `ln(1 + rest)`, so that `lse(z) = m + log_norm` |
//! | nll | | negative log-likelihood of a class, `-ln p_k` |
//! | loss | | `sum_k a_k nll_k`, of a row or reduced over the batch, in nats |
//! | grad | | the derivative of the reduced loss by each logit: that of the row, divided |
//!
//! # Where to read on
//!
//! 1. [`CrossEntropy`]: the loss and its options; it makes a [`Batch`].
//! 2. [`Batch`], [`Row`], [`Target`]: what a backend is given; [`Terms`], a batch whose
//!    logits are not one slice.
//! 3. [`SoftmaxOut`], [`LossesOut`], [`GradOut`]: where it writes.
//! 4. [`Backend`]: what it has to implement.
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

/// One way to compute softmax cross-entropy and its gradient.
///
/// An implementation writes arithmetic only: whatever can be wrong with a call has been
/// refused before it gets here, so no method returns a `Result`, and none should panic.
///
/// What every implementation owes, whatever its speed:
///
/// - A row whose logits hold NaN or `+inf`, or nothing but `-inf`, gives NaN for that
///   row's probabilities, its loss and its gradient: never a number that looks plausible.
/// - `-inf` masks a class: its probability is 0. With a target weight of 0 such a class
///   costs nothing; with a positive one the loss is `+inf`.
/// - An ignored row ([`Batch::row`] gives `None`) has loss 0 and gradient 0 and is not
///   read.
/// - What a buffer held before does not matter.
/// - Sums over rows are made in `f64`; the provided methods divide them once, by
///   [`Batch::divisor`].
/// - The result does not depend on the number of threads, bit for bit, and the results of a
///   row don't depend on the rows around it.
///
/// How exact the numbers must be is said, and tested, by the crate `conformance`.
// ANCHOR: backend
pub trait Backend: Send + Sync {
    /// A short name for tables and benchmark ids, in lower case: `scalar`.
    fn name(&self) -> &str;

    /// The probabilities `p_k = exp(z_k - lse(z))` of each row, in 0 to 1.
    fn softmax(&self, out: SoftmaxOut<'_>);

    /// The log-probabilities `ln p_k = z_k - lse(z)` of each row, at most 0.
    fn log_softmax(&self, out: SoftmaxOut<'_>);

    /// The loss `sum_k a_k nll_k` of each row, in nats, before any reduction.
    fn losses(&self, out: LossesOut<'_>);

    /// Returns the sum of the rows' losses, in nats, not divided.
    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64;

    /// Fills the gradient of the reduced loss with respect to each logit,
    /// `(A p_k - a_k) / divisor`.
    fn backward(&self, out: GradOut<'_>);

    /// Fills the gradient and returns the sum of the losses. A backend that can share work
    /// between [`Backend::backward`] and [`Backend::sum_of_losses`] does so here.
    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        let batch = *out.batch();
        self.backward(out);
        self.sum_of_losses(&batch)
    }

    /// Returns the reduced loss: the sum of the rows' losses over [`Batch::divisor`].
    fn forward(&self, batch: &Batch<'_>) -> f32 {
        batch.reduced(self.sum_of_losses(batch))
    }

    /// Returns the reduced loss and fills its gradient, in one call.
    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        let batch = *out.batch();
        batch.reduced(self.backward_with_sum(out))
    }
}
// ANCHOR_END: backend
