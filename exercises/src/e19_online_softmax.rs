//! e19, the online softmax. Your task is at the top of tests/e19_online_softmax.rs.

/// The summary of a part of a row: its max and its rest, enough to go on from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The largest logit of the part, or `-inf` if the part is empty or has only masked logits.
    /// If the part has a NaN, `max` or `rest` is NaN, and `max` isn't `-inf`.
    pub max: f32,
    /// The sum of `exp(z_k - max)` over all classes of the part except one at the max. It's 0 if
    /// the max is `-inf`.
    pub rest: f64,
}

impl Summary {
    /// The summary of an empty part.
    pub const NOTHING: Summary = Summary { max: f32::NEG_INFINITY, rest: 0.0 };

    /// Returns the summary of a whole row. It reads each logit once.
    pub fn of_row(z: &[f32]) -> Self {
        z.iter().fold(Self::NOTHING, |summary, &z_k| summary.push(z_k))
    }

    /// Returns `ln(1 + rest)`, so that lse(z) = max + log_norm. It's NaN if the row has no
    /// probabilities, because it holds NaN or `+inf`, or nothing except `-inf`.
    pub fn log_norm(self) -> f64 {
        if self.max.is_finite() { self.rest.ln_1p() } else { f64::NAN }
    }

    /// Returns the summary of this part and one more logit.
    pub fn push(self, z_k: f32) -> Self {
        todo!("{self:?} and one more logit, {z_k:?}")
    }

    /// Returns the summary of two parts together. Either may come first in the row.
    pub fn merged(self, other: Self) -> Self {
        todo!("{self:?} and {other:?} together")
    }
}
