//! The exponentials of a row, sixteen at once, relative to a power of two near the largest.
//!
//! `f32::exp` is a call into the system's library, one number at a time, and no compiler
//! turns it into vectors. What it does is no secret (Cody and Waite 1980), and in plain
//! arithmetic, without a table and without a branch, it vectorizes by itself:
//!
//! ```text
//! z     = n ln 2 + r         n whole, exp r from 3/4 to 3/2
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
//! Which power of two it is changes the exponent of an exponential and no other bit, so it
//! needn't be the nearest: the one that served the row before mostly serves this row, too,
//! and the pass doesn't have to wait for a max.
//!
//! # The error budget
//!
//! In units of 2^-24, at both ends of the range, where all is at its worst. Up there an
//! ulp of the result is two units, and down there one.
//!
//! | step | at 3/4 | at 3/2 |
//! |---|---|---|
//! | `n ln2_high`, and `z -` that: nine bits times ten bits | 0 | 0 |
//! | `ln2_low` is rounded, n times, up to 667 of them | 0.01 | 0.03 |
//! | `r`, rounded: it is below 1/2 | 0.19 | 0.38 |
//! | the polynomial, as mathematics, see [`COEFFICIENTS`] | 0.04 | 0.08 |
//! | the polynomial, rounded before its last sum | 0.07 | 0.24 |
//! | `exp r - 1`, rounded: it is below 1/4, and below 1/2 | 0.13 | 0.25 |
//! | `1 +` that, times 2^(n - K) | 0.5 | 1 |
//! | together | 0.94 ulp | 0.99 ulp |
//!
//! `exp r` is wanted from 3/4 to 3/2, since beyond either end `exp r - 1` would be rounded
//! twice as coarsely. Without a fused multiply-add each product is rounded once more: 1.06
//! ulp. The sums of a row ask for the error relative to the exponential. The tests measure it
//! for every `f32` from -436 to 308, as far as a logit counts, and hold it to 1.44 units of
//! 2^-24. They find 1.33 units at most, and 1.42 without a fused multiply-add.
//!
//! # Small results
//!
//! What is kept is 2^72 times too large. Relative to the max an exponential is a normal
//! number down to a distance of 87; below that it would lose bits, and a million such terms
//! may add up to something that matters. With the factor nothing loses bits down to a
//! distance of 120 at least. Whatever is below counts as if it were there, masked classes
//! too: as 2^-173 of the max at most. No probability can show it; a million such classes,
//! under a weight of a million, come to 2^-134. Whoever divides by the sum of exponentials
//! divides the factor out with it.

use std::f32::consts::{LN_2, LOG2_E};

use crate::in_f64;

/// A power of two `2^K` that the exponentials of a row are relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reference {
    /// What is subtracted from a logit: 0, or a max that is far from 0.
    pub(crate) origin: f32,
    /// Whatever is below, after that, counts as this.
    pub(crate) floor: f32,
    /// Turns a number of up to 22 bits into a whole one when it is added: the fraction is
    /// pushed out, rounded to nearest. In the lowest bits then stands an exponent as an
    /// `f32` stores it.
    pub(crate) rounder: f32,
}

/// A max further from 0 is subtracted. The floor of a row is `(198 + 24) ln 2`, or 154,
/// below its max at most: beyond twice that, whatever is above the floor is within a factor
/// of two of the max.
const FAR: f32 = 308.0;

/// What is added to `n - K`: 127, as an `f32` stores its exponent, and 72 for the factor.
const BIAS: f32 = 127.0 + 72.0;

/// How far a max may be from the power of two that its row is relative to.
const WINDOW: f32 = 24.0;

/// 1.5 * 2^23. From 2^23 to 2^24 the `f32` numbers are the whole ones; this is the middle,
/// and its lowest 22 bits are 0, so that a small whole number added to it stands in them.
const WHOLE: f32 = 12_582_912.0;

/// What is added before rounding to the whole number n, so that `exp r` is from 3/4 to
/// 3/2: `-log_2(3/2 * 3/4) / 2`.
const SHIFT: f32 = -0.085;

/// ln 2 in two parts: the first has nine bits, so that a product with n is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// `exp r = 1 + r + r^2 (c_2 + c_3 r + ... + c_6 r^4)`, from the lowest up.
///
/// The largest relative error from `ln 3/4` to `ln 3/2` is as small as coefficients in
/// `f32` make it, 3.1e-9. They are found by the Remez exchange, one coefficient after the
/// other rounded to `f32` and the rest found again; `cargo run -p vectorized --example
/// coefficients` does it.
const COEFFICIENTS: [f32; 5] =
    [0.500_000_2, 0.166_665_55, 0.041_658_804, 0.008_362_621, 0.001_458_237_9];

// ANCHOR: reference
impl Reference {
    /// The power of two near `exp(max)`; 1 where all is masked.
    #[inline(always)]
    pub(crate) fn near(max: f32) -> Self {
        let max = if max == f32::NEG_INFINITY { 0.0 } else { max };
        let origin = if max.abs() < FAR { 0.0 } else { max };
        // Even, so that halves are rounded to n in the same way for every K.
        let k = 2.0 * (((max - origin) * (LOG2_E / 2.0) + WHOLE) - WHOLE);
        // A little above the whole exponent, so that no exponential is below 2^-126.
        let floor = (k + (1.0 - BIAS)) * LN_2 + 0.1;
        Reference { origin, floor, rounder: WHOLE + (BIAS - k) }
    }

    /// K.
    #[inline(always)]
    fn k(&self) -> f32 {
        BIAS - (self.rounder - WHOLE)
    }

    /// Whether the power of two is near enough to `exp(max)`.
    #[inline(always)]
    pub(crate) fn serves(&self, max: f32) -> bool {
        let distance = max * LOG2_E - self.k();
        let near = self.origin == 0.0 && max.abs() < FAR && distance.abs() <= WINDOW;
        near || self.origin != 0.0 && self.origin == max
    }

    /// [`exp`] in `f64`, down to 2^-900.
    #[inline(always)]
    pub(crate) fn exp_in_f64<const FMA: bool>(&self, z: f32) -> f64 {
        let x = f64::from(z) - f64::from(self.origin);
        in_f64::exp::<FMA>(x, f64::from(BIAS - 127.0 - self.k()))
    }
}
// ANCHOR_END: reference

/// `exp x` relative to the reference, for an `x` up to 56 powers of two above it; NaN for
/// NaN. Further up the exponent overflows and the result is of no use, which
/// [`Reference::serves`] finds out when the max of the row is known.
// ANCHOR: exp
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32, reference: Reference) -> f32 {
    let Reference { floor, rounder, .. } = reference;
    let x = if x < floor { floor } else { x };

    let exponent = mul_add::<FMA>(x, LOG2_E, SHIFT) + rounder;
    let n = exponent - rounder;
    let r = mul_add::<FMA>(n, -LN2_LOW, mul_add::<FMA>(n, -LN2_HIGH, x));

    // Pairs of terms, which do not wait for each other: Estrin's way through a polynomial.
    let [c2, c3, c4, c5, c6] = COEFFICIENTS;
    let r2 = r * r;
    let low = mul_add::<FMA>(c3, r, c2);
    let high = mul_add::<FMA>(c6, r2, mul_add::<FMA>(c5, r, c4));
    let exp_r_minus_1 = mul_add::<FMA>(r2, mul_add::<FMA>(high, r2, low), r);

    let power = f32::from_bits(exponent.to_bits() << 23);
    // The same number, but a product of the two without the 1 may be below 2^-126.
    if FMA { power.mul_add(exp_r_minus_1, power) } else { power * (1.0 + exp_r_minus_1) }
}
// ANCHOR_END: exp

/// `a b + c`: in one step where the instruction set has it; elsewhere `f32::mul_add` would
/// be a library call, twenty times slower than a product and a sum.
#[inline(always)]
pub(crate) fn mul_add<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::instructions::{InstructionSet, Kernel};

    const FROM_0_TO_104: [f32; 2] = [-0.0, -104.0];

    /// Other ranges, none of which reaches below the floor of its largest number.
    const FAR_FROM_0: [[f32; 2]; 7] = [
        [-104.0, -208.0],
        [-208.0, -300.0],
        [-300.0, -436.0],
        [0.0, 1.0],
        [1.0, 100.0],
        [100.0, 200.0],
        [200.0, 307.999_97],
    ];

    /// What the error budget of a row grants an exponential, in units of 2^-24 of it.
    const UNITS: f64 = 1.44;

    struct Exp<'a>(&'a mut [f32], Reference);

    impl Kernel for Exp<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FMA: bool>(self) {
            for x in self.0 {
                *x = exp::<FMA>(*x, self.1);
            }
        }
    }

    /// Asserts that each `step`-th number from one to another has an exponential within so
    /// many ulp and within [`UNITS`], and returns the largest error in units.
    fn largest_error(
        instructions: InstructionSet,
        [from, to]: [f32; 2],
        step: usize,
        bound: f64,
    ) -> f64 {
        let reference = Reference::near(f32::max(from, to));
        let mut numbers =
            (from.to_bits()..=to.to_bits()).step_by(step).map(f32::from_bits);
        let mut largest = 0.0;
        loop {
            let x: Vec<f32> = numbers.by_ref().take(1 << 14).collect();
            if x.is_empty() {
                return largest;
            }
            let mut exps = x.clone();
            instructions.run(Exp(&mut exps, reference));
            for (x, got) in x.into_iter().zip(exps) {
                // With the factor all of them are normal numbers.
                let exact = reference.exp_in_f64::<false>(x);
                let exponent = (exact.to_bits() >> 52) as i32 - 1023;
                let error = (f64::from(got) - exact).abs() / 2.0_f64.powi(exponent - 23);
                // Each by itself: the largest of some numbers would pass over a NaN.
                assert!(
                    error <= bound,
                    "{instructions:?}: exp {x} is off by {error} ulp"
                );
                let units = (f64::from(got) / exact - 1.0).abs() * 2.0_f64.powi(24);
                assert!(
                    units <= UNITS,
                    "{instructions:?}: exp {x} is off by {units} units"
                );
                largest = f64::max(largest, units);
            }
        }
    }

    #[test]
    fn a_sample_of_exponentials_is_within_one_ulp() {
        for instructions in InstructionSet::available() {
            largest_error(instructions, FROM_0_TO_104, 1009, 1.0);
        }
    }

    #[test]
    fn far_from_0_the_exponentials_are_as_good() {
        for instructions in InstructionSet::available() {
            for range in FAR_FROM_0 {
                largest_error(instructions, range, 101, 1.06);
            }
        }
    }

    #[test]
    #[ignore = "two billion numbers: two minutes in a release build, with -- --ignored"]
    fn every_exponential_is_within_its_bound() {
        let try_all = |instructions| {
            let mut largest = largest_error(instructions, FROM_0_TO_104, 1, 1.0);
            for range in FAR_FROM_0 {
                largest = largest.max(largest_error(instructions, range, 1, 1.06));
            }
            println!("{instructions:?}: {largest} units of 2^-24 at most");
        };
        thread::scope(|scope| {
            for instructions in InstructionSet::available() {
                scope.spawn(move || try_all(instructions));
            }
        });
    }

    #[test]
    fn the_reference_changes_no_bit() {
        let z: Vec<f32> = (0..100_000).map(|i| 307.0 - 0.007 * i as f32).collect();
        for instructions in InstructionSet::available() {
            for max in (-291..=307).map(|max| max as f32) {
                let (low, high) = (Reference::near(max - 16.0), Reference::near(max));
                let power = 2.0_f32.powi((high.k() - low.k()) as i32);
                let z = z.iter().copied().filter(|z| *z <= max && *z > max - 105.0);
                let mut below: Vec<f32> = z.collect();
                let mut above = below.clone();
                instructions.run(Exp(&mut below, low));
                instructions.run(Exp(&mut above, high));
                for (below, above) in below.into_iter().zip(above) {
                    assert_eq!(below, above * power, "{instructions:?}, {high:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_far_below_counts_as_nothing() {
        for instructions in InstructionSet::available() {
            for max in [0.0_f32, 100.0, -307.0, 1e6, -1e38] {
                let reference = Reference::near(max);
                let far = max - 140.0_f32.max(1e-6 * max.abs());
                let mut exps =
                    [far, f32::MIN, f32::NEG_INFINITY].map(|z| z - reference.origin);
                instructions.run(Exp(&mut exps, reference));
                for exp in exps {
                    assert!((f32::MIN_POSITIVE..2.0_f32.powi(-125)).contains(&exp));
                }
                let mut nan = [f32::NAN];
                instructions.run(Exp(&mut nan, reference));
                assert!(nan[0].is_nan());
            }
        }
    }
}
