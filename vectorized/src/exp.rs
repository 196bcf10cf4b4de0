//! The exponential of numbers from 0 down, for sixteen lanes at once.
//!
//! `f32::exp` is a call into the system's library, one number at a time, and no compiler
//! turns it into vectors. What it does is no secret (Cody and Waite 1980), and in plain
//! arithmetic, without a table and without a branch, it vectorizes by itself:
//!
//! ```text
//! x     = n ln 2 + r         n whole, |r| <= ln 2 / 2
//! exp x = 2^n exp r          exp r by a polynomial, 2^n by its bits
//! ```
//!
//! # The error budget
//!
//! In units of 2^-24. The result of the polynomial is from 0.7 to 1.42: above 1 an ulp is
//! two units, below 1 only one, and there the budget is tight.
//!
//! | step | what is lost |
//! |---|---|
//! | `x - n ln2_high` | nothing: `ln2_high` has ten bits, n at most eight |
//! | `ln2_low`, as a number | 0.02 |
//! | `r_low = n ln2_low + lost` | 0.03: it is below 2^-4 |
//! | `r = r_high + r_low` | 0.09: its rounding reaches the result only through `r^2` |
//! | the polynomial, as mathematics | 0.05, see [`COEFFICIENTS`] |
//! | `r^2 q + r_low`, rounded | 0.12: it is below 2^-3 |
//! | `r_high +` that | 0.25: it is below 2^-1 |
//! | `1 +` that | 0.5 below 1, 1 above |
//! | times 2^n | nothing |
//!
//! If all of that came together it would be 1.06 ulp. It never does: a test that tries
//! every `f32` from 0 to -104 finds 0.88 at most with a fused multiply-add, and 0.89
//! without.
//!
//! # What comes in, and what comes out
//!
//! Two things go beyond the textbook:
//!
//! - The argument is a difference, `z - max`, and a difference is rounded: at a distance
//!   of 80 that alone is up to 64 ulp of the result. What it lost can be computed, exactly
//!   ([`difference`]), and is added to the reduced argument.
//! - The result is [`SCALE`] = 2^64 times too large. From 0 down to -87 an exponential is
//!   a normal number, below that it would lose bits, and a million such terms may add up
//!   to something that matters. With the scale nothing loses bits before -132, where the
//!   result is 0. Whoever divides by the sum of exponentials divides the scale out with it.

/// The factor by which exponentials are kept too large: 2^64.
pub(crate) const SCALE: f32 = (1_u128 << 64) as f32;

/// Below this distance the result is 0: it rounds to 2^-191, one halving more than the
/// exponents 127 + 64 leave room for.
const FLOOR: f32 = -132.5;

/// 1.5 * 2^23: added to a number of up to 22 bits, it pushes the fraction out, rounded to
/// nearest, and leaves the whole number in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;

/// ln 2 in two parts: the first has ten bits, so that a product with n is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `exp r = 1 + r + r^2 (c_2 + c_3 r + ... + c_6 r^4)`, from the highest down.
///
/// The largest relative error on `|r| <= ln 2 / 2` is as small as coefficients in `f32`
/// make it, 3.2e-9. They are found by the Remez exchange, one coefficient after the other
/// rounded to `f32` and the rest found again; `cargo run -p vectorized --example
/// coefficients` does it.
const COEFFICIENTS: [f32; 5] =
    [0.001_383_890_3, 0.008_369_192_5, 0.041_668_102, 0.166_665_17, 0.499_999_94];

/// `z - max` as it is rounded, and what the rounding lost (Møller 1965; Knuth's TwoSum):
/// their sum is exact. Where the difference overflows, the second part is not a number;
/// [`scaled_exp`] makes no use of it then.
#[inline(always)]
pub(crate) fn difference(z: f32, max: f32) -> (f32, f32) {
    let distance = z - max;
    let minus_max = distance - z;
    let lost = (z - (distance - minus_max)) - (max + minus_max);
    (distance, lost)
}

/// `2^64 exp(x + lost)`, for `x` from 0 down and a `lost` far smaller; 0 for `-inf`, NaN
/// for NaN.
#[inline(always)]
pub(crate) fn scaled_exp<const FMA: bool>(x: f32, lost: f32) -> f32 {
    let (x, lost) = if x < FLOOR { (FLOOR, 0.0) } else { (x, lost) };

    let shifted = mul_add::<FMA>(x, std::f32::consts::LOG2_E, ROUNDER);
    let n = shifted - ROUNDER;
    let r_high = mul_add::<FMA>(n, -LN2_HIGH, x);
    let r_low = mul_add::<FMA>(n, -LN2_LOW, lost);
    let r = r_high + r_low;

    let [highest, lower @ ..] = COEFFICIENTS;
    let q = lower.iter().fold(highest, |q, &c| mul_add::<FMA>(q, r, c));
    let exp_r = 1.0 + (r_high + mul_add::<FMA>(r * r, q, r_low));

    // n stands in the lowest bits of `shifted`; an exponent is stored with 127 added.
    let exponent =
        shifted.to_bits().wrapping_sub(ROUNDER.to_bits()).wrapping_add(127 + 64);
    exp_r * f32::from_bits(exponent << 23)
}

/// `a b + c`: in one step where the instruction set has it; elsewhere `f32::mul_add` would
/// be a library call, twenty times slower than a product and a sum.
#[inline(always)]
fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}
