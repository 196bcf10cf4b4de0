//! What is known of a row after one pass.

use crate::exp::Reference;
use crate::in_f64::ln_1p;

/// What one pass over a row, or over a part of it, finds: all that its loss and its gradient
/// need to know of it.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The largest logit; NaN if there is one.
    pub max: f32,
    /// The sum of the exponentials relative to the max, one class at the max left out; NaN
    /// where the max is not finite.
    pub(crate) rest: f64,
    /// What the exponentials are relative to.
    pub(crate) reference: Reference,
    /// The exponential of the max among them.
    exp_of_max: f64,
}

impl Summary {
    /// That of no class at all.
    #[inline(always)]
    pub(crate) fn of_nothing<const FMA: bool>() -> Self {
        Summary::new::<FMA>(f32::NEG_INFINITY, 0.0, Reference::near(0.0))
    }

    #[inline(always)]
    pub(crate) fn new<const FMA: bool>(
        max: f32,
        others: f64,
        reference: Reference,
    ) -> Self {
        let max = if others.is_nan() { f32::NAN } else { max };
        let exp_of_max = reference.exp_in_f64::<FMA>(max);
        let rest = if max.is_finite() { others / exp_of_max } else { f64::NAN };
        Summary { max, rest, reference, exp_of_max }
    }

    /// Computes the summary in `f64` throughout, as the scalar stage does: slowly, and without
    /// the floor below which exponentials aren't told apart.
    pub fn in_f64(z: &[f32]) -> Self {
        let max = scalar::softmax::max(z);
        let (rest, reference) = (scalar::softmax::rest(z, max), Reference::near(max));
        let exp_of_max = reference.exp_in_f64::<false>(max);
        Summary { max, rest, reference, exp_of_max }
    }

    /// Joins the summaries of two parts of a row. The part with the smaller max counts
    /// relative to the larger:
    ///
    /// ```text
    /// rest = rest_high + (1 + rest_low) exp(max_low - max_high)
    /// ```
    #[inline(always)]
    pub fn merged(self, other: Self) -> Self {
        // A part that is masked throughout is no part. NaN is none of the two.
        if self.max == f32::NEG_INFINITY {
            return other;
        }
        if other.max == f32::NEG_INFINITY {
            return self;
        }
        let (high, low) =
            if other.max > self.max { (other, self) } else { (self, other) };
        let distance = f64::from(low.max) - f64::from(high.max);
        Summary { rest: high.rest + (1.0 + low.rest) * distance.exp(), ..high }
    }

    /// Returns the logarithm of the sum of exponentials, relative to the max: `ln(1 + rest)`,
    /// from 0 to `ln C`.
    #[inline(always)]
    pub(crate) fn log_norm<const FMA: bool>(&self) -> f64 {
        ln_1p::<FMA>(self.rest)
    }

    /// `-ln p_k` of a class whose logit is `z_k`.
    #[inline(always)]
    pub(crate) fn nll<const FMA: bool>(&self, z_k: f32) -> f64 {
        self.log_norm::<FMA>() + (f64::from(self.max) - f64::from(z_k))
    }

    /// Returns the factor that makes probabilities of exponentials: one over their sum.
    #[inline(always)]
    pub(crate) fn normalizer(&self) -> f64 {
        1.0 / ((1.0 + self.rest) * self.exp_of_max)
    }

    /// The factor that makes probabilities of exponentials relative to some reference.
    #[inline(always)]
    pub(crate) fn normalizer_of<const FMA: bool>(&self, reference: Reference) -> f64 {
        1.0 / ((1.0 + self.rest) * reference.exp_in_f64::<FMA>(self.max))
    }

    /// Fills `log_p` with log-probabilities.
    #[inline(always)]
    pub(crate) fn log_softmax<const FMA: bool>(&self, z: &[f32], log_p: &mut [f32]) {
        let log_norm = self.log_norm::<FMA>() as f32;
        for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
            *log_p_k = (z_k - self.max) - log_norm;
        }
    }

    /// The probability of a class whose logit is `z_k`.
    #[inline(always)]
    pub(crate) fn p<const FMA: bool>(&self, z_k: f32) -> f64 {
        self.reference.exp_in_f64::<FMA>(z_k) * self.normalizer()
    }

    /// The probability of all classes but one, which has the logit `z_k` and the probability
    /// `p`.
    #[inline(always)]
    pub(crate) fn one_minus_p(&self, z_k: f32, p: f64) -> f64 {
        // For the likeliest class the difference would cancel: there it is the rest's share,
        // rest / (1 + rest), with the division that the normalizer has made.
        let share = self.rest * self.exp_of_max * self.normalizer();
        if z_k == self.max { share } else { 1.0 - p }
    }
}
