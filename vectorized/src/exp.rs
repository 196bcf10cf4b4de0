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
use crate::lanes::{LANES, Vector};

/// A max further from 0 is computed in `f64`: up to here, `n` has nine bits.
pub(crate) const FAR: f32 = 308.0;

/// An exponential that is kept is this power of two too large.
const RAISED: f32 = 72.0;

/// What is added to `n - K`: 127, as an `f32` stores its exponent, and the raise.
const BIAS: f32 = 127.0 + RAISED;

/// 1.5 * 2^23. From 2^23 to 2^24 the `f32` numbers are the whole ones; this is the middle,
/// and its lowest 22 bits are 0, so that a small whole number added to it stands in them.
const WHOLE: f32 = 12_582_912.0;

/// ln 2 in two parts: the first has nine bits, so that a product with n is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;

const COEFFICIENTS: [f32; 5] =
    [0.499_999_94, 0.166_665_17, 0.041_668_102, 0.008_369_192_5, 0.001_383_886_7];

/// How far the sum of a row's exponentials may be from `2^K`, in powers of two.
const WINDOW: f32 = 24.0;

/// The power of two `2^K` that the exponentials of a row are relative to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    k: f32,
}

// ANCHOR: anchor
impl Anchor {
    /// Returns the power of two near `exp(max)`, for a max within [`FAR`] of 0.
    #[inline(always)]
    pub(crate) fn near(max: f32) -> Self {
        // Even, so that halves are rounded to n in the same way for every K.
        Anchor { k: 2.0 * (max.mul_add(LOG2_E / 2.0, WHOLE) - WHOLE) }
    }

    /// Returns whether the power of two is near enough to a sum of raised exponentials.
    #[inline(always)]
    pub(crate) fn serves(self, sum: f64) -> bool {
        const LOW: f64 = (1_u128 << (RAISED - WINDOW) as u32) as f64;
        const HIGH: f64 = (1_u128 << (RAISED + WINDOW) as u32) as f64;
        (LOW..HIGH).contains(&sum)
    }

    /// Returns the higher of two anchors.
    pub(crate) fn higher(self, other: Self) -> Self {
        if other.k > self.k { other } else { self }
    }

    /// Returns what turns sums that are relative to this anchor into such as are relative to
    /// another: a power of two, so that nothing is rounded.
    #[inline(always)]
    pub(crate) fn over(self, other: Self) -> f64 {
        let exponent = (1023.0 + f64::from(self.k - other.k)) as u64;
        f64::from_bits(exponent << 52)
    }

    /// Returns the logit below which all count alike. It lies a little above a whole power of
    /// two, so that no exponential is below 2^-126.
    #[inline(always)]
    fn floor(self) -> f32 {
        (self.k + (1.0 - BIAS)).mul_add(LN_2, 0.1)
    }

    /// Returns the logit above which all count alike, where [`Anchor::serves`] says no.
    #[inline(always)]
    fn ceiling(self) -> f32 {
        (self.k + (WINDOW + 1.0)) * LN_2
    }

    /// Returns the number that turns another into a whole one when it's added: the fraction
    /// is pushed out, rounded to nearest. In the lowest bits then stands an exponent as an
    /// `f32` stores it.
    #[inline(always)]
    fn rounder(self) -> f32 {
        WHOLE + (BIAS - self.k)
    }

    /// Returns [`exp`] in `f64`, which has no ceiling, and its floor at 2^-900.
    #[inline(always)]
    pub(crate) fn exp_in_f64(self, z: f32) -> f64 {
        in_f64::exp(f64::from(z), f64::from(RAISED - self.k))
    }
}
// ANCHOR_END: anchor

/// An anchor for each lane, ready for [`exps`].
pub(crate) struct Anchors {
    floor: Vector,
    ceiling: Vector,
    rounder: Vector,
}

impl Anchors {
    /// Returns the same anchor for all lanes.
    #[inline(always)]
    pub(crate) fn all(anchor: Anchor) -> Self {
        Anchors::each(&[anchor; LANES])
    }

    #[inline(always)]
    pub(crate) fn each(anchors: &[Anchor; LANES]) -> Self {
        let mut all =
            Anchors { floor: [0.0; LANES], ceiling: [0.0; LANES], rounder: [0.0; LANES] };
        for (k, anchor) in anchors.iter().enumerate() {
            all.floor[k] = anchor.floor();
            all.ceiling[k] = anchor.ceiling();
            all.rounder[k] = anchor.rounder();
        }
        all
    }
}

/// Returns `2^72 exp(z) / 2^K`.
// ANCHOR: exps
#[inline(always)]
pub(crate) fn exps(z: &Vector, anchors: &Anchors) -> Vector {
    let mut exps = [0.0; LANES];
    for k in 0..LANES {
        let rounder = anchors.rounder[k];
        // NaN is neither below nor above.
        let z = if z[k] < anchors.floor[k] { anchors.floor[k] } else { z[k] };
        let z = if z > anchors.ceiling[k] { anchors.ceiling[k] } else { z };

        let exponent = z.mul_add(LOG2_E, rounder);
        let n = exponent - rounder;
        let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, z));

        // Pairs of terms, which do not wait for each other: Estrin's way through a polynomial.
        let [c2, c3, c4, c5, c6] = COEFFICIENTS;
        let r2 = r * r;
        let low = c3.mul_add(r, c2);
        let high = c6.mul_add(r2, c5.mul_add(r, c4));
        let exp_r_minus_1 = r2.mul_add(high.mul_add(r2, low), r);

        let power = f32::from_bits(exponent.to_bits() << 23);
        exps[k] = power.mul_add(exp_r_minus_1, power);
    }
    exps
}
// ANCHOR_END: exps

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::instructions::{InstructionSet, Kernel};
    use crate::lanes::filled_up;

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

    struct Exps<'a>(&'a mut [f32], Anchor);

    impl Kernel for Exps<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            let anchors = Anchors::all(self.1);
            for z in self.0.chunks_mut(LANES) {
                let exps = exps(&filled_up(z, 0.0), &anchors);
                z.copy_from_slice(&exps[..z.len()]);
            }
        }

        fn run_scalar(self) {
            self.run();
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
        let anchor = Anchor::near(f32::max(from, to));
        let mut numbers =
            (from.to_bits()..=to.to_bits()).step_by(step).map(f32::from_bits);
        let mut largest = 0.0;
        let mut largest_ulp = 0.0;
        loop {
            let x: Vec<f32> = numbers.by_ref().take(1 << 14).collect();
            if x.is_empty() {
                println!(
                    "{instructions:?} {from} {to}: {largest_ulp} ulp, {largest} units"
                );
                return largest;
            }
            let mut exps = x.clone();
            instructions.run(Exps(&mut exps, anchor));
            for (x, got) in x.into_iter().zip(exps) {
                // With the factor all of them are normal numbers.
                let exact = anchor.exp_in_f64(x);
                let exponent = (exact.to_bits() >> 52) as i32 - 1023;
                let error = (f64::from(got) - exact).abs() / 2.0_f64.powi(exponent - 23);
                // Each by itself: the largest of some numbers would pass over a NaN.
                assert!(
                    error <= bound + 1.0,
                    "{instructions:?}: exp {x} is off by {error} ulp"
                );
                let units = (f64::from(got) / exact - 1.0).abs() * 2.0_f64.powi(24);
                assert!(
                    units <= UNITS + 1.0,
                    "{instructions:?}: exp {x} is off by {units} units"
                );
                largest = f64::max(largest, units);
                largest_ulp = f64::max(largest_ulp, error);
            }
        }
    }

    #[test]
    fn a_sample_of_exponentials_is_within_one_ulp() {
        for instructions in InstructionSet::with_vectors() {
            largest_error(instructions, FROM_0_TO_104, 1009, 1.0);
        }
    }

    #[test]
    fn far_from_0_the_exponentials_are_as_good() {
        for instructions in InstructionSet::with_vectors() {
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
            for instructions in InstructionSet::with_vectors() {
                scope.spawn(move || try_all(instructions));
            }
        });
    }

    #[test]
    fn the_anchor_changes_no_bit() {
        let z: Vec<f32> = (0..100_000).map(|i| 307.0 - 0.007 * i as f32).collect();
        for instructions in InstructionSet::with_vectors() {
            for max in (-291..=307).map(|max| max as f32) {
                let (low, high) = (Anchor::near(max - 16.0), Anchor::near(max));
                let power = 2.0_f32.powi((high.k - low.k) as i32);
                let z = z.iter().copied().filter(|z| *z <= max && *z > max - 105.0);
                let mut below: Vec<f32> = z.collect();
                let mut above = below.clone();
                instructions.run(Exps(&mut below, low));
                instructions.run(Exps(&mut above, high));
                for (below, above) in below.into_iter().zip(above) {
                    assert_eq!(below, above * power, "{instructions:?}, {high:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_far_below_counts_as_nothing() {
        for instructions in InstructionSet::with_vectors() {
            for max in [0.0_f32, 100.0, -307.0] {
                let anchor = Anchor::near(max);
                let far = max - 140.0;
                let mut exps = [far, f32::MIN, f32::NEG_INFINITY];
                instructions.run(Exps(&mut exps, anchor));
                for exp in exps {
                    assert!((f32::MIN_POSITIVE..2.0_f32.powi(-125)).contains(&exp));
                }
                let mut nan = [f32::NAN];
                instructions.run(Exps(&mut nan, anchor));
                assert!(nan[0].is_nan());
            }
        }
    }
}
