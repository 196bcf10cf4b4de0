//! How exact a result must be, and how an error is measured.
//!
//! Exact means: for the given `f32` inputs. An error is measured in ulp, the spacing of
//! `f32` numbers at the exact value: it halves from one binade to the next and stays at
//! 2^-149 below 2^-126.

/// The bound for a label's loss, its log-probability and its own entry of the gradient, in
/// ulp. The four constants here are what the arithmetic of stage 2 can't exceed, step by
/// step: its error budget stands in `vectorized/src/cross_entropy.rs`.
pub const LABEL_ULPS: f64 = 4.0;

/// The bound for a probability, and for a label's gradient at the other classes, in ulp.
pub const PROBABILITY_ULPS: f64 = 6.4;

/// The bound for the loss where several classes have target weights, relative to the sum of
/// the sizes of its terms. Terms of either sign may cancel, and then no arithmetic in `f32`
/// can keep a bound relative to the result.
pub const WEIGHTED_LOSS: f64 = 2.3 / (1 << 23) as f64;

/// The same bound for an entry of the gradient.
pub const WEIGHTED_GRADIENT: f64 = 8.0 / (1 << 23) as f64;

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
    pub fn of_label(value: f64, exponentials: usize) -> Self {
        Exact { value, tolerance: LABEL_ULPS * ulp(value) + underflow(exponentials) }
    }

    /// A value to be met within [`PROBABILITY_ULPS`], made of so many exponentials.
    pub fn of_probability(value: f64, exponentials: usize) -> Self {
        let tolerance = PROBABILITY_ULPS * ulp(value) + underflow(exponentials);
        Exact { value, tolerance }
    }

    /// A loss whose terms have sizes that add up to `terms`, made of so many exponentials.
    pub fn of_weighted_loss(value: f64, terms: f64, exponentials: usize) -> Self {
        Exact { value, tolerance: WEIGHTED_LOSS * terms + underflow(exponentials) }
    }

    /// An entry of a gradient whose terms have sizes that add up to `terms`, made of so many
    /// exponentials. Its weight is made of four more numbers that may underflow.
    pub fn of_weighted_gradient(value: f64, terms: f64, exponentials: usize) -> Self {
        let tolerance = WEIGHTED_GRADIENT * terms + underflow(exponentials + 4);
        Exact { value, tolerance }
    }

    /// The same value for a law that is not about exactness, see [`ROUGH`].
    pub fn roughly(self) -> Self {
        Exact { tolerance: ROUGH * self.tolerance, ..self }
    }

    /// Whether a result is near enough. NaN asks for NaN, and a value that `f32` cannot
    /// hold for the infinity.
    pub fn accepts(self, got: f32) -> bool {
        self.error_over_tolerance(got) <= 1.0
    }

    /// Returns the error of a result in units of its tolerance; infinity where one of
    /// the two is NaN or infinite, unless both are NaN or the same infinity.
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
