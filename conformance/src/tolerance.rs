//! How exact a result must be, and how an error is measured.
//!
//! Exact means: for the given `f32` inputs. An error is measured in ulp, the spacing of
//! `f32` numbers at the exact value: it halves from one binade to the next and stays at
//! 2^-149 below 2^-126.

/// Labels, probabilities and log-probabilities, in ulp: half an ulp for the rounded
/// result, and what is left for the exponential, the sum, the quotient and the scale.
pub const LABEL_ULPS: f64 = 3.0;

/// Targets with several weights: eight roundings of 2^-24, relative to the sum of the
/// sizes of the terms. Terms of either sign may cancel, and then nothing that works in
/// `f32` can keep a bound relative to the result.
pub const MIXED_RELATIVE: f64 = 4.0 / (1 << 23) as f64;

/// Half the smallest subnormal, for each exponential that a result is made of: one that
/// underflows gradually is off by that much.
pub const UNDERFLOW: f64 = 1.0 / (1_u128 << 75) as f64 / (1_u128 << 75) as f64;

/// Laws about what is computed, not about how exactly, accept a thousand times as much:
/// where one of them fails, it is not for a rounding.
pub const ROUGH: f64 = 1000.0;

/// The published ONNX results are `f32` themselves, right to 2.1e-7.
pub const ONNX_RELATIVE: f64 = 1e-6;

/// A number that is known exactly, and how far from it a result may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The value, correct to far more digits than an `f32` has.
    pub value: f64,
    /// The largest error that is accepted.
    pub tolerance: f64,
}

impl Exact {
    /// A value to be met within [`LABEL_ULPS`], made of so many exponentials.
    pub fn within_ulps(value: f64, exponentials: usize) -> Self {
        let tolerance = LABEL_ULPS * ulp(value) + underflow(exponentials);
        Exact { value, tolerance }
    }

    /// A value made of terms whose sizes add up to `terms`, and of so many exponentials.
    pub fn within_terms(value: f64, terms: f64, exponentials: usize) -> Self {
        Exact { value, tolerance: MIXED_RELATIVE * terms + underflow(exponentials) }
    }

    /// The same value for a law that is not about exactness, see [`ROUGH`].
    pub fn roughly(self) -> Self {
        Exact { tolerance: ROUGH * self.tolerance, ..self }
    }

    /// Whether a result is near enough. NaN asks for NaN, and a value that `f32` cannot
    /// hold for the infinity.
    pub fn accepts(self, got: f32) -> bool {
        let nearest = self.value as f32;
        if nearest.is_nan() {
            got.is_nan()
        } else if nearest.is_infinite() {
            got == nearest
        } else {
            (f64::from(got) - self.value).abs() <= self.tolerance
        }
    }
}

/// The error of a result in ulp of the exact value; NaN or infinite where one of the two
/// is, unless both agree.
pub fn ulps_between(got: f32, exact: f64) -> f64 {
    if got == exact as f32 && got.is_infinite() || got.is_nan() && exact.is_nan() {
        return 0.0;
    }
    (f64::from(got) - exact).abs() / ulp(exact)
}

/// The spacing of `f32` numbers at `x`.
fn ulp(x: f64) -> f64 {
    let biased_exponent = (x.abs().to_bits() >> 52) as i32;
    2.0_f64.powi((biased_exponent - 1023).clamp(-126, 127) - 23)
}

fn underflow(exponentials: usize) -> f64 {
    exponentials as f64 * UNDERFLOW
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ulp_is_the_distance_to_the_next_number() {
        for x in [1.0_f32, 1.5, 0.1, 3e38, 1e-38, 1e-40, 0.0] {
            let next = f32::from_bits(x.to_bits() + 1);
            if next.is_finite() {
                assert_eq!(ulp(f64::from(x)), f64::from(next) - f64::from(x), "{x}");
            }
        }
        assert_eq!(UNDERFLOW, ulp(0.0) / 2.0);
    }

    #[test]
    fn nan_and_infinity_are_accepted_only_where_they_are_due() {
        let one = Exact::within_ulps(1.0, 2);
        assert!(one.accepts(1.0 + 3.0 * f32::EPSILON));
        assert!(!one.accepts(1.0 + 4.0 * f32::EPSILON));
        assert!(!one.accepts(f32::NAN));
        assert!(!one.accepts(f32::INFINITY));
        assert!(Exact::within_ulps(f64::NAN, 2).accepts(f32::NAN));
        assert!(!Exact::within_ulps(f64::NAN, 2).accepts(1.0));
        assert!(Exact::within_ulps(6e38, 2).accepts(f32::INFINITY));
        assert!(!Exact::within_ulps(6e38, 2).accepts(f32::MAX));
        assert!(!Exact::within_ulps(-6e38, 2).accepts(f32::INFINITY));
    }
}
