//! The exponential of one class and the logarithm, in `f64`, which each row needs once.
//!
//! The standard library has both, exact almost to the last bit, and each is a call that computes a
//! single number. For a result in `f32`, ten digits are enough: they take some products and
//! sums, which become vectors if many rows end at once. The series are the textbook's, cut
//! off.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E};

/// The number 1.5 * 2^52, which pushes a fraction out, as in `exp.rs`.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// The number 2^52: a smaller whole number, put into its lowest bits, is added to it.
const ABOVE_BITS: f64 = 4_503_599_627_370_496.0;

/// The power of two below which exponentials aren't told apart.
const LOWEST: f64 = -900.0;

/// The coefficients `1 / k!` of `exp r = sum_k r^k / k!`: with |r| below `ln 2 / 2`, the next
/// term is below 7e-12.
const EXP: [f64; 10] = [
    1.0,
    1.0,
    1.0 / 2.0,
    1.0 / 6.0,
    1.0 / 24.0,
    1.0 / 120.0,
    1.0 / 720.0,
    1.0 / 5_040.0,
    1.0 / 40_320.0,
    1.0 / 362_880.0,
];

/// The coefficients `1 / (2 k + 3)` of `artanh s = s + s^3 sum_k s^(2 k) / (2 k + 3)`: with
/// |s| below 0.172, the next term is below 5e-11 s.
const ARTANH: [f64; 5] = [1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0];

/// Returns `2^power exp x` within 1e-11 of it, and at least 2^-900.
#[inline(always)]
pub(crate) fn exp(x: f64, power: f64) -> f64 {
    let floor = (LOWEST - power) * LN_2;
    let x = if x < floor { floor } else { x };
    // The sum has the exponent in its lowest bits, as an `f64` stores it.
    let rounder = WHOLE + (1023.0 + power);
    let exponent = x.mul_add(LOG2_E, rounder);
    let r = (exponent - rounder).mul_add(-LN_2, x);
    f64::from_bits(exponent.to_bits() << 52) * polynomial(EXP, r)
}

/// Returns `ln(1 + x)` of a number that isn't negative, within 1e-10 of it.
///
/// With `1 + x = 2^n (1 + f)`, the second factor from `1 / sqrt 2` to `sqrt 2`, the logarithm is
/// `n ln 2 + 2 artanh(f / (2 + f))`. If n is 0, f is x, which loses no digit.
#[inline(always)]
pub(crate) fn ln_1p(x: f64) -> f64 {
    // Counted from the bits of 1 / sqrt 2, the upper bits are n: 2 for 3 = 2^2 * 0.75.
    let lowest_factor = FRAC_1_SQRT_2.to_bits();
    let bits = (1.0 + x).to_bits().wrapping_sub(lowest_factor);
    let n = f64::from_bits((bits >> 52) | ABOVE_BITS.to_bits()) - ABOVE_BITS;
    let fraction = bits & (u64::MAX >> 12);
    let factor = f64::from_bits(fraction.wrapping_add(lowest_factor));
    let f = if n == 0.0 || x.is_nan() { x } else { factor - 1.0 };

    let s = f / (2.0 + f);
    let s2 = s * s;
    let artanh = (s * s2).mul_add(polynomial(ARTANH, s2), s);
    n.mul_add(LN_2, 2.0 * artanh)
}

#[inline(always)]
fn polynomial<const N: usize>(coefficients: [f64; N], x: f64) -> f64 {
    let mut sum = 0.0_f64;
    for coefficient in coefficients.into_iter().rev() {
        sum = sum.mul_add(x, coefficient);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(got: f64, exact: f64, what: &str) {
        assert!((got / exact - 1.0).abs() < 1e-10, "{what}: {got}, not {exact}");
    }

    #[test]
    fn exponentials_have_ten_digits() {
        for i in 0..=1_000_000 {
            let x = -600.0 + 1e-3 * f64::from(i);
            assert_near(exp(x, 0.0), x.exp(), "exp");
            assert_near(exp(x, 72.0), x.exp() * 2.0_f64.powi(72), "exp");
        }
        for low in [-700.0, -1e38, f64::NEG_INFINITY] {
            assert!(exp(low, 72.0) <= 2.0_f64.powi(-899));
        }
        assert!(exp(f64::NAN, 0.0).is_nan());
    }

    #[test]
    fn logarithms_have_ten_digits() {
        let sizes = (-1000..30).flat_map(|power| {
            (0..100).map(move |i| 2.0_f64.powi(power) * (1.0 + 0.01 * f64::from(i)))
        });
        let near_sqrt_2 = (-9..9).map(|i| {
            f64::from_bits((2.0_f64.sqrt() - 1.0).to_bits().wrapping_add_signed(i))
        });
        for x in sizes.chain(near_sqrt_2) {
            assert_near(ln_1p(x), x.ln_1p(), "ln_1p");
        }
        assert_eq!(ln_1p(0.0), 0.0);
        assert!(ln_1p(f64::NAN).is_nan());
    }
}
