//! e18, a fast exponential. Your task is at the top of tests/e18_fast_exp.rs.

use std::f32::consts::LOG2_E;

/// The lowest number with an exponential that isn't 0 here: exp(-87.33) is 1.18e-38, and a
/// little below that an `f32` loses digits.
pub const LOWEST: f32 = -87.33;

/// 1.5 * 2^23. Around this number, all `f32` numbers are whole. So if you add a small number
/// to it, the sum is rounded to a whole number, and if you subtract it again, the small number is
/// left, rounded.
pub const WHOLE: f32 = 12_582_912.0;

/// The high part of ln 2. It has nine bits, so its product with an n of seven bits is exact.
pub const LN_2_HIGH: f32 = 355.0 / 512.0;
/// The low part of ln 2: ln 2 less its high part, which is a little too large.
pub const LN_2_LOW: f32 = -2.121_944_4e-4;

/// The factors of r^2, r^3, ..., r^7 in the series of exp r: 1/2!, 1/3!, ..., 1/7!. Five
/// factors are enough if they share out the error evenly. Stage 2 has such factors, and says how
/// to find them.
pub const COEFFICIENTS: [f32; 6] =
    [1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5040.0];

/// Returns the whole number n nearest to x / ln 2, and the r in x = n ln 2 + r, which lies
/// within ln 2 / 2 of 0. The number x lies between [`LOWEST`] and 0.
pub fn reduced(x: f32) -> (i32, f32) {
    todo!("n and r of {x:?}")
}

/// Returns exp r for an r within ln 2 / 2 of 0, as
/// 1 + (r + r^2 (1/2! + 1/3! r + ... + 1/7! r^5)).
pub fn exp_of_reduced(r: f32) -> f32 {
    todo!("the polynomial at {r:?}")
}

/// Returns 2^n, exactly, for an n from -126 to 127.
pub fn power_of_two(n: i32) -> f32 {
    todo!("2 to the power of {n:?}")
}

/// Returns exp x, within 2 ulp for an x from [`LOWEST`] to 0. At 0 it's exactly 1, below
/// [`LOWEST`] and at `-inf` it's 0, and at NaN it's NaN. An x above 0 may give anything.
pub fn exp(x: f32) -> f32 {
    todo!("the exponential of {x:?}")
}
