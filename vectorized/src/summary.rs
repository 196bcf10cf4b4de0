//! The max and the rest of a row, or of a part of it: all that a gradient needs to know about
//! the row, whatever its target is.

use crate::exp::Anchor;
use crate::lanes::position;
use crate::softmax::{NO_CLASS, log_norm, max, rest};

/// The max of some logits and the rest of their exponentials.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The largest logit, or NaN if a logit is NaN.
    pub max: f32,
    /// The sum of the exponentials relative to the max, with one class at the max left out, or
    /// NaN if the max isn't finite.
    pub(crate) rest: f64,
}

impl Summary {
    /// Summarizes logits, first their max and then the rest. Fills `out`, if it's given, with their
    /// exponentials relative to the anchor that it returns. Returns `None` if the max has no anchor.
    // ANCHOR: new
    #[inline(always)]
    pub(crate) fn new(z: &[f32], out: Option<&mut [f32]>) -> Option<(Self, Anchor)> {
        let max = max(z);
        let anchor = Anchor::of_max(max)?;
        let top = position(z, max).unwrap_or(NO_CLASS);
        let others = rest(z, top, anchor, out);
        Some((Summary { max, rest: others / anchor.exp_in_f64(max) }, anchor))
    }
    // ANCHOR_END: new

    /// Summarizes logits in `f64` throughout, as the scalar stage does: slowly, wherever the max
    /// is, and without the floor below which exponentials aren't told apart.
    pub fn in_f64(z: &[f32]) -> Self {
        let max = scalar::softmax::max(z);
        Summary { max, rest: scalar::softmax::rest(z, max) }
    }

    /// Joins the summaries of two parts of a row. The part with the smaller max counts
    /// relative to the larger:
    ///
    /// ```text
    /// rest = rest_high + (1 + rest_low) exp(max_low - max_high)
    /// ```
    #[inline(always)]
    pub fn merged(self, other: Self) -> Self {
        // A part that's masked throughout adds nothing. A max of NaN isn't `-inf`, and stays.
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

    /// Returns `-ln p_k` of a class whose logit is `z_k`.
    #[inline(always)]
    pub(crate) fn nll(&self, z_k: f32) -> f64 {
        log_norm(self.rest) + (f64::from(self.max) - f64::from(z_k))
    }

    /// Returns the factor that turns exponentials relative to an anchor into probabilities: 1
    /// over their sum.
    #[inline(always)]
    pub(crate) fn normalizer(&self, anchor: Anchor) -> f64 {
        1.0 / ((1.0 + self.rest) * anchor.exp_in_f64(self.max))
    }

    /// Returns `-ln p_k` and `1 - p_k` of the class whose logit is `z_k`.
    pub fn of_class(&self, z_k: f32) -> (f64, f64) {
        let nll = self.nll(z_k);
        // For the likeliest class, `1 - p` would cancel, and `exp_m1` doesn't.
        (nll, -(-nll).exp_m1())
    }

    /// Fills `log_p` with the log-probabilities of the classes whose logits are `z`.
    #[inline(always)]
    pub(crate) fn log_softmax(&self, z: &[f32], log_p: &mut [f32]) {
        let log_norm = log_norm(self.rest) as f32;
        for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
            // Not `z_k - (max + log_norm)`: a large max would swallow the logarithm.
            *log_p_k = (z_k - self.max) - log_norm;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_has_a_price_and_others_have_the_rest_of_the_probability() {
        for (z, p) in [(2.0, 0.659_001_14), (1.0, 0.242_432_97), (0.1, 0.098_565_89)] {
            let (nll, one_minus_p) = Summary::in_f64(&[2.0, 1.0, 0.1]).of_class(z);
            assert!((nll + f64::ln(p)).abs() < 1e-7, "{z}: {nll}");
            assert!((one_minus_p - (1.0 - p)).abs() < 1e-7, "{z}: {one_minus_p}");
        }
        let (nll, one_minus_p) = Summary::in_f64(&[20.0, 0.0]).of_class(20.0);
        for tail in [nll, one_minus_p] {
            assert!((tail / 2.061_153_62e-9 - 1.0).abs() < 1e-8, "{tail}");
        }
    }
}
