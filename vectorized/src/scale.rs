//! Exponentials times a factor, down to the smallest number that `f32` has.
//!
//! ```text
//! for every few vectors:
//!     if the smallest product is a normal number:   product = exp * factor
//!     else:                                         product = rounded by an addition
//!     product = min(product, most)
//! ```
//!
//! The product alone would do, if processors weren't slow to round a product to a subnormal number:
//! they take a hundred cycles for each vector that holds such a product. So a product that would
//! be subnormal is rounded further up. Just above a power of two 2^k, numbers are 2^(k - 23)
//! apart; subnormal numbers are 2^-149 apart. Lifted by 2^96, a small product is added to
//! 2^(-126 + 96). The sum is rounded as the product has to be, and its bits minus the bits
//! of the power are the bits of the subnormal number.

use crate::lanes::{LANES, Vector, filled_up, smaller};

/// The factor 2^96, which lifts small products into the normal range.
const LIFT: f32 = (1_u128 << 96) as f32;

/// The number of vectors that are tested together for small products.
const TESTED: usize = 4;

/// A factor and the largest product that we allow, for each lane.
pub(crate) struct Scale {
    factor: Vector,
    most: Vector,
    /// The smallest exponential whose product is a normal number.
    smallest: Vector,
}

impl Scale {
    /// Makes a scale of factors that are normal numbers below 2^30. A product above `most` is
    /// set to `most`, because rounding up could lift the likeliest class above that.
    #[inline(always)]
    pub(crate) fn new(factor: Vector, most: Vector) -> Self {
        let mut limits = factor;
        for k in 0..LANES {
            limits[k] = smallest(factor[k]);
        }
        Scale { factor, most, smallest: limits }
    }

    /// Returns a scale that has the factor of one lane in all lanes.
    #[inline(always)]
    fn of_lane(&self, lane: usize) -> Self {
        Scale {
            factor: [self.factor[lane]; LANES],
            most: [self.most[lane]; LANES],
            smallest: [self.smallest[lane]; LANES],
        }
    }

    /// Multiplies the exponentials of one row by the factor of a lane.
    #[inline(always)]
    pub(crate) fn apply_lane(&self, lane: usize, exps: &mut [f32]) {
        let scale = self.of_lane(lane);
        // We copy the last exponentials before the vectors that they overlap are scaled.
        let last = exps.last_chunk::<LANES>().copied();
        let (vectors, few) = exps.as_chunks_mut::<LANES>();
        let (blocks, few_vectors) = vectors.as_chunks_mut::<TESTED>();
        for exps in blocks {
            scale.apply(exps);
        }
        scale.apply(few_vectors);
        if few.is_empty() {
            return;
        }
        let mut last = [last.unwrap_or_else(|| filled_up(few, f32::INFINITY))];
        scale.apply(&mut last);
        match exps.last_chunk_mut() {
            Some(place) => *place = last[0],
            None => exps.copy_from_slice(&last[0][..exps.len()]),
        }
    }

    /// Multiplies exponentials by the factors.
    #[inline(always)]
    pub(crate) fn apply(&self, exps: &mut [Vector]) {
        let mut lowest = [f32::INFINITY; LANES];
        for exps in &*exps {
            lowest = smaller(lowest, *exps);
        }
        let mut underflows = false;
        for (lowest, smallest) in lowest.iter().zip(&self.smallest) {
            underflows |= lowest < smallest;
        }
        for exps in exps {
            *exps =
                if underflows { self.small_products(exps) } else { self.products(exps) };
        }
    }

    #[inline(always)]
    fn products(&self, exps: &Vector) -> Vector {
        let mut products = *exps;
        for k in 0..LANES {
            let product = exps[k] * self.factor[k];
            products[k] = if product > self.most[k] { self.most[k] } else { product };
        }
        products
    }

    /// Returns products that may be below the normal range.
    #[inline(always)]
    fn small_products(&self, exps: &Vector) -> Vector {
        let mut products = *exps;
        for k in 0..LANES {
            let (exp, factor, smallest) = (exps[k], self.factor[k], self.smallest[k]);
            // The max of bits: from `if exp < smallest` the compiler would make a choice between two
            // products, and multiply the small number as well.
            let normal = f32::from_bits(exp.to_bits().max(smallest.to_bits())) * factor;
            let power = f32::MIN_POSITIVE * LIFT;
            let sum = exp.mul_add(factor * LIFT, power);
            let subnormal = f32::from_bits(sum.to_bits().wrapping_sub(power.to_bits()));
            let product = if exp < smallest { subnormal } else { normal };
            products[k] = if product > self.most[k] { self.most[k] } else { product };
        }
        products
    }
}

/// Returns the smallest exponential whose product is a normal number.
#[inline(always)]
fn smallest(factor: f32) -> f32 {
    let limit = f32::MIN_POSITIVE / factor;
    let product = f64::from(limit) * f64::from(factor);
    // If the quotient was rounded down, its product is subnormal, and `small_products` would make
    // that slow product in every lane with a smaller exponential.
    let is_normal = product >= f64::from(f32::MIN_POSITIVE);
    f32::from_bits(limit.to_bits() + u32::from(!is_normal))
}

/// Multiplies the exponentials of one row by a factor, as [`Scale`] does.
#[inline(always)]
pub(crate) fn scale(exps: &mut [f32], factor: f32, most: f32) {
    Scale::new([factor; LANES], [most; LANES]).apply_lane(0, exps);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instructions::{InstructionSet, Kernel};

    /// Exponentials, their factor, and the largest product that we allow.
    struct Scale<'a>(&'a mut [f32], f32, f32);

    impl Kernel for Scale<'_> {
        type Output = ();

        #[inline(always)]
        fn run(self) {
            scale(self.0, self.1, self.2);
        }

        fn run_scalar(self) {
            self.run();
        }
    }

    /// The factors 2^-90 and 1 have quotients that needn't be rounded.
    const FACTORS: [f32; 5] = [1.3e-20, 1.0 / (1_u128 << 90) as f32, 0.77, 1.0, 9e-30];

    /// Checks the limit by itself. With a different limit the products would be right as well, but up to
    /// a hundred cycles slower.
    #[test]
    fn no_product_is_subnormal_from_the_limit_on() {
        for factor in FACTORS {
            let product = |exp: f32| f64::from(exp) * f64::from(factor);
            let limit = smallest(factor);
            let below = f32::from_bits(limit.to_bits() - 1);
            assert!(product(limit) >= f64::from(f32::MIN_POSITIVE), "{factor}");
            assert!(product(below) < f64::from(f32::MIN_POSITIVE), "{factor}");
        }
    }

    #[test]
    fn products_are_rounded_once_also_below_the_normal_range() {
        for instructions in InstructionSet::available() {
            for factor in FACTORS {
                // From 2^-126 to 2^60, with mantissas of every kind, and all numbers whose product
                // is near the lowest normal one.
                let exps = (0..40_000).map(|i| 2.0_f32.powf(i as f32 / 215.0 - 126.0));
                let limit = f32::max(f32::MIN_POSITIVE / factor, f32::MIN_POSITIVE);
                let near_limit =
                    (0..40).map(|i| f32::from_bits(limit.to_bits() + i - 16));
                let near_limit = near_limit.filter(|exp| exp.is_normal());
                let exps: Vec<f32> = exps.chain(near_limit).collect();
                let mut products = exps.clone();
                instructions.run(Scale(&mut products, factor, f32::INFINITY));
                for (exp, product) in exps.into_iter().zip(products) {
                    let exact = f64::from(exp) * f64::from(factor);
                    let right = exact as f32;
                    let next = f32::from_bits(right.to_bits().wrapping_add(1));
                    let ulp = f64::from(next) - f64::from(right);
                    let error = (f64::from(product) - exact).abs();
                    assert!(error <= 0.5 * ulp, "{instructions:?}: {exp} x {factor}");
                }
            }
        }
    }

    #[test]
    fn no_product_is_above_the_largest() {
        for instructions in InstructionSet::available() {
            // The second exponential decides how products are computed.
            for other in [1.0, 1e-38] {
                let mut products = [3.0, other, 2.0];
                instructions.run(Scale(&mut products, 0.5, 1.0));
                assert_eq!(products, [1.0, other / 2.0, 1.0], "{instructions:?}");
            }
        }
    }
}
