//! e19, the online softmax. Your task is at the top of tests/e19_online_softmax.rs.

/// What is known of a part of a row: enough to go on from there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The largest logit of the part; `-inf` if it has none, or only masked ones. Of a part
    /// with NaN it may be any number but `-inf`, as long as this or `rest` is NaN.
    pub max: f32,
    /// The sum of `exp(z_k - max)` over the part, one class at the max left out; 0 where
    /// the max is `-inf`.
    pub rest: f64,
}

impl Summary {
    /// That of no logit at all.
    pub const NOTHING: Summary = Summary { max: f32::NEG_INFINITY, rest: 0.0 };

    /// That of a whole row, logit by logit: each is read once.
    pub fn of_row(z: &[f32]) -> Self {
        z.iter().fold(Self::NOTHING, |summary, &z_k| summary.push(z_k))
    }

    /// `ln(1 + rest)`, so that lse(z) = max + log_norm. NaN where the row has no
    /// probabilities: it holds NaN or `+inf`, or nothing but `-inf`.
    pub fn log_norm(self) -> f64 {
        if self.max.is_finite() { self.rest.ln_1p() } else { f64::NAN }
    }

    /// That of the part and one more logit.
    pub fn push(self, z_k: f32) -> Self {
        // gap: todo!("{self:?} and one more logit, {z_k:?}")
        // A logit is a part of its own: its max, and nothing beside it.
        self.merged(Summary { max: z_k, rest: 0.0 })
        // end of gap
    }

    /// That of both parts together, whichever comes first in the row.
    pub fn merged(self, other: Self) -> Self {
        // gap: todo!("{self:?} and {other:?} together")
        // Two masked parts would make -inf - -inf, which is NaN. A part without a max is
        // no part: the other one is returned as it is, and if that holds NaN, NaN it
        // stays.
        if self.max == f32::NEG_INFINITY {
            return other;
        }
        if other.max == f32::NEG_INFINITY {
            return self;
        }
        let (high, low) =
            if other.max > self.max { (other, self) } else { (self, other) };
        // What was relative to the lower max becomes relative to the higher one, and the
        // lower max itself, until now left out, is one of the rest.
        let factor = (f64::from(low.max) - f64::from(high.max)).exp();
        Summary { max: high.max, rest: high.rest + (1.0 + low.rest) * factor }
        // end of gap
    }
}
