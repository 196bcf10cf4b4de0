//! The tolerances of results, and the unit in which we measure errors.
//!
//! A result is exact if it's exact for the given `f32` inputs. We measure errors in ulp,
//! the spacing of `f32` numbers at the exact value: the spacing halves from each binade
//! to the next lower one, and stays at 2^-149 below 2^-126.

/// The bound for a label's loss, its log-probability and its own entry of the gradient,
/// in ulp. The arithmetic of stage 2 can't exceed the four constants here, step by step:
/// `vectorized/src/cross_entropy.rs` has its error budget.
pub const LABEL_ULPS: f64 = 4.0;

/// The bound for a probability, and for a label's gradient at the other classes, in ulp.
pub const PROBABILITY_ULPS: f64 = 6.4;

/// The bound for the loss if several classes have target weights, relative to the sum of the
/// sizes of its terms. Terms of either sign may cancel, and then no arithmetic in `f32` can
/// keep a bound relative to the result.
pub const WEIGHTED_LOSS: f64 = 2.3 / (1 << 23) as f64;

/// The bound for an entry of the gradient, relative to its terms in the same way.
pub const WEIGHTED_GRADIENT: f64 = 8.0 / (1 << 23) as f64;

/// Half the smallest subnormal, for each exponential in a result: an exponential that
/// underflows gradually is off by that much.
pub const UNDERFLOW: f64 = 1.0 / (1_u128 << 75) as f64 / (1_u128 << 75) as f64;

/// The factor, a thousand, for the tolerances of laws that aren't about exactness: if
/// such a law fails, rounding isn't the reason.
pub const ROUGH: f64 = 1000.0;

/// The relative tolerance of ONNX's published results, `f32` numbers right to 2.1e-7.
pub const ONNX_RELATIVE: f64 = 1e-6;

/// A number that's known exactly, and the tolerance around it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exact {
    /// The value, correct to far more digits than an `f32` has.
    pub value: f64,
    /// The largest accepted error.
    pub tolerance: f64,
}

impl Exact {
    /// Bounds a value's error by [`LABEL_ULPS`], given its number of exponentials.
    pub fn of_label(value: f64, exponentials: usize) -> Self {
        Exact { value, tolerance: LABEL_ULPS * ulp(value) + underflow(exponentials) }
    }

    /// Bounds a value's error by [`PROBABILITY_ULPS`], given its number of exponentials.
    pub fn of_probability(value: f64, exponentials: usize) -> Self {
        let tolerance = PROBABILITY_ULPS * ulp(value) + underflow(exponentials);
        Exact { value, tolerance }
    }

    /// Bounds a loss's error by its terms' total size and its number of exponentials.
    pub fn of_weighted_loss(value: f64, terms: f64, exponentials: usize) -> Self {
        Exact { value, tolerance: WEIGHTED_LOSS * terms + underflow(exponentials) }
    }

    /// Bounds the error of a gradient's entry by its terms' total size and its number of
    /// exponentials. The entry's weight is made of four more numbers that may underflow.
    pub fn of_weighted_gradient(value: f64, terms: f64, exponentials: usize) -> Self {
        let tolerance = WEIGHTED_GRADIENT * terms + underflow(exponentials + 4);
        Exact { value, tolerance }
    }

    /// Returns the same value for a law that isn't about exactness; see [`ROUGH`].
    pub fn roughly(self) -> Self {
        Exact { tolerance: ROUGH * self.tolerance, ..self }
    }

    /// Returns whether a result is near enough. Only NaN is near NaN, and only the
    /// infinity is near a value that `f32` can't hold.
    pub fn accepts(self, got: f32) -> bool {
        self.error_over_tolerance(got) <= 1.0
    }

    /// Returns the error of a result in units of its tolerance, or infinity if the result
    /// or the value is NaN or infinite, unless both are NaN or the same infinity.
    pub fn error_over_tolerance(self, got: f32) -> f64 {
        let nearest = self.value as f32;
        let error = (f64::from(got) - self.value).abs();
        if error == 0.0
            || nearest == got && got.is_infinite()
            || nearest.is_nan() && got.is_nan()
        {
            0.0
        } else if nearest.is_finite() && got.is_finite() {
            error / self.tolerance
        } else {
            f64::INFINITY
        }
    }
}

/// Returns the error of a result in ulp of the exact value. The error is NaN or infinite
/// if the result or the value is, unless both agree.
pub fn ulps_between(got: f32, exact: f64) -> f64 {
    if got == exact as f32 && got.is_infinite() || got.is_nan() && exact.is_nan() {
        return 0.0;
    }
    (f64::from(got) - exact).abs() / ulp(exact)
}

/// Returns the spacing of `f32` numbers at `x`.
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
    fn a_tolerance_is_a_bound_and_the_exponentials_that_underflow() {
        // At 1, an exponential that underflows is too small to be seen; at 0 it isn't.
        let (ulp_at_1, ulp_at_0) = (2.0_f64.powi(-23), 2.0_f64.powi(-149));
        assert_eq!(Exact::of_label(1.0, 3).tolerance, LABEL_ULPS * ulp_at_1);
        assert_eq!(Exact::of_label(0.0, 3).tolerance, (LABEL_ULPS + 1.5) * ulp_at_0);
        let of_probability =
            |p, exponentials| Exact::of_probability(p, exponentials).tolerance;
        assert_eq!(of_probability(1.0, 3), PROBABILITY_ULPS * ulp_at_1);
        assert_eq!(of_probability(0.0, 8), (PROBABILITY_ULPS + 4.0) * ulp_at_0);
        assert_eq!(Exact::of_weighted_loss(1.0, 2.0, 3).tolerance, 2.0 * WEIGHTED_LOSS);
        assert_eq!(Exact::of_weighted_loss(0.0, 0.0, 3).tolerance, 1.5 * ulp_at_0);
        let of_gradient = |terms, exponentials| {
            Exact::of_weighted_gradient(1.0, terms, exponentials).tolerance
        };
        assert_eq!(of_gradient(2.0, 3), 2.0 * WEIGHTED_GRADIENT);
        assert_eq!(of_gradient(0.0, 3), 3.5 * ulp_at_0);
        // Relative to the terms, both bounds are a few roundings of an `f32`.
        for bound in [WEIGHTED_LOSS, WEIGHTED_GRADIENT] {
            assert!((ulp_at_1..16.0 * ulp_at_1).contains(&bound), "{bound}");
        }
        let exact = Exact::of_label(0.5, 1);
        let roughly = exact.roughly();
        assert_eq!(roughly.value, 0.5);
        assert_eq!(roughly.tolerance, ROUGH * exact.tolerance);
    }

    #[test]
    fn an_error_is_measured_in_tolerances() {
        let two = Exact { value: 2.0, tolerance: 0.5 };
        for (got, error) in [(2.0, 0.0), (2.25, 0.5), (1.5, 1.0), (3.0, 2.0), (-2.0, 8.0)]
        {
            assert_eq!(two.error_over_tolerance(got), error);
            assert_eq!(two.accepts(got), error <= 1.0);
        }
        let no_number = Exact { value: f64::NAN, tolerance: 0.5 };
        assert_eq!(two.error_over_tolerance(f32::NAN), f64::INFINITY);
        assert_eq!(no_number.error_over_tolerance(2.0), f64::INFINITY);
        let none = Exact { value: 0.0, tolerance: 0.0 };
        assert!(none.accepts(0.0) && none.accepts(-0.0));
        assert!(!none.accepts(1e-45));
    }

    #[test]
    fn an_error_is_measured_in_ulp() {
        const INF: f32 = f32::INFINITY;
        assert_eq!(ulps_between(1.0, 1.0), 0.0);
        assert_eq!(ulps_between(1.0 + 3.0 * f32::EPSILON, 1.0), 3.0);
        assert_eq!(ulps_between(-4.0, 4.0), 2.0 * f64::from(1 << 23));
        assert_eq!(ulps_between(3e-45, 0.0), 2.0);
        assert_eq!(
            (ulps_between(INF, 6e38), ulps_between(f32::NAN, f64::NAN)),
            (0.0, 0.0)
        );
        for (got, exact) in [(INF, 1.0), (f32::NAN, 1.0), (1.0, f64::NAN), (-INF, 6e38)] {
            let error = ulps_between(got, exact);
            assert!(!error.is_finite(), "{got} for {exact}: {error}");
        }
    }

    #[test]
    fn nan_and_infinity_are_accepted_only_where_they_are_due() {
        let one = Exact::of_label(1.0, 2);
        assert!(one.accepts(1.0 + 4.0 * f32::EPSILON));
        assert!(!one.accepts(1.0 + 5.0 * f32::EPSILON));
        assert!(!one.accepts(f32::NAN));
        assert!(!one.accepts(f32::INFINITY));
        assert!(Exact::of_label(f64::NAN, 2).accepts(f32::NAN));
        assert!(!Exact::of_label(f64::NAN, 2).accepts(1.0));
        assert!(Exact::of_label(6e38, 2).accepts(f32::INFINITY));
        assert!(!Exact::of_label(6e38, 2).accepts(f32::MAX));
        assert!(!Exact::of_label(-6e38, 2).accepts(f32::INFINITY));
    }
}
