//! Stage 2: slices that the compiler turns into SIMD.
//!
//! The same loss as in the scalar stage, on one thread: as exact, and for rows of hundreds of
//! classes and more near the speed of copying memory. `softmax.rs` and `cross_entropy.rs` have
//! the functions of the scalar stage; the other files hold what makes them fast. Threads and
//! arrays don't belong here: they are stage 3's.
//!
//! Three things make the difference:
//!
//! 1. **Sixteen numbers at once** (`lanes.rs`): a row is cut into arrays of sixteen, and
//!    loops over those become vector instructions.
//! 2. **An exponential of our own** (`exp.rs`): the library's works on one number at a
//!    time; plain arithmetic works on sixteen. It is relative to a power of two, so the
//!    difference of two logits is never rounded, which gives what `f64` gave the scalar
//!    stage.
//! 3. **Few passes over memory**: one for the max, the exponentials and their sum
//!    (`softmax.rs`), and one to scale the exponentials (`scale.rs`), which it finds in cache
//!    where the gradient will stand.
//!
//! # The way of a batch of labels
//!
//! ```text
//! lib.rs           64 classes or more: a kernel         fewer: rows on end
//! kernels.rs       eight rows at a time                 few_classes.rs, columns.rs
//! softmax.rs         the pass over each row               a pass over 32 rows, in lanes
//! row_ends.rs        the ends of eight rows, in lanes     the ends of 32 rows, in lanes
//! scale.rs           the exponentials of each row         the exponentials of all rows
//! ```
//!
//! `together.rs` leads eight rows through the left column, `summary.rs` has the arithmetic of a
//! row's end, with an exponential and a logarithm from `in_f64.rs`, and `instructions.rs` chooses
//! for which processor all of it was compiled.
//!
//! # Special cases
//!
//! `cross_entropy.rs` computes a row by itself, if its target is more than a label or `f32` can't
//! hold its numbers: targets that give weight to many classes have `weights.rs` and `tally.rs`.
//! `parts.rs` computes parts of a row for a backend that shares one out. `passes.rs` keeps two
//! other ways through a row, to be measured next to the one that serves. There is no unsafe code
//! here.
//!
//! # Seeing the machine code
//!
//! ```sh
//! cargo rustc -p vectorized --release -- --emit asm -C debuginfo=0
//! ```
//!
//! writes it to `target/release/deps/vectorized-*.s`. On x86-64, the hot loop is the one with
//! `vpslld $23`, where the exponent is put together: with AVX-512 it has ninety
//! instructions for 64 logits, on registers called `zmm`, and no `call`. On aarch64, which is
//! what Apple Silicon is, look for a loop full of `fmla`, on registers such as `v0.4s`: the
//! `.4s` says that the instruction works on four `f32` at once.
//!
//! ```
//! use backend::{Backend, Batch};
//! use vectorized::Vectorized;
//!
//! let logits = [20.0, 0.0];
//! let batch = Batch::new(&logits, &[0], 2)?;
//! let mut grad = [0.0; 2];
//! let loss = Vectorized::default().forward_backward(batch.grad_out(&mut grad)?);
//! assert_eq!(loss, 2.061_153_6e-9);
//! assert_eq!(grad, [-2.061_153_6e-9, 2.061_153_6e-9]);
//! # Ok::<(), backend::Error>(())
//! ```
#![forbid(unsafe_code)]

mod columns;
mod cross_entropy;
mod exp;
mod few_classes;
mod in_f64;
mod instructions;
mod kernels;
mod lanes;
mod parts;
mod passes;
mod row_ends;
mod scale;
mod softmax;
mod summary;
mod tally;
mod together;
mod weights;

pub use instructions::InstructionSet;
pub use lanes::LANES;
pub use parts::Parts;
pub use passes::Passes;
pub use summary::Summary;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use few_classes::{MAX_FEW_CLASSES, ROWS_AT_A_TIME, are_few};
use kernels::{BackwardWithSum, LogNorms, LogSoftmax, Losses, Softmax, SumOfLosses};
use together::rows_together;

/// The backend of stage 2.
#[derive(Clone, Copy, Debug)]
pub struct Vectorized {
    instructions: InstructionSet,
}

impl Default for Vectorized {
    /// With the widest instruction set that this processor has.
    fn default() -> Self {
        Vectorized::with(InstructionSet::best())
    }
}

impl Vectorized {
    /// With an instruction set of one's choice.
    pub fn with(instructions: InstructionSet) -> Self {
        Vectorized { instructions }
    }

    /// Returns how many rows are computed at a time. A sum over rows that come in any other
    /// number at a time may differ in its last bit.
    pub fn rows_at_a_time(classes: usize) -> usize {
        if classes <= MAX_FEW_CLASSES { ROWS_AT_A_TIME } else { rows_together(classes) }
    }

    /// Returns the arithmetic for parts of a row, for a backend that shares one row out.
    pub fn parts(&self) -> Parts {
        Parts { instructions: self.instructions }
    }

    /// The logarithm of each row's normalizer relative to its max, `ln(1 + rest)`, found in
    /// one way or another: to measure them beside each other.
    pub fn log_norms(&self, passes: Passes, logits: Logits<'_>) -> Vec<f32> {
        self.instructions.run(LogNorms(passes, logits))
    }
}

impl Backend for Vectorized {
    fn name(&self) -> &str {
        "vectorized"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        if are_few(out.logits()) {
            few_classes::softmax(self.instructions, out);
        } else {
            self.instructions.run(Softmax(out));
        }
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        if are_few(out.logits()) {
            few_classes::log_softmax(self.instructions, out);
        } else {
            self.instructions.run(LogSoftmax(out));
        }
    }

    fn losses(&self, out: LossesOut<'_>) {
        if are_few(out.batch().logits()) {
            few_classes::losses(self.instructions, out);
        } else {
            self.instructions.run(Losses(out));
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        if are_few(batch.logits()) {
            few_classes::sum_of_losses(self.instructions, batch)
        } else {
            self.instructions.run(SumOfLosses(batch))
        }
    }

    fn backward(&self, out: GradOut<'_>) {
        self.backward_with_sum(out);
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        if are_few(out.batch().logits()) {
            few_classes::backward_with_sum(self.instructions, out)
        } else {
            self.instructions.run(BackwardWithSum(out))
        }
    }
}
