//! `f32::exp` is a call into a library that computes one number at a time. But you can
//! compute an exponential without a branch, a call or a table (Cody and Waite 1980), and
//! then the compiler makes vectors of it:
//!
//! ```text
//! x     = n ln 2 + r        n: the nearest whole number, r: within ln 2 / 2 of 0
//! exp x = 2^n exp r         exp r by a polynomial, 2^n by its bits
//! ```
//!
//! Write the three steps, `reduced`, `exp_of_reduced` and `power_of_two`, and then `exp`.
//! Its error is at most 2 ulp from `LOWEST` to 0. Below `LOWEST` it returns 0, and for
//! NaN it returns NaN. A softmax needs no more, because it takes exponentials of
//! differences from the max, and none of these is above 0.
//!
//! You're given the constants. Adding `WHOLE` and subtracting it again rounds a number to
//! the nearest whole number. ln 2 comes in two parts: at x = -87, the product n ln 2
//! would be rounded by up to 2^-18, which is 45 ulp of the result, but n times the first
//! part is exact. An `f32` keeps its exponent, with 127 added, in the bits from 23 on.

#[path = "../src/e18_fast_exp.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e18_fast_exp;

use std::f64::consts::LN_2;

use conformance::tolerance::ulps_between;
use e18_fast_exp::{LOWEST, exp, exp_of_reduced, power_of_two, reduced};
use exercises::lesson;

/// What is asked for: half an ulp for the last rounding, and what is left for the steps.
const EXP_ULPS: f64 = 2.0;

/// For the polynomial: half an ulp for the last sum; a quarter for the sum before, which
/// is below 1/2; a quarter for those inside; and half an ulp for another order of terms.
const POLYNOMIAL_ULPS: f64 = 1.5;

/// Beyond ln 2 / 2, since x times `LOG2_E` is rounded before the whole number is found:
/// by 2^-18 at 126, and as much for `LOG2_E` itself.
const REDUCED_SLACK: f64 = 8e-6;

/// How far n ln 2 + r may be from x: r is below 1/2, so it is rounded by 2^-26, and the
/// product with the low part by far less. Twice that.
const REDUCTION_ERROR: f64 = 1.0 / (1 << 25) as f64;

/// Every 61st `f32` from -2^-26, where the exponential is still 1, to `LOWEST`: 4.5
/// million, in each binade alike.
fn sample() -> impl Iterator<Item = f32> {
    let (first, last) = (-1.0 / (1 << 26) as f32, LOWEST);
    (first.to_bits()..=last.to_bits()).step_by(61).map(f32::from_bits).chain([LOWEST])
}

/// The number with the largest error; NaN is larger than all.
fn worst(numbers: impl Iterator<Item = f32>, error: impl Fn(f32) -> f64) -> f32 {
    let (mut worst, mut largest) = (0.0, -1.0);
    for x in numbers {
        let error = error(x);
        let error = if error.is_nan() { f64::INFINITY } else { error };
        if error > largest {
            (worst, largest) = (x, error);
        }
    }
    worst
}

#[test]
fn a_power_of_two_is_made_of_bits() {
    let lesson = lesson("exp", "not the exponent n + 127, in the bits from 23 on");
    for n in [1, 0, -1, 10, -126, 127].into_iter().chain(-126..=127) {
        let got = lesson.returns(format!("power_of_two({n})"), || power_of_two(n));
        lesson.near(format!("power_of_two({n})"), got, 2.0_f64.powi(n), 0.0);
    }
}

#[test]
fn n_is_the_nearest_whole_number() {
    let x = [0.0, -0.25, -0.5, -1.0, -2.0, -87.0];
    let lesson = lesson("exp", "not x over ln 2, rounded to the nearest whole number");
    let input = format!("n of reduced(x) for x in {x:?}");
    lesson.equal(input, x.map(|x| reduced(x).0), [0, 0, -1, -1, -3, -126]);
}

#[test]
fn the_reduction_loses_nothing() {
    let lesson = lesson("exp", "a product or a difference is rounded");
    let sum = |x: f32| {
        let (n, r) = reduced(x);
        f64::from(n) * LN_2 + f64::from(r)
    };
    let x = worst(sample(), |x| (sum(x) - f64::from(x)).abs());
    let input = format!("n ln 2 + r of reduced({x:?}), the worst of a sample");
    lesson.near(input, sum(x), f64::from(x), REDUCTION_ERROR);
}

#[test]
fn what_is_left_is_small() {
    let lesson = lesson(
        "exp",
        "r is too large: the polynomial is made for an r within ln 2 / 2 of 0",
    );
    let x = worst(sample(), |x| f64::from(reduced(x).1.abs()));
    let within = LN_2 / 2.0 + REDUCED_SLACK;
    lesson.near(format!("r of reduced({x:?}), the largest"), reduced(x).1, 0.0, within);
}

#[test]
fn the_polynomial_is_exp_r() {
    let lesson = lesson("exp", "not 1 + (r + r^2 (1/2! + ... + 1/7! r^5))");
    let fractions = (-100_000..=100_000).map(|step| step as f32 / 100_000.0);
    let r = fractions.map(|fraction| fraction * (LN_2 / 2.0) as f32);
    let r = worst(r, |r| ulps_between(exp_of_reduced(r), f64::from(r).exp()));
    let input = format!("exp_of_reduced({r:?}), the worst of a sample");
    lesson.within_ulps(input, exp_of_reduced(r), f64::from(r).exp(), POLYNOMIAL_ULPS);
}

#[test]
fn at_0_it_is_1() {
    let lesson =
        lesson("exp", "for an r of 0 the polynomial or the power isn't exactly 1");
    // Below half of 2^-24 the nearest number to the exponential is 1, too.
    for x in [0.0, -0.0, -f32::from_bits(1), -1e-30, -1e-8] {
        lesson.near(format!("exp({x:?})"), exp(x), 1.0, 0.0);
    }
}

#[test]
fn far_below_it_is_0() {
    let lesson = lesson(
        "exp",
        "nothing is done about an x below LOWEST, where the exponent leaves its eight \
         bits",
    );
    for x in
        [-100.0, -104.0, -88.0, -87.34, -1e5, -1e10, -1e30, f32::MIN, f32::NEG_INFINITY]
    {
        let got = lesson.returns(format!("exp({x:?})"), || exp(x));
        lesson.near(format!("exp({x:?})"), got, 0.0, 0.0);
    }
}

#[test]
fn nan_stays_nan() {
    let lesson = lesson("exp", "NaN becomes a number");
    lesson.near("exp(NaN)", exp(f32::NAN), f64::NAN, 0.0);
}

#[test]
fn it_is_made_of_its_three_steps() {
    let lesson = lesson("exp", "exp isn't exp_of_reduced(r) times power_of_two(n)");
    for x in sample().step_by(97) {
        let (n, r) = reduced(x);
        let expected = exp_of_reduced(r) * power_of_two(n);
        lesson
            .when(
                exp(x) == x.exp(),
                "this is the library's own exponential: a call for each number",
            )
            .near(format!("exp({x:?})"), exp(x), f64::from(expected), 0.0);
    }
}

#[test]
fn every_exponential_is_within_2_ulp() {
    let lesson = lesson(
        "exp",
        "the checks above say which step; if they pass, a coefficient is left out, or exp \
         doesn't put the steps together",
    );
    let x = worst(sample(), |x| ulps_between(exp(x), f64::from(x).exp()));
    let input = format!("exp({x:?}), the worst of a sample of {}", sample().count());
    lesson.within_ulps(input, exp(x), f64::from(x).exp(), EXP_ULPS);
}
