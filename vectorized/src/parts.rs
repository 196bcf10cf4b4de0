//! Parts of a row, for a backend that shares one row out.
//!
//! For the loss of a label, each part is summed by itself ([`Parts::sum`]). The sums of all parts
//! make the end of the row ([`Parts::end`]), and each part is finished by itself
//! ([`Parts::finish`]). For any other result, each part is summarized by itself, the summaries
//! are merged ([`Summary::merged`]), and each part is finished by itself again.

use std::ops::Range;

use crate::cross_entropy::{End, HEAVY};
use crate::exp::Anchor;
use crate::instructions::{InstructionSet, Kernel};
use crate::lanes::LANES;
use crate::scale::scale;
use crate::softmax::{NO_CLASS, max, rest};
use crate::summary::Summary;

/// The number of logits of a part that we look at to guess its anchor.
const LOOKED_AT: usize = 16 * LANES;

/// The arithmetic of stage 2 for some classes of a row.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub(crate) instructions: InstructionSet,
}

/// The sum of the exponentials of a part, except that of the label.
#[derive(Clone, Copy, Debug)]
pub struct PartSum {
    others: f64,
    anchor: Anchor,
}

/// The end of a labeled row whose parts were summed.
#[derive(Clone, Copy, Debug)]
pub struct RowEnd {
    end: End,
    anchor: Anchor,
}

impl RowEnd {
    /// Returns the loss, in nats.
    pub fn loss(&self) -> f64 {
        self.end.loss
    }

    /// Returns the gradient's entry for the label.
    pub fn of_label(&self) -> f32 {
        self.end.of_label
    }
}

impl Parts {
    /// The target weights, divided or not, that are neither too heavy nor too light for a row
    /// that's computed in parts.
    pub const WEIGHTS: Range<f64> = 1e-8..HEAVY;

    /// Sums the exponentials of a part, except the label's if the label is in this part, and fills
    /// `exps`, if it's given, with all of them. Returns `None` if `f32` can't hold them.
    pub fn sum(
        &self,
        z: &[f32],
        label: Option<usize>,
        exps: Option<&mut [f32]>,
    ) -> Option<PartSum> {
        self.instructions.run(Sum { z, label: label.unwrap_or(NO_CLASS), exps })
    }

    /// Returns the end of a row from the sums of its parts, the target weight of its label, and
    /// the label's logit. Returns `None` if `f32` can't hold the row's numbers.
    pub fn end<'a>(
        &self,
        parts: impl Iterator<Item = &'a PartSum> + Clone,
        a: f64,
        z: f32,
        divisor: f64,
    ) -> Option<RowEnd> {
        let anchors = parts.clone().map(|part| part.anchor);
        let anchor = anchors.reduce(Anchor::higher)?;
        let mut others = 0.0;
        for part in parts {
            others += part.others * part.anchor.over(anchor);
        }
        let end = End::new(a, z, others, anchor, divisor);
        end.is_held.then_some(RowEnd { end, anchor })
    }

    /// Turns the exponentials of a part into entries of the gradient, all except that of the label.
    pub fn finish(&self, z: &[f32], exps: &mut [f32], part: PartSum, row: &RowEnd) {
        self.instructions.run(Finish { z, exps, part, row });
    }

    /// Returns the summary of a part.
    pub fn summary(&self, z: &[f32]) -> Summary {
        self.instructions.run(Summarize(z))
    }

    /// Fills `p` with `a p_k` of a part, given the summary of its row. `a` is in
    /// [`Parts::WEIGHTS`].
    pub fn softmax_times(&self, z: &[f32], p: &mut [f32], a: f64, row: &Summary) {
        self.instructions.run(SoftmaxTimes { z, p, a, row });
    }

    /// Fills `log_p` with the log-probabilities of a part, given the summary of its row.
    pub fn log_softmax(&self, z: &[f32], log_p: &mut [f32], row: &Summary) {
        self.instructions.run(LogSoftmax { z, log_p, row });
    }
}

struct Sum<'a> {
    z: &'a [f32],
    label: usize,
    exps: Option<&'a mut [f32]>,
}

impl Kernel for Sum<'_> {
    type Output = Option<PartSum>;

    #[inline(always)]
    fn run(mut self) -> Option<PartSum> {
        let some = &self.z[..self.z.len().min(LOOKED_AT)];
        if let Some(anchor) = Anchor::of_max(max(some)) {
            let exps = self.exps.as_deref_mut();
            let others = rest(self.z, self.label, anchor, exps);
            let of_label = self.z.get(self.label).map_or(0.0, |z| anchor.exp_in_f64(*z));
            if anchor.serves(others + of_label) {
                return Some(PartSum { others, anchor });
            }
        }
        let anchor = Anchor::of_max(max(self.z))?;
        let others = rest(self.z, self.label, anchor, self.exps);
        Some(PartSum { others, anchor })
    }

    fn run_scalar(self) -> Option<PartSum> {
        None
    }
}

struct Finish<'a> {
    z: &'a [f32],
    exps: &'a mut [f32],
    part: PartSum,
    row: &'a RowEnd,
}

impl Kernel for Finish<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { z, exps, part, row: RowEnd { end, anchor } } = self;
        let factor = (f64::from(end.factor) * part.anchor.over(*anchor)) as f32;
        if factor.is_normal() {
            scale(exps, factor, end.most);
        } else {
            // The part is far below the row's max, so the row's anchor takes over.
            rest(z, NO_CLASS, *anchor, Some(exps));
            scale(exps, end.factor, end.most);
        }
    }

    fn run_scalar(self) {
        self.run();
    }
}

struct Summarize<'a>(&'a [f32]);

impl Kernel for Summarize<'_> {
    type Output = Summary;

    #[inline(always)]
    fn run(self) -> Summary {
        match Summary::new(self.0, None) {
            Some((summary, _)) => summary,
            None => Summary::in_f64(self.0),
        }
    }

    fn run_scalar(self) -> Summary {
        Summary::in_f64(self.0)
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
    fn run(self) {
        let Some(anchor) = Anchor::of_max(self.row.max) else {
            return self.run_scalar();
        };
        let SoftmaxTimes { z, p, a, row } = self;
        rest(z, NO_CLASS, anchor, Some(p));
        scale(p, (a * row.normalizer(anchor)) as f32, a as f32);
    }

    fn run_scalar(self) {
        let Summary { max, rest } = *self.row;
        for (p, &z_k) in self.p.iter_mut().zip(self.z) {
            let exp = (f64::from(z_k) - f64::from(max)).exp();
            *p = (self.a * (exp / (1.0 + rest))) as f32;
        }
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
    fn run(self) {
        self.row.log_softmax(self.z, self.log_p);
    }

    fn run_scalar(self) {
        self.run();
    }
}
