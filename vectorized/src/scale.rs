//! Exponentials times a factor, down to the smallest number that there is.
//!
//! A product would be all there is to it, if processors were not slow to round one to a
//! subnormal number: a hundred cycles, for each vector that holds such a product. So where
//! one would come out, it is rounded further up. Just above a power of two 2^k, numbers are
//! 2^(k - 23) apart; subnormal numbers are 2^-149 apart. Raised by 2^96, a small product is
//! added to 2^(-126 + 96): the sum is rounded as the product has to be, and what its bits
//! have more than those of the power are the bits of the subnormal number.

use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, put_remainder, remainder, smaller};

/// 2^96.
const RAISED: f32 = (1_u128 << 96) as f32;

/// Multiplies exponentials by a factor, a normal number below 2^30. A product above `most`
/// is set to `most`, because rounding up could give the likeliest class more than there is.
#[inline(always)]
pub(crate) fn scale<const FMA: bool>(exps: &mut [f32], factor: f32, most: f32) {
    let mut last = [remainder(exps, f32::INFINITY)];
    let (vectors, _) = exps.as_chunks_mut();
    let (blocks, few) = vectors.as_chunks_mut::<BLOCK>();
    let (factors, most) = (&[factor; LANES], &[most; LANES]);
    for exps in blocks {
        scale_lanes::<FMA, _>(exps, factors, most);
    }
    scale_lanes::<FMA, _>(few, factors, most);
    if !exps.len().is_multiple_of(LANES) {
        scale_lanes::<FMA, _>(&mut last, factors, most);
        put_remainder(exps, last[0]);
    }
}

/// Does what [`scale`] does, with a factor and a largest product for each lane.
#[inline(always)]
pub(crate) fn scale_lanes<const FMA: bool, const N: usize>(
    exps: &mut [[f32; N]],
    factors: &[f32; N],
    most: &[f32; N],
) {
    // A little more, so that no product is rounded to below the normal range.
    let mut smallest = [0.0; N];
    for k in 0..N {
        smallest[k] = (1.0 + 2.0 * f32::EPSILON) * (f32::MIN_POSITIVE / factors[k]);
    }
    let mut lowest = [f32::INFINITY; N];
    for exp in &*exps {
        for k in 0..N {
            lowest[k] = smaller(lowest[k], exp[k]);
        }
    }
    let mut underflows = false;
    for k in 0..N {
        underflows |= lowest[k] < smallest[k];
    }
    for exp in exps {
        let mut product = *exp;
        for k in 0..N {
            let rounded = if underflows {
                small_product::<FMA>(exp[k], factors[k], smallest[k])
            } else {
                exp[k] * factors[k]
            };
            product[k] = if rounded > most[k] { most[k] } else { rounded };
        }
        *exp = product;
    }
}

/// A product that may be below the normal range.
#[inline(always)]
fn small_product<const FMA: bool>(exp: f32, factor: f32, smallest: f32) -> f32 {
    // Of bits: a compiler that understands what it is for multiplies the small ones too.
    let normal = f32::from_bits(exp.to_bits().max(smallest.to_bits())) * factor;

    let power = f32::MIN_POSITIVE * RAISED;
    let sum = mul_add::<FMA>(exp, factor * RAISED, power);
    let subnormal = f32::from_bits(sum.to_bits().wrapping_sub(power.to_bits()));
    if exp < smallest { subnormal } else { normal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instructions::{InstructionSet, Kernel};

    struct Scale<'a>(&'a mut [f32], f32);

    impl Kernel for Scale<'_> {
        type Output = ();

        #[inline(always)]
        fn run<const FMA: bool>(self) {
            scale::<FMA>(self.0, self.1, f32::INFINITY);
        }
    }

    #[test]
    fn products_are_rounded_once_also_below_the_normal_range() {
        for instructions in InstructionSet::available() {
            for factor in [1.3e-20_f32, 2.0_f32.powi(-90), 0.77, 1.0, 9e-30] {
                // From 2^-126 to 2^60, mantissas of every kind.
                let exps = (0..40_000).map(|i| 2.0_f32.powf(i as f32 / 215.0 - 126.0));
                let exps: Vec<f32> = exps.collect();
                let mut products = exps.clone();
                instructions.run(Scale(&mut products, factor));
                for (exp, product) in exps.into_iter().zip(products) {
                    let exact = f64::from(exp) * f64::from(factor);
                    let right = exact as f32;
                    let next = f32::from_bits(right.to_bits().wrapping_add(1));
                    let ulp = f64::from(next) - f64::from(right);
                    let error = (f64::from(product) - exact).abs();
                    // Without a fused multiply-add the raised product is rounded before the sum.
                    assert!(error <= 0.75 * ulp, "{instructions:?}: {exp} x {factor}");
                }
            }
        }
    }
}
