//! Stage 2
#![forbid(unsafe_code)]

mod alone;
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

    /// Returns how many rows are computed at a time. A sum over rows that come in any other
    /// number at a time may differ in its last bit.
    pub fn rows_at_a_time(classes: usize) -> usize {
        rows_together(classes)
    }

    /// Returns the arithmetic for parts of a row, for a backend that shares one row out.
    pub fn parts(&self) -> Parts {
        Parts { instructions: self.instructions }
    }

    /// Returns the losses of a batch of labels, found one way or another, to measure the ways
    /// beside each other.
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
