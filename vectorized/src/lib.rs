//! Stage 2: slices that the compiler turns into SIMD.
//!
//! This stage computes the loss of the scalar stage on one thread, for long rows at nearly the speed
//! of copying memory. The loss of a label is within 4 ulp. `softmax.rs` and `cross_entropy.rs` have
//! the functions of the scalar stage, under the same names and in the same order; a test compares
//! them. Threads and `ndarray` belong to stage 3.
//!
//! Each file adds one idea:
//!
//! | file | idea | gain |
//! |---|---|---|
//! | `lanes.rs` | Sixteen numbers side by side: loops over arrays become vector instructions. | 16 at a time |
//! | `exp.rs` | An exponential in plain arithmetic, relative to a power of two: only short rows wait for their max. | no library call |
//! | `softmax.rs` | One pass over a row, which leaves out the label instead of the max. | one read of each logit |
//! | `cross_entropy.rs` | Sixteen rows at once: what a row needs once, such as its logarithm, is computed for all in lanes. | up to 3 times at 64 classes |
//! | `short_rows.rs` | Rows that are shorter than a vector stand upright. | up to 3 times at 5 classes |
//! | `weights.rs` | If several classes have weight, one of them stands in for the label. It adds a sum of logits. | 2 to 5 times with smoothing |
//! | `scale.rs` | Products below the normal range, which processors are slow to round. | 100 cycles for each such vector |
//! | `instructions.rs` | One source, compiled for several instruction sets, chosen when the program runs. | 2 to 4 times |
//!
//! # The path of a labeled row
//!
//! ```text
//! lib.rs              the trait's method picks an instruction set
//! rows.rs             as many rows as go together: sixteen, or eight of 1000 classes
//! cross_entropy.rs    for many rows: exponentials   (softmax.rs: fill, with exp.rs)
//!                     for each row: their sum       (softmax.rs: add_up, with lanes.rs)
//!                     for all rows: their ends      (End::new, with in_f64.rs)
//!                     for each row: scale           (scale.rs)
//! ```
//!
//! The end of a row is everything that it needs once, after its sum: its loss, and the factor
//! that turns exponentials into a gradient. Rows of at most fifteen classes go through
//! `short_rows.rs` instead of `cross_entropy.rs`, and rows in which several classes have weight
//! go through `weights.rs` before and after it. Without vectors, the scalar stage does everything.
//! It also computes each row whose numbers `f32` can't hold: a max beyond 308, NaN, a
//! weight that's huge, tiny or negative, a label that's masked or next to certain.
//!
//! The files share four words. An *anchor* is the power of two that a row's exponentials are
//! relative to, and the *guess* is the anchor that served earlier rows. An anchor *serves* a row if
//! it's near enough to the sum of its exponentials. A row is *held* if an anchor serves it and
//! `f32` holds its numbers, so that it needn't be computed again.
//!
//! `summary.rs` has the max and rest of a row, for log-probabilities and for stage 3. `parts.rs` computes
//! parts of a row for stage 3, and `passes.rs` keeps three other ways, to time them next to ours.
//!
//! # Seeing the machine code
//!
//! ```sh
//! cargo rustc -p vectorized --release -- --emit asm -C debuginfo=0
//! ```
//!
//! writes it to `target/release/deps/vectorized-*.s`. On x86-64, the hot loop is the one with
//! `vpslld $23`, where the exponent is put together: with AVX-512 it has some
//! seventy-five instructions for 64 logits, on registers called `zmm`, and no `call`. On AArch64, for example
//! on Apple Silicon, look for a loop full of `fmla`, on registers such as `v0.4s`: the `.4s` says
//! that the instruction works on four `f32` at once.
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

mod cross_entropy;
mod exp;
mod in_f64;
mod instructions;
mod lanes;
mod parts;
mod passes;
mod rows;
mod scale;
mod short_rows;
mod softmax;
mod summary;
mod weights;

pub use instructions::InstructionSet;
pub use lanes::LANES;
pub use parts::{PartSum, Parts, RowEnd};
pub use passes::Passes;
pub use summary::Summary;

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use passes::LossesBy;
use rows::{BackwardWithSum, LogSoftmax, Losses, Softmax, SumOfLosses, rows_together};

/// The backend of stage 2.
#[derive(Clone, Copy, Debug)]
pub struct Vectorized {
    instructions: InstructionSet,
}

impl Default for Vectorized {
    /// Uses the widest instruction set that this processor has.
    fn default() -> Self {
        Vectorized::with(InstructionSet::best())
    }
}

impl Vectorized {
    /// Uses an instruction set of your choice.
    pub fn with(instructions: InstructionSet) -> Self {
        Vectorized { instructions }
    }

    /// Returns the number of rows that are computed at a time. If rows are summed in other groups,
    /// the sum may differ in its last bit, so cut a batch at multiples of this number.
    pub fn rows_at_a_time(classes: usize) -> usize {
        rows_together(classes)
    }

    /// Returns the arithmetic for parts of a row, for a backend that shares one row out.
    pub fn parts(&self) -> Parts {
        Parts { instructions: self.instructions }
    }

    /// Returns the losses of a batch of labels, found in one of four ways, so that you can time
    /// them next to each other.
    pub fn losses_by(&self, passes: Passes, batch: &Batch<'_>) -> Vec<f32> {
        self.instructions.run(LossesBy(passes, batch))
    }
}

impl Backend for Vectorized {
    fn name(&self) -> &str {
        "vectorized"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        self.instructions.run(Softmax(out));
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.instructions.run(LogSoftmax(out));
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.instructions.run(Losses(out));
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        self.instructions.run(SumOfLosses(*batch))
    }

    fn backward(&self, out: GradOut<'_>) {
        self.backward_with_sum(out);
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        self.instructions.run(BackwardWithSum(out))
    }
}
