//! One loss in `f32`, four ways: over an offset, and over a margin.

use backend::CrossEntropy;
use scalar::naive;

use crate::row::Row;
use crate::{Figure, Inputs, Outputs, slider};

/// Input: the exponent of ten in the offset.
pub const POWER: usize = 0;
/// Input: the margin.
pub const MARGIN: usize = 1;

/// The number of ways.
pub const WAYS: usize = 4;
/// The formulas of the ways, in the order in which a page has them.
pub const NAMES: [&str; WAYS] =
    ["-ln(e^z_y / sum)", "lse(z) - z_y", "ln sum + (max - z_y)", "stage 1"];
/// The naive functions of these ways; the last way, the stage itself, isn't among them.
const NAIVE: [fn(&[f32], usize) -> f32; WAYS - 1] =
    [naive::loss_of_softmax, naive::loss_by_lse_minus_z, naive::loss_by_ln_of_sum];

/// The figure `overflow`.
pub const OVERFLOW: Figure = Figure {
    name: "overflow",
    controls: &[
        slider("offset c, its power of ten", [0.0, 10.0, 0.05], 8.0),
        slider("margin m", [0.0, 87.0, 0.5], 20.0),
    ],
    compute: overflow,
};

/// Output: the offset c.
pub const OFFSET: usize = 0;
/// Outputs: the loss of `[c, c]`, which is ln 2, in each way.
pub const OF_OFFSET: usize = 1;
/// Outputs: 1 if that loss is wrong, else 0.
pub const OFFSET_IS_WRONG: usize = OF_OFFSET + WAYS;
/// Outputs: the loss of `[m, 0]` with the first class right, in each way.
pub const OF_MARGIN: usize = OFFSET_IS_WRONG + WAYS;
/// Outputs: 1 if that loss is wrong, else 0.
pub const MARGIN_IS_WRONG: usize = OF_MARGIN + WAYS;
/// Outputs: the bits of the sum of exponentials, `1 + rest`, from the sign on.
pub const BITS_OF_SUM: usize = MARGIN_IS_WRONG + WAYS;
/// Outputs: the bits of the rest.
pub const BITS_OF_REST: usize = BITS_OF_SUM + BITS;
/// The number of bits in an `f32`.
pub const BITS: usize = 32;

/// The largest relative error of a loss that we call right.
const TOLERANCE: f64 = 0.01;

/// Computes the losses of two logits with a common offset, and of two with a margin.
fn overflow(inputs: &mut Inputs, outputs: &mut Outputs) {
    let (offset, margin) =
        ((inputs[POWER] * std::f64::consts::LN_10).exp() as f32, inputs[MARGIN] as f32);
    outputs[OFFSET] = offset.into();
    let rest = (-f64::from(margin)).exp();
    compare([offset; 2], std::f64::consts::LN_2, &mut outputs[OF_OFFSET..OF_MARGIN]);
    compare([margin, 0.0], rest.ln_1p(), &mut outputs[OF_MARGIN..BITS_OF_SUM]);
    let rest = rest as f32;
    bits(1.0 + rest, &mut outputs[BITS_OF_SUM..BITS_OF_REST]);
    bits(rest, &mut outputs[BITS_OF_REST..BITS_OF_REST + BITS]);
}

/// Fills the first half with the losses, and the second with 1 for each that's wrong.
fn compare(z: [f32; 2], right: f64, outputs: &mut [f64]) {
    let (losses, is_wrong) = outputs.split_at_mut(WAYS);
    for (loss, way) in losses.iter_mut().zip(NAIVE) {
        *loss = way(&z, 0).into();
    }
    losses[WAYS - 1] = Row::of(&CrossEntropy::default(), z.map(f64::from), 0).loss;
    for (loss, is_wrong) in losses.iter().zip(is_wrong) {
        let off = (loss - right).abs();
        *is_wrong = f64::from(u8::from(off.is_nan() || off > TOLERANCE * right));
    }
}

/// Fills `outputs` with the bits of a number, the sign first.
fn bits(x: f32, outputs: &mut [f64]) {
    for (place, bit) in outputs.iter_mut().enumerate() {
        *bit = f64::from(x.to_bits() >> (BITS - 1 - place) & 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_where_each_formula_but_the_stage_fails() {
        let (_, outputs) = OVERFLOW.at_start();
        let wrong = |first: usize| outputs[first..first + WAYS].iter().map(|x| *x == 1.0);
        let somewhere = wrong(OFFSET_IS_WRONG).zip(wrong(MARGIN_IS_WRONG));
        let somewhere: Vec<bool> = somewhere.map(|(a, b)| a || b).collect();
        assert_eq!(somewhere, [true, true, true, false]);
        let naive_loss = outputs[OF_MARGIN + WAYS - 2];
        assert_eq!(naive_loss, 0.0);
    }
}
