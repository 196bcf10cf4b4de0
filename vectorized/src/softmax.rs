//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! These are the functions of the scalar stage, over lanes and in `f32`. The scalar stage goes
//! over a row twice before it knows the rest: once for the max, once for the exponentials.
//! [`rest`] reads each logit once:
//!
//! ```text
//! for every 1024 logits of the row:
//!     exps = exp(z), relative to the anchor      exp.rs: no max is needed
//!     set the exponential of the class that's left out to 0
//!     for every four vectors of exps:
//!         add them up in f32, in pairs, then both pairs
//!         sums += that, in f64
//! ```
//!
//! The class to leave out is known beforehand: the label, or for log-probabilities the class at
//! the max. A single loop could make the exponentials and add them up. But it would have to look
//! for that class, and with AVX2, which has sixteen registers, it was a tenth slower than these
//! two loops: the sums took registers that the exponential needs. With AVX-512, which has
//! thirty-two, one loop was a twentieth faster. The second loop reads from the nearest cache.
//!
//! Addition of floats isn't associative, so the compiler may not reorder a sum. Here the order is
//! written down, and it's a better order than one after the other: an exponential is rounded twice
//! in `f32` and then joins sums in `f64`. A running `f32` sum of 0.1, a million times, is off by
//! 1 %, since each small term is rounded against a large sum.

use std::mem;

use crate::exp::{Anchor, Anchors, exps};
use crate::in_f64::ln_1p;
use crate::lanes::{LANES, add, filled_up, last, plus, sum};
use crate::scale::scale;
use crate::summary::Summary;

/// The number of exponentials that are made before they're added up: 4 KiB, in the nearest cache.
pub(crate) const CHUNK: usize = 1024;

/// The number of vectors that are added up in `f32` before the sum goes on in `f64`.
const BLOCK: usize = 4;

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

/// Returns the rest of a row before it's divided by the exponential of the class that's left out:
/// the sum of the other exponentials, relative to an anchor. Fills `out`, if it's given, with all
/// exponentials.
// ANCHOR: rest
#[inline(always)]
pub(crate) fn rest(
    z: &[f32],
    left_out: usize,
    anchor: Anchor,
    mut out: Option<&mut [f32]>,
) -> f64 {
    let anchors = &Anchors::all(anchor);
    let mut dropped = [0.0; CHUNK];
    let mut sums = [0.0; LANES / 2];
    let mut start = 0;
    for z in z.chunks(CHUNK) {
        let exps = match &mut out {
            Some(out) => &mut out[start..start + z.len()],
            None => &mut dropped[..z.len()],
        };
        fill(exps, z, anchors);
        let class = left_out.wrapping_sub(start);
        let exp = exps.get_mut(class).map(mem::take);
        add_up(exps, &mut sums);
        if let Some(exp) = exp {
            exps[class] = exp;
        }
        start += z.len();
    }
    sum(sums)
}
// ANCHOR_END: rest

/// Fills `out` with the exponentials of logits.
#[inline(always)]
pub(crate) fn fill(out: &mut [f32], z: &[f32], anchors: &Anchors) {
    let (vectors, classes_left) = z.as_chunks();
    let (blocks, few) = vectors.as_chunks::<BLOCK>();
    let (out_blocks, out_few) = out.as_chunks_mut().0.as_chunks_mut::<BLOCK>();
    for (z, out) in blocks.iter().zip(out_blocks) {
        for i in 0..BLOCK {
            out[i] = exps(&z[i], anchors);
        }
    }
    for (z, out) in few.iter().zip(out_few) {
        *out = exps(z, anchors);
    }
    if !classes_left.is_empty() {
        // The last logits fill no vector, so the last vector overlaps the one before.
        let last = z.last_chunk().copied().unwrap_or_else(|| filled_up(z, 0.0));
        let last = exps(&last, anchors);
        match out.last_chunk_mut() {
            Some(place) => *place = last,
            None => out.copy_from_slice(&last[..out.len()]),
        }
    }
}

/// Adds exponentials to `sums`.
#[inline(always)]
pub(crate) fn add_up(exps: &[f32], sums: &mut [f64; LANES / 2]) {
    let (vectors, few) = exps.as_chunks::<LANES>();
    let (blocks, vectors) = vectors.as_chunks::<BLOCK>();
    for [a, b, c, d] in blocks {
        add(sums, plus(plus(*a, *b), plus(*c, *d)));
    }
    // At most three vectors are left, so that each term is rounded twice here, too.
    let mut of_few = [0.0; LANES];
    for exps in vectors {
        of_few = plus(of_few, *exps);
    }
    add(sums, of_few);
    if !few.is_empty() {
        let vector = match exps.last_chunk() {
            Some(vector) => last(few.len(), *vector),
            None => filled_up(few, 0.0),
        };
        add(sums, vector);
    }
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
    let mut total = rest(z, NO_CLASS, anchor, Some(p));
    if !anchor.serves(total) {
        let Some(near) = Anchor::of_max(max(z)) else {
            scalar::softmax::softmax(z, p);
            return guess;
        };
        anchor = near;
        total = rest(z, NO_CLASS, anchor, Some(p));
    }
    scale(p, (1.0 / total) as f32, 1.0);
    anchor.or_guess(guess)
}

/// Fills `log_p` with the log-probabilities of a row.
#[inline(always)]
pub(crate) fn log_softmax(z: &[f32], log_p: &mut [f32]) {
    match Summary::new(z, None) {
        Some((summary, _)) => summary.log_softmax(z, log_p),
        None => scalar::softmax::log_softmax(z, log_p),
    }
}
