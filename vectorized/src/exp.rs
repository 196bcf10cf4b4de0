//! The exponentials of a row, sixteen at once, relative to a power of two near the largest.
//!
//! `f32::exp` is a call into the system's library, one number at a time, and no compiler
//! turns it into vectors. How it works is no secret (Cody and Waite 1980), and in plain
//! arithmetic, without a table and without a branch, it vectorizes by itself:
//!
//! ```text
//! n     = z / ln 2, rounded          a whole number
//! r     = z - n ln 2                 at most ln 2 / 2, or 0.347, from 0
//! exp r by a polynomial
//! exp z = 2^n exp r                  2^n by its bits
//! ```
//!
//! # No max is subtracted
//!
//! A softmax wants `exp(z - max)`, so that nothing overflows. But the difference is
//! rounded, and at a distance of 80 that alone costs up to 64 ulp of the result. And we don't
//! need it: with a power of two `2^K` near `exp(max)`, it's enough to subtract K from `n`, and
//! whole numbers lose nothing.
//!
//! ```text
//! exp z / 2^K = 2^(n - K) exp r
//! ```
//!
//! We call such a power of two an anchor. A different anchor changes the exponent of an
//! exponential and no other bit, so it needn't be the nearest: the anchor that served the row
//! before usually serves this row, too, and the pass doesn't have to wait for a max. The sum shows
//! whether the anchor did serve ([`Anchor::serves`]).
//!
//! # The error budget
//!
//! The table has relative errors in units of 2^-24, where they're at their worst: `exp r` is a
//! little more than 1, or as small as it gets.
//!
//! | step | `exp r` just above 1 | `exp r` = 0.71 |
//! |---|---|---|
//! | `n ln2_high`, and `z -` that: nine bits times ten bits | 0 | 0 |
//! | `n ln2_low`, for a rounded `ln2_low` and an n of up to 642 | 0.03 | 0.03 |
//! | `r`, rounded, where it is above 1/4 | 0 | 0.25 |
//! | the polynomial, as mathematics, see [`COEFFICIENTS`] | 0.05 | 0.05 |
//! | `exp r - 1`, rounded, where it is above 1/4 from 0 | 0.01 | 0.35 |
//! | `1 +` that, rounded, times 2^(n - K) | 1 | 0.71 |
//! | together | 1.09 | 1.39 |
//!
//! The polynomial's own roundings add up to 0.13, so on paper it's 1.51 at most. The tests measure
//! the error of every `f32` that counts as a logit, from -445 to 308. They find 1.433 units at
//! most and hold it to 1.44, which is where the budget of a row begins (`cross_entropy.rs`).
//!
//! # Small results
//!
//! An exponential that we keep is 2^72 times too large. Relative to the max, an exponential is a
//! normal number down to a distance of 87; below that it would lose bits, and a million such terms
//! may add up to something that matters. Raised by 2^72, no exponential loses bits down to a
//! distance of 120 at least. Everything below is raised to that floor, even a masked class: to
//! 2^-173 of the row's sum at most. No probability can show the floor; a million such classes,
//! under a weight of a million, come to 2^-134 of loss. A division by the sum of exponentials
//! divides the raise out again.

use std::f32::consts::{LN_2, LOG2_E};

use crate::in_f64;
use crate::lanes::{LANES, Vector};

/// The largest distance of a max from 0. A row whose max is further away is computed in `f64`. With a
/// max of -308 the floor is -445, where `n` is -642, the largest that the error budget allows.
pub(crate) const FAR: f32 = 308.0;

/// The largest distance of a guess from 0, in powers of two. It serves rows with a sum between
/// 2^-404 and 2^404, whose max is within [`FAR`]: the guess doesn't decide which rows need `f64`.
const MAX_GUESS: f32 = 380.0;

/// The power of two by which an exponential that we keep is too large.
const RAISED: f32 = 72.0;

/// The bias of an exponent: an `f32` stores it with 127 added, and we add the raise as well.
const BIAS: f32 = 127.0 + RAISED;

/// The number 1.5 * 2^23. From 2^23 to 2^24, the `f32` numbers are the whole numbers. This one is
/// in the middle, with 0 in its lowest 22 bits, so they take a small whole number that we add.
const WHOLE: f32 = 12_582_912.0;

/// The high part of ln 2, which has nine bits, so that `z - n ln2_high` is exact.
const LN2_HIGH: f32 = 355.0 / 512.0;
const LN2_LOW: f32 = -2.121_944_4e-4;

/// The coefficients of `exp r = 1 + r + r^2 (c_2 + c_3 r + ... + c_6 r^4)`, from the lowest up.
///
/// The largest relative error up to `ln 2 / 2` from 0 is as small as coefficients in `f32` make
/// it, 3.2e-9. The Remez exchange finds them: we round one coefficient after the other to `f32`,
/// and find the rest again. `cargo run -p vectorized --example coefficients` does all of that.
const COEFFICIENTS: [f32; 5] =
    [0.499_999_94, 0.166_665_17, 0.041_668_102, 0.008_369_192_5, 0.001_383_886_7];

/// The largest distance of a row's sum of exponentials from `2^K`, in powers of two.
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
        // K is even. A number halfway between two is rounded to the even one, and n and n - K are even
        // together only if K is, so n is the same for every K.
        Anchor { k: 2.0 * (max.mul_add(LOG2_E / 2.0, WHOLE) - WHOLE) }
    }

    /// Returns the anchor near a max, or `None` if the max is [`FAR`] from 0 or NaN.
    #[inline(always)]
    pub(crate) fn of_max(max: f32) -> Option<Self> {
        // NaN gives `None`, too: no comparison with it is true.
        if max.abs() < FAR { Some(Anchor::near(max)) } else { None }
    }

    /// Returns whether the power of two is near enough to a sum of raised exponentials.
    #[inline(always)]
    pub(crate) fn serves(self, sum: f64) -> bool {
        const LOW: f64 = (1_u128 << (RAISED - WINDOW) as u32) as f64;
        const HIGH: f64 = (1_u128 << (RAISED + WINDOW) as u32) as f64;
        (LOW..HIGH).contains(&sum)
    }

    /// Returns the guess for the next rows: this anchor, or else the guess before, if this one is too
    /// far from 0.
    #[inline(always)]
    pub(crate) fn or_guess(self, guess: Self) -> Self {
        if self.k.abs() <= MAX_GUESS { self } else { guess }
    }

    /// Returns the higher of two anchors.
    pub(crate) fn higher(self, other: Self) -> Self {
        if other.k > self.k { other } else { self }
    }

    /// Returns the factor that turns sums relative to this anchor into sums relative to
    /// `other`: a power of two, so that nothing is rounded.
    #[inline(always)]
    pub(crate) fn over(self, other: Self) -> f64 {
        let exponent = (1023.0 + f64::from(self.k - other.k)) as u64;
        f64::from_bits(exponent << 52)
    }

    /// Returns the logit below which all logits count alike. Its exponential lies a little above
    /// 2^-126, so that no exponential is subnormal.
    #[inline(always)]
    fn floor(self) -> f32 {
        (self.k + (1.0 - BIAS)).mul_add(LN_2, 0.1)
    }

    /// Returns the logit above which all logits count alike: the anchor doesn't serve.
    #[inline(always)]
    fn ceiling(self) -> f32 {
        (self.k + (WINDOW + 1.0)) * LN_2
    }

    /// Returns the number that rounds another number when added: the fraction is pushed
    /// out, rounded to nearest. The lowest bits then hold a whole number, an exponent as
    /// an `f32` stores it.
    #[inline(always)]
    fn rounder(self) -> f32 {
        WHOLE + (BIAS - self.k)
    }

    /// Returns the exponential of a logit within [`FAR`] of 0, in `f64`, at least 2^-900.
    #[inline(always)]
    pub(crate) fn exp_in_f64(self, z: f32) -> f64 {
        in_f64::exp(f64::from(z), f64::from(RAISED - self.k))
    }
}
// ANCHOR_END: anchor

/// An anchor for each lane, ready for [`exps`].
#[repr(align(64))]
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
        // NaN is neither below the floor nor above the ceiling.
        let z = if z[k] < anchors.floor[k] { anchors.floor[k] } else { z[k] };
        let z = if z > anchors.ceiling[k] { anchors.ceiling[k] } else { z };

        let exponent = z.mul_add(LOG2_E, rounder);
        let n = exponent - rounder;
        let r = n.mul_add(-LN2_LOW, n.mul_add(-LN2_HIGH, z));

        // Pairs of terms don't wait for each other: Estrin's way through a polynomial.
        let [c2, c3, c4, c5, c6] = COEFFICIENTS;
        let r2 = r * r;
        let low = c3.mul_add(r, c2);
        let high = c6.mul_add(r2, c5.mul_add(r, c4));
        let exp_r_minus_1 = r2.mul_add(high.mul_add(r2, low), r);

        // The lowest bits hold n - K + 199, which is the exponent as an `f32` stores it.
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

    /// The numbers that count as logits, in ranges that don't reach below the floor of their
    /// largest number.
    const RANGES: [[f32; 2]; 9] = [
        [-0.0, -104.0],
        [-104.0, -208.0],
        [-208.0, -300.0],
        [-300.0, -436.0],
        [-307.9, -444.8],
        [0.0, 1.0],
        [1.0, 100.0],
        [100.0, 200.0],
        [200.0, 307.999_97],
    ];

    /// The error that the budget of a row grants an exponential, in units of 2^-24 of its size.
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

    /// Asserts that each `step`-th number of a range has an exponential within [`UNITS`], and
    /// returns the largest error.
    fn largest_error(
        instructions: InstructionSet,
        [from, to]: [f32; 2],
        step: usize,
    ) -> f64 {
        let anchor = Anchor::near(f32::max(from, to));
        let mut numbers =
            (from.to_bits()..=to.to_bits()).step_by(step).map(f32::from_bits);
        let mut largest = 0.0;
        loop {
            let z: Vec<f32> = numbers.by_ref().take(1 << 14).collect();
            if z.is_empty() {
                return largest;
            }
            let mut exps = z.clone();
            instructions.run(Exps(&mut exps, anchor));
            for (z, got) in z.into_iter().zip(exps) {
                let exact = anchor.exp_in_f64(z);
                let units = (f64::from(got) / exact - 1.0).abs() * 2.0_f64.powi(24);
                // We check each number by itself: `f64::max` would pass over a NaN.
                assert!(
                    units <= UNITS,
                    "{instructions:?}: exp {z} is off by {units} units"
                );
                largest = f64::max(largest, units);
            }
        }
    }

    #[test]
    fn a_sample_of_exponentials_is_within_its_bound() {
        for instructions in InstructionSet::with_vectors() {
            for range in RANGES {
                largest_error(instructions, range, 1009);
            }
        }
    }

    /// Checks the widest instruction set only, since all sets compute the same operations.
    #[test]
    #[ignore = "two billion numbers: minutes in a release build, with -- --ignored"]
    fn every_exponential_is_within_its_bound() {
        let Some(&widest) = InstructionSet::with_vectors().first() else { return };
        thread::scope(|scope| {
            for range in RANGES {
                scope.spawn(move || {
                    let largest = largest_error(widest, range, 1);
                    println!("{range:?}: {largest} units of 2^-24 at most");
                });
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
