//! Rows in chunks of sixteen numbers: the max, and sums.
//!
//! A loop that carries one number from step to step, a max or a sum, takes its steps one
//! after the other. Sixteen numbers carried side by side do not wait for each other, and
//! an array of sixteen is what the compiler puts into vectors: one of AVX-512, two of
//! AVX2, four of SSE. Written as plain loops over `[f32; LANES]`, it is one source for all
//! of them.
//!
//! Floats are not associative, so the compiler may not reorder a sum by itself. Here the
//! order is written down, and it is a better one: see [`Sum`].

/// How many numbers are worked on side by side.
pub const LANES: usize = 16;

/// What remains of a row after its last full chunk, filled up to one with a number that
/// does not count.
#[inline(always)]
pub(crate) fn filled_up(remainder: &[f32], filler: f32) -> [f32; LANES] {
    let mut lanes = [filler; LANES];
    for (lane, &number) in lanes.iter_mut().zip(remainder) {
        *lane = number;
    }
    lanes
}

/// The largest number of a row. NaN is passed over: it shows in the sum of exponentials,
/// and a comparison that let it win would be three instructions instead of one.
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    let (full, remainder) = z.as_chunks::<LANES>();
    let (pairs, single) = full.as_chunks::<2>();
    // A comparison waits for the one before it: two vectors take turns.
    let (mut even, mut odd) = (LOWEST, LOWEST);
    for [first, second] in pairs {
        even = larger_of_each(even, first);
        odd = larger_of_each(odd, second);
    }
    let max = single.iter().fold(larger_of_each(even, &odd), larger_of_each);
    largest(max, remainder)
}

/// The max of nothing, in every lane.
pub(crate) const LOWEST: [f32; LANES] = [f32::NEG_INFINITY; LANES];

#[inline(always)]
pub(crate) fn larger_of_each(mut max: [f32; LANES], z: &[f32; LANES]) -> [f32; LANES] {
    for k in 0..LANES {
        max[k] = larger(max[k], z[k]);
    }
    max
}

/// The largest of all lanes and of a remainder.
#[inline(always)]
pub(crate) fn largest(max: [f32; LANES], remainder: &[f32]) -> f32 {
    let max = larger_of_each(max, &filled_up(remainder, f32::NEG_INFINITY));
    max.into_iter().fold(f32::NEG_INFINITY, larger)
}

#[inline(always)]
fn larger(max: f32, z_k: f32) -> f32 {
    if z_k > max { z_k } else { max }
}

/// Sixteen sums side by side, in `f32` over a few terms and then in `f64`.
///
/// A running `f32` sum over a million terms is off by up to 5e-5, since each small term is
/// rounded against a large sum. Eight terms in a lane lose next to nothing, and going over
/// to `f64` after them costs next to nothing.
#[derive(Clone, Copy)]
pub(crate) struct Sum([f64; LANES]);

impl Sum {
    /// How many terms are added in `f32`.
    pub(crate) const FEW: usize = 8;

    #[inline(always)]
    pub(crate) fn new() -> Self {
        Sum([0.0; LANES])
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, few: &[f32; LANES]) {
        for (sum, few) in self.0.iter_mut().zip(few) {
            *sum += f64::from(*few);
        }
    }

    #[inline(always)]
    pub(crate) fn total(&self) -> f64 {
        sum(self.0)
    }
}

/// The sum of all lanes, in pairs: four steps instead of sixteen that wait for each other.
#[inline(always)]
pub(crate) fn sum(mut lanes: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for k in 0..half {
            lanes[k] += lanes[k + half];
        }
        half /= 2;
    }
    lanes[0]
}
