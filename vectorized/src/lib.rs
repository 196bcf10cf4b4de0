//! Stage 2: slices that the compiler turns into SIMD.
//!
//! The same loss as in the scalar stage, in the same files and functions, on one thread:
//! as exact, and near the speed of copying memory. Three things make the difference:
//!
//! 1. **Sixteen numbers at once** (`lanes.rs`): a row is cut into arrays of sixteen, and
//!    loops over those become vector instructions.
//! 2. **An exponential of our own** (`exp.rs`): the library's works on one number at a
//!    time; plain arithmetic works on sixteen. It keeps what `f64` gave the scalar stage:
//!    the difference of two logits loses nothing.
//! 3. **Few passes over memory** (`softmax.rs`, `cross_entropy.rs`): the max; then the
//!    exponentials, kept in the gradient's buffer, and their sum; then one product a
//!    class, which finds its numbers in cache. And the max of the next row is looked for
//!    while this one is computed, so that nothing waits for memory.
//!
//! Targets that give weight to many classes cost one more pass (`weights.rs`).
//!
//! No instruction is written by hand, and there is no unsafe code here. `instructions.rs`
//! compiles one source for several instruction sets, and chooses when the program runs.
//!
//! # Seeing the machine code
//!
//! ```sh
//! cargo rustc -p vectorized --release -- --emit asm -C debuginfo=0
//! ```
//!
//! writes it to `target/release/deps/vectorized-*.s`. The hot loop is the one with
//! `vpslld $23`, where the exponent is put together: with AVX-512 some thirty instructions
//! on registers called `zmm`, for sixteen logits, and no `call`.
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
mod instructions;
mod lanes;
mod passes;
mod scale;
mod softmax;
mod weights;

pub use instructions::InstructionSet;
pub use lanes::LANES;
pub use passes::Passes;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use exp::Reference;
use instructions::Kernel;

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
        self.instructions.run(Softmax(out));
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.instructions.run(LogSoftmax(out));
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.instructions.run(Losses(out));
    }

    fn forward(&self, batch: &Batch<'_>) -> f32 {
        self.instructions.run(Forward(*batch))
    }

    fn backward(&self, out: GradOut<'_>) {
        self.instructions.run(ForwardBackward(out));
    }

    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        self.instructions.run(ForwardBackward(out))
    }
}

struct LogNorms<'a>(Passes, Logits<'a>);

impl Kernel for LogNorms<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Vec<f32> {
        let LogNorms(passes, logits) = self;
        let mut reference = Reference::near(0.0);
        let mut log_norms = Vec::with_capacity(logits.rows());
        for z in logits.iter() {
            let rest = match passes {
                Passes::Two => passes::two::<FMA>(z).1,
                Passes::Online => passes::online::<FMA>(z).1,
                Passes::One => {
                    let row = softmax::rest::<FMA>(z, reference);
                    reference = row.reference;
                    row.rest
                }
            };
            log_norms.push(rest.ln_1p() as f32);
        }
        log_norms
    }
}

struct Softmax<'a>(SoftmaxOut<'a>);

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut reference = Reference::near(0.0);
        for (z, p) in self.0.rows() {
            reference = softmax::softmax::<FMA>(z, reference, p);
        }
    }
}

struct LogSoftmax<'a>(SoftmaxOut<'a>);

impl Kernel for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut reference = Reference::near(0.0);
        for (z, log_p) in self.0.rows() {
            reference = softmax::log_softmax::<FMA>(z, reference, log_p);
        }
    }
}

struct Losses<'a>(LossesOut<'a>);

impl Kernel for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut reference = Reference::near(0.0);
        for (row, out) in self.0.rows() {
            *out = 0.0;
            if let Some(row) = row {
                let (loss, next) = cross_entropy::loss::<FMA>(row, reference);
                *out = loss as f32;
                reference = next;
            }
        }
    }
}

struct Forward<'a>(Batch<'a>);

impl Kernel for Forward<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f32 {
        let (mut sum, mut reference) = (0.0, Reference::near(0.0));
        for row in self.0.iter().flatten() {
            let (loss, next) = cross_entropy::loss::<FMA>(row, reference);
            sum += loss;
            reference = next;
        }
        (sum / self.0.divisor()) as f32
    }
}

struct ForwardBackward<'a>(GradOut<'a>);

impl Kernel for ForwardBackward<'_> {
    type Output = f32;

    #[inline(always)]
    fn run<const FMA: bool>(mut self) -> f32 {
        let divisor = self.0.batch().divisor();
        let (mut sum, mut reference) = (0.0, Reference::near(0.0));
        for (row, grad) in self.0.rows() {
            match row {
                Some(row) => {
                    let (loss, next) =
                        cross_entropy::gradient::<FMA>(row, reference, divisor, grad);
                    sum += loss;
                    reference = next;
                }
                None => grad.fill(0.0),
            }
        }
        (sum / divisor) as f32
    }
}
