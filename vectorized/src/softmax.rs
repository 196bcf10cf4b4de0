//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! These are the functions of the scalar stage, over lanes and in `f32`. The scalar stage goes
//! over a row twice before it knows the rest: once for the max, once for the exponentials.
//! [`rest`] goes over it once:
//!
//! ```text
//! for each four vectors of the row:
//!     exps = exp(z), relative to the anchor      exp.rs: no max is needed
//!     store exps, if the gradient will need them
//!     sum them up in f32, in pairs, then both pairs
//!     sums += that, in f64
//! the same for the last vectors, and for the last logits, as one vector that overlaps
//! ```
//!
//! The class to leave out is known beforehand: the label, or for log-probabilities the class at
//! the max. Its exponential is set to 0 before the sum. That costs a multiplication for each of
//! the four vectors around it and for the last vectors, and nothing for all others.
//!
//! Addition of floats isn't associative, so the compiler may not reorder a sum. Here the order is
//! written down, and it's a better order than one after the other: an exponential is rounded twice
//! in `f32` and then joins sums in `f64`. A running `f32` sum of 0.1, a million times, is off by
//! 1 %, since each small term is rounded against a large sum.

use crate::exp::{Anchor, Anchors, exps};
use crate::in_f64::ln_1p;
use crate::lanes::{LANES, Vector, add, filled_up, last, plus, sum, without};
use crate::scale::scale;
use crate::summary::Summary;

/// The number of vectors of a row that are summed in `f32` before the sum goes on in `f64`.
const BLOCK: usize = 4;

type Block = [Vector; BLOCK];

/// The index that leaves no class out of a sum.
pub(crate) const NO_CLASS: usize = usize::MAX;

/// Returns the largest number of a row, or NaN if one of them is NaN.
// ANCHOR: max
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut max = filled_up(last, f32::NEG_INFINITY);
    for z in vectors {
        for k in 0..LANES {
            max[k] = larger_or_nan(max[k], z[k]);
        }
    }
    max.into_iter().fold(f32::NEG_INFINITY, larger_or_nan)
}

#[inline(always)]
fn larger_or_nan(max: f32, z: f32) -> f32 {
    // `f32::max` would drop a NaN. Once the max is NaN, no comparison with it is true.
    if z > max || z.is_nan() { z } else { max }
}
// ANCHOR_END: max

/// Returns the rest of a row, not yet divided: the sum of its exponentials relative to an anchor,
/// with one class left out. Callers call it `others`, and divide it by the exponential of that
/// class. Fills `out` with all exponentials.
// ANCHOR: rest
#[inline(always)]
pub(crate) fn rest(
    z: &[f32],
    left_out: usize,
    anchor: Anchor,
    mut out: impl Exps,
) -> f64 {
    let anchors = &Anchors::all(anchor);
    let (blocks, few) = z.as_chunks::<LANES>().0.as_chunks::<BLOCK>();
    let mut sums = [0.0; LANES / 2];
    // The block with the class that's left out comes after the others.
    let its_block = (left_out / (BLOCK * LANES)).min(blocks.len());
    for range in [0..its_block, its_block + 1..blocks.len()] {
        for i in range {
            let sum = block(&blocks[i], NO_CLASS, anchors, out.block(i));
            add(&mut sums, sum);
        }
    }
    if let Some(z) = blocks.get(its_block) {
        let index = left_out % (BLOCK * LANES);
        add(&mut sums, block(z, index, anchors, out.block(its_block)));
    }
    // At most three vectors are left, and the last classes, which fill no vector.
    let mut of_few = [0.0; LANES];
    let mut start = blocks.len() * BLOCK * LANES;
    for z in few {
        let exps = exps(z, anchors);
        out.vector(start, exps);
        of_few = plus(of_few, without(left_out.wrapping_sub(start), exps));
        start += LANES;
    }
    add(&mut sums, of_few);
    let count = z.len() - start;
    if count > 0 {
        if let Some(vector) = z.last_chunk() {
            let start = z.len() - LANES;
            let exps = exps(vector, anchors);
            out.vector(start, exps);
            let exps = without(left_out.wrapping_sub(start), exps);
            add(&mut sums, last(count, exps));
        } else {
            let exps = exps(&filled_up(z, f32::NEG_INFINITY), anchors);
            out.vector(0, exps);
            add(&mut sums, without(left_out, exps));
        }
    }
    sum(sums)
}
// ANCHOR_END: rest

/// Fills `out` with the exponentials of four vectors, and returns the lane by lane sum of all
/// except one of them.
#[inline(always)]
fn block(z: &Block, left_out: usize, anchors: &Anchors, out: &mut Block) -> Vector {
    let a = exps_except(&z[0], left_out, anchors, &mut out[0]);
    let b = exps_except(&z[1], left_out.wrapping_sub(LANES), anchors, &mut out[1]);
    let ab = plus(a, b);
    let c = exps_except(&z[2], left_out.wrapping_sub(2 * LANES), anchors, &mut out[2]);
    let d = exps_except(&z[3], left_out.wrapping_sub(3 * LANES), anchors, &mut out[3]);
    // In pairs, then both pairs: each of the four vectors is rounded twice.
    plus(ab, plus(c, d))
}

/// Fills `out` with the exponentials of a vector, and returns them with one of them set to 0.
#[inline(always)]
fn exps_except(
    z: &Vector,
    left_out: usize,
    anchors: &Anchors,
    out: &mut Vector,
) -> Vector {
    let exps = exps(z, anchors);
    *out = exps;
    without(left_out, exps)
}

/// The place for the exponentials of a row.
pub(crate) trait Exps {
    /// Returns the place for the exponentials of a block.
    fn block(&mut self, i: usize) -> &mut Block;

    /// Stores the exponentials of the classes that begin at `start`.
    fn vector(&mut self, start: usize, exps: Vector);
}

/// Stores all exponentials, one for each class.
impl Exps for &mut [f32] {
    #[inline(always)]
    fn block(&mut self, i: usize) -> &mut Block {
        &mut self.as_chunks_mut::<LANES>().0.as_chunks_mut().0[i]
    }

    #[inline(always)]
    fn vector(&mut self, start: usize, exps: Vector) {
        if let Some(place) = self[start..].first_chunk_mut() {
            *place = exps;
        } else {
            self.copy_from_slice(&exps[..self.len()]);
        }
    }
}

/// Drops the exponentials, if only their sum is needed.
pub(crate) struct Dropped(Block);

impl Dropped {
    pub(crate) const NEW: Self = Dropped([[0.0; LANES]; BLOCK]);
}

impl Exps for Dropped {
    #[inline(always)]
    fn block(&mut self, _: usize) -> &mut Block {
        &mut self.0
    }

    #[inline(always)]
    fn vector(&mut self, _: usize, _: Vector) {}
}

/// Returns the logarithm of the normalizer, `ln(1 + rest)`, relative to the max or to the label,
/// like the rest.
#[inline(always)]
pub(crate) fn log_norm(rest: f64) -> f64 {
    ln_1p(rest)
}

/// Fills `p` with the probabilities of a row, and returns an anchor for the next row.
#[inline(always)]
pub(crate) fn softmax(z: &[f32], guess: Anchor, p: &mut [f32]) -> Anchor {
    let mut anchor = guess;
    let mut total = rest(z, NO_CLASS, anchor, &mut *p);
    if !anchor.serves(total) {
        let Some(near) = Anchor::of_max(max(z)) else {
            scalar::softmax::softmax(z, p);
            return guess;
        };
        anchor = near;
        total = rest(z, NO_CLASS, anchor, &mut *p);
    }
    scale(p, (1.0 / total) as f32, 1.0);
    anchor.or_guess(guess)
}

/// Fills `log_p` with the log-probabilities of a row.
#[inline(always)]
pub(crate) fn log_softmax(z: &[f32], log_p: &mut [f32]) {
    match Summary::new(z, Dropped::NEW) {
        Some((summary, _)) => summary.log_softmax(z, log_p),
        None => scalar::softmax::log_softmax(z, log_p),
    }
}
