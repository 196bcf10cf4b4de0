//! `f32::exp` is a call into a library, for one number at a time. What it does is no
//! secret (Cody and Waite 1980), and without a branch, a call or a table a compiler makes
//! vectors of it:
//!
//! ```text
//! x     = n ln 2 + r        n the nearest whole number, r within ln 2 / 2 of 0
//! exp x = 2^n exp r         exp r by a polynomial, 2^n by its bits
//! ```
//!
//! Write the three steps, `reduced`, `exp_of_reduced` and `power_of_two`, and then `exp`,
//! which is within 2 ulp from `LOWEST` to 0, 0 below, and NaN at NaN. A softmax asks for
//! no more: it takes exponentials of differences from the max, none of them above 0.
//!
//! The constants are given. Adding `WHOLE` and subtracting it again rounds to the nearest
//! whole number. ln 2 comes in two parts: at x = -87 the product n ln 2 is rounded, by
//! up to 2^-18, which is 45 ulp of the result, but n times the first part is exact. An `f32`
//! keeps its exponent, with 127 added, in the bits from 23 on.

#[path = "../src/e18_fast_exp.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e18_fast_exp;

use std::f64::consts::LN_2;

use conformance::tolerance::ulps_between;
use e18_fast_exp::{
    COEFFICIENTS, LN_2_HIGH, LN_2_LOW, LOWEST, exp, exp_of_reduced, power_of_two, reduced,
};
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
        let is = |bits: u32| got.to_bits() == bits;
        let biased = (n + 127).cast_unsigned();
        lesson
            .when(
                is(n.cast_unsigned() << 23),
                "127 isn't added: an f32 keeps its exponent with 127 more",
            )
            .when(
                is(biased),
                "the exponent lies in the lowest bits: it isn't moved up by 23",
            )
            .when(
                is((biased + 1) << 23),
                "128 is added, not 127: the power is twice too large",
            )
            .when(
                is(biased << 22) || is(biased << 24),
                "the exponent is moved up by one bit too many or too few",
            )
            .near(format!("power_of_two({n})"), got, 2.0_f64.powi(n), 0.0);
    }
}

#[test]
fn n_is_the_nearest_whole_number() {
    let x = [0.0, -0.25, -0.5, -1.0, -2.0, -87.0];
    let got = x.map(|x| reduced(x).0);
    let is =
        |mistaken: fn(f64) -> f64| got.map(f64::from) == x.map(|x| mistaken(x.into()));
    lesson("exp", "not x over ln 2, rounded to the nearest whole number")
        .when(
            is(|x| (x / LN_2).trunc()),
            "the fraction is cut off, not rounded: r is then as large as ln 2",
        )
        .when(is(|x| (x / LN_2).floor()), "n is rounded down, not to the nearest")
        .when(
            is(f64::round_ties_even),
            "x is rounded as it stands: it isn't divided by ln 2",
        )
        .when(
            is(|x| (x * LN_2).round()),
            "x is multiplied by ln 2: n counts how many times ln 2 fits into x",
        )
        .equal(format!("n of reduced(x) for x in {x:?}"), got, [0, 0, -1, -1, -3, -126]);
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
    // At one x alone, a wrong order may round as the right one does.
    let is = |order: fn(f32, f32) -> f32| {
        [x, -87.0, -83.3, -71.9, -64.1, -55.5, -49.7].into_iter().all(|x| {
            let (n, r) = reduced(x);
            r == order(x, n as f32)
        })
    };
    lesson
        .when(
            is(|x, n| x - n * LN_2_HIGH),
            "the low part of ln 2 is left out: it's small, but n makes it up to 126 times as \
             large",
        )
        .when(
            is(|x, n| (x - n * LN_2_LOW) - n * LN_2_HIGH)
                || is(|x, n| x - (n * LN_2_HIGH + n * LN_2_LOW)),
            "the low part meets a number as large as x, and is rounded there: it should meet \
             the small difference that the high part leaves",
        )
        .when(
            is(|x, n| x - n * std::f32::consts::LN_2)
                || is(|x, n| x - n * (LN_2_HIGH + LN_2_LOW)),
            "ln 2 in one part: n times it is as large as x, and is rounded",
        )
        .near(input, sum(x), f64::from(x), REDUCTION_ERROR);
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
    let got = f64::from(exp_of_reduced(r));
    let r_wide = f64::from(r);
    // The polynomial in f64, of some coefficients, from the lowest power up.
    let series = |coefficients: &[f32]| {
        let factor =
            coefficients.iter().rev().fold(0.0, |sum, &c| sum * r_wide + f64::from(c));
        1.0 + (r_wide + r_wide * r_wide * factor)
    };
    let is = |mistaken: f64| (got - mistaken).abs() < 1e-6;
    let mut reversed = COEFFICIENTS;
    reversed.reverse();
    let factor = (series(&COEFFICIENTS) - 1.0 - r_wide) / (r_wide * r_wide);
    let lesson = lesson
        .when(
            is(series(&reversed)),
            "the coefficients are in the wrong order: 1/2! belongs to the lowest power, \
             r^2",
        )
        .when(is(series(&COEFFICIENTS[1..])), "the first coefficient, 1/2!, is left out")
        .when(
            is(1.0 + r_wide + r_wide * factor),
            "the sum of the higher terms is multiplied by r once: it begins with r^2",
        )
        .when(
            is(series(&COEFFICIENTS) - 1.0 - r_wide),
            "the two lowest terms, 1 and r, are missing",
        );
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
        let clamped = "an x below LOWEST is taken for LOWEST, where 0 is wanted";
        lesson.when(got == exp(LOWEST), clamped).near(
            format!("exp({x:?})"),
            got,
            0.0,
            0.0,
        );
    }
}

#[test]
fn nan_stays_nan() {
    let got = exp(f32::NAN);
    lesson("exp", "NaN becomes a number")
        .when(
            got == 0.0,
            "no comparison with NaN is true, so it takes the branch that returns 0",
        )
        .near("exp(NaN)", got, f64::NAN, 0.0);
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
    let (n, r) = reduced(x);
    let short = COEFFICIENTS[..5].iter().rev().fold(0.0, |factor, c| factor * r + c);
    let short = (1.0 + (r + r * r * short)) * power_of_two(n);
    lesson
        .when(exp(x) == short, "the last term, of r^7, is left out")
        .when(x == LOWEST && exp(x) == 0.0, "LOWEST itself counts as below")
        .within_ulps(input, exp(x), f64::from(x).exp(), EXP_ULPS);
}
