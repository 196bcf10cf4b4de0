//! The exponentials of a row, sixteen at once, relative to a power of two near the largest.
//!
//! `f32::exp` is a call into the system's library, one number at a time, and no compiler
//! turns it into vectors. What it does is no secret (Cody and Waite 1980), and in plain
//! arithmetic, without a table and without a branch, it vectorizes by itself:
//!
//! ```text
//! z     = n ln 2 + r         n whole, |r| <= ln 2 / 2
//! exp z = 2^n exp r          exp r by a polynomial, 2^n by its bits
//! ```
//!
//! # No max is subtracted
//!
//! A softmax wants `exp(z - max)`, so that nothing overflows. But the difference is
//! rounded, and at a distance of 80 that alone costs up to 64 ulp of the result. The max
//! need not be subtracted from `z`: with `2^K` near `exp(max)`, it is enough to take K
//! from `n`, and whole numbers lose nothing.
//!
//! ```text
//! exp z / 2^K = 2^(n - K) exp r
//! ```
//!
//! That asks for an `n` that is not too large. Where the max is more than [`FAR`] from 0
//! it is subtracted after all, and there the difference is exact, since whatever counts is
//! within a factor of two of the max (Sterbenz 1974).
//!
//! # The error budget
//!
//! In units of 2^-24. The result of the polynomial is from 0.7 to 1.42: above 1 an ulp is
//! two units, below 1 only one, and there the budget is tight.
//!
//! | step | what is lost |
//! |---|---|
//! | `r_high = z - n ln2_high` | nothing: `ln2_high` has ten bits, and so has n |
//! | `ln2_low`, as a number | 0.04 |
//! | `r_low = n ln2_low`, rounded | 0.06: it is below 2^-3 |
//! | `r = r_high + r_low` | 0.09: its rounding reaches the result only through `r^2` |
//! | the polynomial, as mathematics | 0.05, see [`COEFFICIENTS`] |
//! | `r^2 q + r_low`, rounded | 0.13: it is below 2^-2 |
//! | `r_high +` that | 0.25: it is below 2^-1 |
//! | `1 +` that | 0.5 below 1, 1 above |
//! | times 2^(n - K) | nothing |
//!
//! If all of that came together it would be 1.12 ulp. It never does: a test that tries
//! every `f32` that can occur, from -398 to 265, finds 0.89 at most.
//!
//! # Small results
//!
//! What is kept is 2^64 times too large. Relative to the max an exponential is a normal
//! number down to a distance of 87, below that it would lose bits, and a million such terms
//! may add up to something that matters. With the factor nothing loses bits down to 131,
//! and from 132.8 on the result is 0. Whoever divides by the sum of exponentials divides
//! the factor out with it.

use std::f32::consts::{LN_2, LOG2_E};

/// A power of two `2^K` that the exponentials of a row are relative to.
#[derive(Clone, Copy)]
pub(crate) struct Reference {
    /// What is subtracted from a logit: 0, or a max that is far from 0.
    origin: f32,
    /// Below this, after that, the result is 0.
    floor: f32,
    /// Turns a number of up to 22 bits into a whole one when it is added: the fraction is
    /// pushed out, rounded to nearest. In the lowest bits then stands an exponent as an
    /// `f32` stores it.
    rounder: f32,
}

/// A max further from 0 is subtracted: twice the largest distance that counts, 132.4.
const FAR: f32 = 265.0;

/// What is added to `n - K`: 127, as an `f32` stores its exponent, and 64 for the factor.
const BIAS: f32 = 127.0 + 64.0;

/// 1.5 * 2^23: beyond it and up to 2^24 the `f32` numbers are the whole ones.
const WHOLE: f32 = 12_582_912.0;

/// ln 2 in two parts: the first has ten bits, so that a product with n is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `exp r = 1 + r + r^2 (c_2 + c_3 r + ... + c_6 r^4)`, from the lowest up.
///
/// The largest relative error on `|r| <= ln 2 / 2` is as small as coefficients in `f32`
/// make it, 3.2e-9. They are found by the Remez exchange, one coefficient after the other
/// rounded to `f32` and the rest found again; `cargo run -p vectorized --example
/// coefficients` does it.
const COEFFICIENTS: [f32; 5] =
    [0.499_999_94, 0.166_665_17, 0.041_668_102, 0.008_369_192_5, 0.001_383_890_3];

// ANCHOR: reference
impl Reference {
    /// The power of two near `exp(max)`.
    #[inline(always)]
    pub(crate) fn near(max: f32) -> Self {
        let origin = if max.abs() < FAR { 0.0 } else { max };
        let k = ((max - origin) * LOG2_E + WHOLE) - WHOLE;
        Reference { origin, floor: (k - BIAS) * LN_2, rounder: WHOLE + (BIAS - k) }
    }

    /// Whether the power of two is near enough to `exp(max)`: within 2^24.
    #[inline(always)]
    pub(crate) fn serves(&self, max: f32) -> bool {
        let exponent = (max - self.floor) * LOG2_E;
        self.origin == 0.0 && max.abs() < FAR && (exponent - BIAS).abs() <= 24.0
    }

    /// [`exp`] in `f64`.
    #[inline(always)]
    pub(crate) fn exp_in_f64(&self, z: f32) -> f64 {
        let k = BIAS - (self.rounder - WHOLE);
        let x = f64::from(z - self.origin) - f64::from(k) * std::f64::consts::LN_2;
        x.exp() * (1_u128 << 64) as f64
    }
}
// ANCHOR_END: reference

/// `exp z` relative to the reference, for a `z` up to its max; 0 for `-inf`, NaN for NaN.
// ANCHOR: exp
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(z: f32, reference: Reference) -> f32 {
    let Reference { origin, floor, rounder } = reference;
    let x = z - origin;
    let x = if x < floor { floor } else { x };

    let exponent = mul_add::<FMA>(x, LOG2_E, rounder);
    let n = exponent - rounder;
    let r_high = mul_add::<FMA>(n, -LN2_HIGH, x);
    let r_low = n * -LN2_LOW;
    let r = r_high + r_low;

    // Pairs of terms, which do not wait for each other: Estrin's way through a polynomial.
    let [c2, c3, c4, c5, c6] = COEFFICIENTS;
    let r2 = r * r;
    let low = mul_add::<FMA>(c3, r, c2);
    let high = mul_add::<FMA>(c6, r2, mul_add::<FMA>(c5, r, c4));
    let q = mul_add::<FMA>(high, r2, low);
    let exp_r_minus_1 = r_high + mul_add::<FMA>(r2, q, r_low);

    let power = f32::from_bits(exponent.to_bits() << 23);
    mul_add::<FMA>(power, exp_r_minus_1, power)
}
// ANCHOR_END: exp

/// `a b + c`: in one step where the instruction set has it; elsewhere `f32::mul_add` would
/// be a library call, twenty times slower than a product and a sum.
#[inline(always)]
pub(crate) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}
