//! Stage 1: one number at a time.
//!
//! This is the simplest correct code for softmax cross-entropy, and we keep it simple:
//! you can follow its loops with a finger, and no trick is there for speed. We compare
//! the later stages with it, file by file and function by function.
//!
//! Read the files in this order:
//!
//! 1. [`naive`]: the formulas that you'd write first, and how each of them fails.
//! 2. [`softmax`](mod@softmax): the max, the rest, and the probabilities made from them.
//! 3. [`cross_entropy`]: the loss of a row, and its gradient.
//! 4. This file: the rows of a batch, one after the other.
//! 5. [`tape`]: the gradient once more, from a program that knows only the derivatives of
//!    `+`, `*`, `exp` and the like.
//!
//! # Why `f64` inside a row
//!
//! Logits come in as `f32` and results leave as `f32`; between the two, we compute a row
//! in `f64`. Then the difference of two logits loses nothing that matters, a million
//! terms add up, and each result is rounded once, at the end. But `f64` doesn't replace a
//! single idea of these files: it overflows too, at 710, and a sum that holds a 1 loses
//! its tail in `f64` too, at a margin of 37. The next stage asks how much `f64` costs,
//! and how to do without it.
//!
//! ```
//! use backend::{Backend, Batch};
//! use scalar::Scalar;
//!
//! let logits = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
//! let batch = Batch::new(&logits, &[0, 1], 3)?;
//! assert_eq!(Scalar.forward(&batch), 0.215_943_4);
//!
//! // A row that is right by a margin of 20 still has a loss, and a gradient.
//! let sure = [20.0, 0.0];
//! let batch = Batch::new(&sure, &[0], 2)?;
//! let mut grad = [0.0; 2];
//! let loss = Scalar.forward_backward(batch.grad_out(&mut grad)?);
//! assert_eq!(loss, 2.061_153_6e-9);
//! assert_eq!(grad, [-2.061_153_6e-9, 2.061_153_6e-9]);
//! # Ok::<(), backend::Error>(())
//! ```
#![forbid(unsafe_code)]

pub mod cross_entropy;
pub mod naive;
pub mod softmax;
pub mod tape;

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};

/// The backend of stage 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scalar;

impl Backend for Scalar {
    fn name(&self) -> &str {
        "scalar"
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, p) in out.rows() {
            softmax::softmax(z, p);
        }
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, log_p) in out.rows() {
            softmax::log_softmax(z, log_p);
        }
    }

    // ANCHOR: losses
    fn losses(&self, mut out: LossesOut<'_>) {
        for (row, loss) in out.rows() {
            *loss = match row {
                Some(row) => cross_entropy::loss(row) as f32,
                None => 0.0,
            };
        }
    }
    // ANCHOR_END: losses

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        let mut sum = 0.0;
        for row in batch.iter().flatten() {
            sum += cross_entropy::loss(row);
        }
        sum
    }

    // ANCHOR: backward
    fn backward(&self, mut out: GradOut<'_>) {
        let divisor = out.batch().divisor();
        for (row, grad) in out.rows() {
            match row {
                Some(row) => cross_entropy::gradient(row, divisor, grad),
                None => grad.fill(0.0),
            }
        }
    }
    // ANCHOR_END: backward
}
