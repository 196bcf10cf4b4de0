//! e18, a fast exponential. Your task is at the top of tests/e18_fast_exp.rs.

use std::f32::consts::LOG2_E;

/// Where the exponential ends: exp(-87.33) is 1.18e-38, and a little below that an `f32`
/// has no full precision any more.
pub const LOWEST: f32 = -87.33;

/// 1.5 * 2^23. There the `f32` numbers are the whole ones: what is added to it loses its
/// fraction, rounded to nearest, and subtracted again it leaves a whole number.
pub const WHOLE: f32 = 12_582_912.0;

/// ln 2 in two parts. The first has nine bits, so that n times it is exact for an n of
/// seven.
pub const LN_2_HIGH: f32 = 355.0 / 512.0;
/// What is left of ln 2, below 0.
pub const LN_2_LOW: f32 = -2.121_944_4e-4;

/// The factors of r^2, r^3, ..., r^7 in the series of exp r: 1/2!, 1/3!, ..., 1/7!. (As
/// good are five that share the error out evenly; stage 2 has them, and says how they are
/// found.)
pub const COEFFICIENTS: [f32; 6] =
    [1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0];

/// The whole number n nearest to x / ln 2, and r with x = n ln 2 + r, so that r is within
/// ln 2 / 2 of 0. For x from [`LOWEST`] to 0.
pub fn reduced(x: f32) -> (i32, f32) {
    // gap: todo!("n and r of {x:?}")
    // No call, unlike `round`, and no branch.
    let n = (x * LOG2_E + WHOLE) - WHOLE;
    // n times the high part is exact, and so is the first difference: what it cancels, x
    // and the product have in common. Only the small part is rounded.
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    (n as i32, r)
    // end of gap
}

/// exp r for r within ln 2 / 2 of 0: 1 + (r + r^2 (1/2! + 1/3! r + ... + 1/7! r^5)).
pub fn exp_of_reduced(r: f32) -> f32 {
    // gap: todo!("the polynomial at {r:?}")
    // From the highest power down (Horner): each step makes the roundings before smaller.
    let mut factor = 0.0;
    for c in COEFFICIENTS.into_iter().rev() {
        factor = factor * r + c;
    }
    // The large terms last: what was rounded before is small beside them.
    1.0 + (r + r * r * factor)
    // end of gap
}

/// 2^n, exactly, for n from -126 to 127.
pub fn power_of_two(n: i32) -> f32 {
    // gap: todo!("2 to the power of {n:?}")
    // The sign is 0, the fraction is 0: only the exponent is left, 127 too large.
    f32::from_bits(((n + 127) as u32) << 23)
    // end of gap
}

/// exp x: within 2 ulp from [`LOWEST`] to 0, and 1 at 0. Below, also at `-inf`, it is 0;
/// at NaN it is NaN. Above 0 nothing is asked for.
pub fn exp(x: f32) -> f32 {
    // gap: todo!("the exponential of {x:?}")
    let (n, r) = reduced(x);
    let exp = exp_of_reduced(r) * power_of_two(n);
    // In this order: `x < LOWEST` is false for NaN, which then passes through.
    if x < LOWEST { 0.0 } else { exp }
    // end of gap
}
