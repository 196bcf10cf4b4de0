//! Parts of a row, for a backend that shares one row out.
//!
//! Each part is gone over by itself, and the summaries of the parts are merged to that of
//! the row. Then each part is finished by itself.

use std::ops::Range;

use crate::cross_entropy::HEAVY;
use crate::exp::Reference;
use crate::instructions::{InstructionSet, Kernel};
use crate::lanes::max;
use crate::scale::scale;
use crate::softmax::{exponentials, fill, rest};
use crate::summary::Summary;

/// So many logits say near what power of two the max of a part may be.
const LOOKED_AT: usize = 256;

/// The arithmetic of stage 2 for some classes of a row.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub(crate) instructions: InstructionSet,
}

impl Parts {
    /// The target weights, over the divisor or not, that are neither too heavy nor too light
    /// for a row that is computed in parts.
    pub const WEIGHTS: Range<f64> = 1e-8..HEAVY;

    /// Returns the summary of a part.
    pub fn summary(&self, z: &[f32]) -> Summary {
        self.instructions.run(Rest { z })
    }

    /// Returns the summary of a part, and fills `exps` with exponentials, one for each class,
    /// to be scaled.
    pub fn exponentials(&self, z: &[f32], exps: &mut [f32]) -> Summary {
        self.instructions.run(Exponentials { z, exps })
    }

    /// Turns the exponentials of a part into `a p_k`, given the summary of the part and that
    /// of its row. `a` is in [`Parts::WEIGHTS`].
    pub fn scale(&self, z: &[f32], exps: &mut [f32], a: f64, [part, row]: [&Summary; 2]) {
        self.instructions.run(Scale { z, exps, a, part, row });
    }

    /// Fills `p` with `a p_k` of a part, given the summary of its row, as [`Parts::scale`]
    /// would.
    pub fn softmax_times(&self, z: &[f32], p: &mut [f32], a: f64, row: &Summary) {
        self.instructions.run(SoftmaxTimes { z, p, a, row });
    }

    /// Fills `log_p` with the log-probabilities of a part, given the summary of its row.
    pub fn log_softmax(&self, z: &[f32], log_p: &mut [f32], row: &Summary) {
        self.instructions.run(LogSoftmax { z, log_p, row });
    }
}

impl Summary {
    /// Returns `-ln p_k` and `1 - p_k` of the class whose logit is `z_k`.
    pub fn of_class(&self, z_k: f32) -> (f64, f64) {
        let others = self.one_minus_p(z_k, self.p::<false>(z_k));
        (self.nll::<false>(z_k), others)
    }
}

struct Rest<'a> {
    z: &'a [f32],
}

impl Kernel for Rest<'_> {
    type Output = Summary;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Summary {
        rest::<FMA>(self.z, guess(self.z))
    }
}

struct Exponentials<'a> {
    z: &'a [f32],
    exps: &'a mut [f32],
}

impl Kernel for Exponentials<'_> {
    type Output = Summary;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Summary {
        exponentials::<FMA>(self.z, guess(self.z), self.exps)
    }
}

#[inline(always)]
fn guess(z: &[f32]) -> Reference {
    Reference::near(max(&z[..z.len().min(LOOKED_AT)]))
}

struct Scale<'a> {
    z: &'a [f32],
    exps: &'a mut [f32],
    a: f64,
    part: &'a Summary,
    row: &'a Summary,
}

impl Kernel for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let Scale { z, exps, a, part, row } = self;
        let factor = (a * row.normalizer_of::<FMA>(part.reference)) as f32;
        if part.reference.serves(row.max) && factor.is_normal() {
            scale::<FMA>(exps, factor, a as f32);
        } else {
            SoftmaxTimes { z, p: exps, a, row }.run::<FMA>();
        }
    }
}

struct SoftmaxTimes<'a> {
    z: &'a [f32],
    p: &'a mut [f32],
    a: f64,
    row: &'a Summary,
}

impl Kernel for SoftmaxTimes<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let SoftmaxTimes { z, p, a, row } = self;
        let reference = Reference::near(row.max);
        fill::<FMA>(z, reference, p);
        scale::<FMA>(p, (a * row.normalizer_of::<FMA>(reference)) as f32, a as f32);
    }
}

struct LogSoftmax<'a> {
    z: &'a [f32],
    log_p: &'a mut [f32],
    row: &'a Summary,
}

impl Kernel for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        self.row.log_softmax::<FMA>(self.z, self.log_p);
    }
}
