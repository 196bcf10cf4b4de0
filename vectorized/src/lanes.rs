//! Rows in chunks of sixteen numbers: the max, the sums, and the sum that leaves one
//! maximum out.
//!
//! A loop that carries one number from step to step, a max or a sum, takes its steps one
//! after the other. Sixteen numbers carried side by side do not wait for each other, and
//! an array of sixteen is what the compiler puts into vectors: one of AVX-512, two of
//! AVX2, four of SSE. Written as plain loops over `[f32; LANES]`, it is one source for all
//! of them.
//!
//! Floats are not associative, so the compiler may not reorder a sum by itself. Here the
//! order is written down, and it is a better one: see [`Sum`].

use crate::exp::{SCALE, difference, scaled_exp};

/// How many numbers are worked on side by side.
pub const LANES: usize = 16;

/// What remains of a row after its last full chunk, filled up to one with a number that
/// does not count.
#[inline(always)]
pub(crate) fn filled_up(remainder: &[f32], filler: f32) -> [f32; LANES] {
    let mut chunk = [filler; LANES];
    chunk[..remainder.len()].copy_from_slice(remainder);
    chunk
}

/// The largest number of a row; NaN if one of them is.
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    let (full, remainder) = z.as_chunks();
    let mut max = [f32::NEG_INFINITY; LANES];
    for z in full {
        max = larger_of_each(max, z);
    }
    max = larger_of_each(max, &filled_up(remainder, f32::NEG_INFINITY));
    max.into_iter().fold(f32::NEG_INFINITY, larger)
}

#[inline(always)]
fn larger_of_each(mut max: [f32; LANES], z: &[f32; LANES]) -> [f32; LANES] {
    for (max, &z_k) in max.iter_mut().zip(z) {
        *max = larger(*max, z_k);
    }
    max
}

/// NaN wins, and once it has, no comparison with it is true.
#[inline(always)]
fn larger(max: f32, z_k: f32) -> f32 {
    if z_k > max || z_k.is_nan() { z_k } else { max }
}

/// Sixteen sums side by side, in `f32` over a few chunks and then in `f64`.
///
/// A running `f32` sum over a million terms is off by 2e-5 and more, since each small term
/// is rounded against a large sum. Sixteen terms in a lane lose next to nothing, and going
/// over to `f64` once in sixteen chunks costs next to nothing.
pub(crate) struct Sum {
    few: [f32; LANES],
    chunks: usize,
    all: [f64; LANES],
}

impl Sum {
    const CHUNKS_IN_F32: usize = 4;

    #[inline(always)]
    pub(crate) fn new() -> Self {
        Sum { few: [0.0; LANES], chunks: 0, all: [0.0; LANES] }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, terms: &[f32; LANES]) {
        for (few, term) in self.few.iter_mut().zip(terms) {
            *few += term;
        }
        self.chunks += 1;
        if self.chunks == Self::CHUNKS_IN_F32 {
            self.go_over_to_f64();
        }
    }

    #[inline(always)]
    pub(crate) fn total(mut self) -> f64 {
        self.go_over_to_f64();
        self.all.iter().sum()
    }

    #[inline(always)]
    fn go_over_to_f64(&mut self) {
        for (all, few) in self.all.iter_mut().zip(&mut self.few) {
            *all += f64::from(*few);
            *few = 0.0;
        }
        self.chunks = 0;
    }
}

/// The sum of exponentials that leaves one maximum out: those below the max are summed,
/// those at the max counted.
pub(crate) struct Rest {
    below: Sum,
    at_max: [f32; LANES],
}

impl Rest {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Rest { below: Sum::new(), at_max: [0.0; LANES] }
    }

    /// Adds a chunk, and returns its exponentials, times [`SCALE`].
    #[inline(always)]
    pub(crate) fn add<const FMA: bool>(
        &mut self,
        z: &[f32; LANES],
        max: f32,
    ) -> [f32; LANES] {
        let mut exps = [0.0; LANES];
        let mut below = [0.0; LANES];
        for k in 0..LANES {
            let (distance, lost) = difference(z[k], max);
            exps[k] = scaled_exp::<FMA>(distance, lost);
            below[k] = if z[k] == max { 0.0 } else { exps[k] };
            self.at_max[k] += if z[k] == max { 1.0 } else { 0.0 };
        }
        self.below.add(&below);
        exps
    }

    #[inline(always)]
    pub(crate) fn total(self) -> f64 {
        let at_max: f32 = self.at_max.iter().sum();
        self.below.total() / f64::from(SCALE) + (f64::from(at_max) - 1.0)
    }
}
