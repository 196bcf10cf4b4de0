//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! The functions of the scalar stage, over lanes and in `f32`. The textbook goes over a row
//! three times: for the max, for the exponentials and their sum, and to scale them. Here
//! nothing waits for the max. The exponentials are relative to a power of two that served rows
//! before, and at the end of the row, when its max is known, it turns out whether that power
//! serves this row as well. So a row takes one pass, and a second one only where its max is more
//! than 24 powers of two away, or far from 0 and different from the max before. (Milakov and
//! Gimelshein 2018 find max and sum in one pass too, and rescale the sum whenever the max grows.
//! A power of two need not follow the max that closely.)
//!
//! Nor is the max waited for to be left out of the sum, beside which small terms would be
//! lost. A lane that meets a larger exponential adds the one it had left out so far:
//!
//! ```text
//! others  += min(largest, exp)
//! largest  = max(largest, exp)
//! ```

use crate::exp::{Reference, exp};
use crate::lanes::{BLOCK, LANES, add, in_order, larger, put_remainder, remainder};
use crate::scale::scale;
use crate::summary::Summary;

/// The max of a row and its rest. The guess is a reference that served another row.
#[inline(always)]
pub(crate) fn rest<const FMA: bool>(z: &[f32], guess: Reference) -> Summary {
    summary::<FMA>(z, guess, None)
}

/// The same, and `exps` filled with the exponentials of the row, relative to the
/// reference in the summary.
#[inline(always)]
pub(crate) fn exponentials<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    exps: &mut [f32],
) -> Summary {
    summary::<FMA>(z, guess, Some(exps))
}

#[inline(always)]
fn summary<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    mut exps: Option<&mut [f32]>,
) -> Summary {
    let (max, others) = max_and_sum(pass::<FMA>(z, guess, exps.as_deref_mut()));
    if guess.serves(max) {
        return Summary::new::<FMA>(max, others, guess);
    }
    let reference = Reference::near(max);
    let (max, others) = max_and_sum(pass::<FMA>(z, reference, exps));
    Summary::new::<FMA>(max, others, reference)
}

/// The max, and the sum of all exponentials but the largest, of one row.
///
/// Not inlined: the order in which it goes through the lanes would become the order in which
/// the loop before it keeps them.
#[inline(never)]
pub(crate) fn max_and_sum(found: Found) -> (f32, f64) {
    found.max_and_sum()
}

/// Goes over a row once.
#[inline(always)]
pub(crate) fn pass<const FMA: bool>(
    z: &[f32],
    reference: Reference,
    exps: Option<&mut [f32]>,
) -> Found {
    match exps {
        Some(exps) => fill::<FMA>(z, reference, exps),
        None => sums::<FMA>(z, reference),
    }
}

#[inline(always)]
fn sums<const FMA: bool>(z: &[f32], reference: Reference) -> Found {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut found = Found::new();
    let mut exps = [[0.0; LANES]; BLOCK];
    let (blocks, few) = vectors.as_chunks::<BLOCK>();
    for z in blocks {
        found.add::<FMA>(z, reference, &mut exps);
    }
    found.add::<FMA>(few, reference, &mut exps);
    if !last.is_empty() {
        found.add::<FMA>(&[remainder(z, f32::NEG_INFINITY)], reference, &mut exps);
    }
    found
}

/// Goes over a row once, and fills `exps` with its exponentials.
#[inline(always)]
pub(crate) fn fill<const FMA: bool>(
    z: &[f32],
    reference: Reference,
    exps: &mut [f32],
) -> Found {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut found = Found::new();
    let (blocks, few) = vectors.as_chunks::<BLOCK>();
    let of_vectors = exps.as_chunks_mut::<LANES>().0;
    let (exps_of_blocks, few_exps) = of_vectors.as_chunks_mut::<BLOCK>();
    for (z, exps) in blocks.iter().zip(exps_of_blocks) {
        found.add::<FMA>(z, reference, exps);
    }
    found.add::<FMA>(few, reference, few_exps);
    if !last.is_empty() {
        let mut of_last = [[0.0; LANES]];
        found.add::<FMA>(&[remainder(z, f32::NEG_INFINITY)], reference, &mut of_last);
        put_remainder(exps, of_last[0]);
    }
    found
}

/// What the pass over a row has found so far, lane by lane.
#[derive(Clone, Copy)]
pub(crate) struct Found {
    max: [f32; LANES],
    largest: [f32; LANES],
    others: [f64; LANES],
}

impl Found {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        let (max, largest) = ([f32::NEG_INFINITY; LANES], [0.0; LANES]);
        Found { max, largest, others: [0.0; LANES] }
    }

    /// Goes over a block, and fills `exps` with its exponentials.
    // ANCHOR: add
    #[inline(always)]
    fn add<const FMA: bool>(
        &mut self,
        z: &[[f32; LANES]],
        reference: Reference,
        exps: &mut [[f32; LANES]],
    ) {
        let mut others = [0.0; LANES];
        // Two and two, then both: a sum of four numbers that is rounded twice.
        for (z, exps) in z.chunks(BLOCK / 2).zip(exps.chunks_mut(BLOCK / 2)) {
            let mut of_half = [0.0; LANES];
            for (z, exps) in z.iter().zip(exps) {
                let mut exp_z = [0.0; LANES];
                for k in 0..LANES {
                    self.max[k] = larger(self.max[k], z[k]);
                    exp_z[k] = exp::<FMA>(z[k] - reference.origin, reference);
                    let (less, more) = in_order(self.largest[k], exp_z[k]);
                    of_half[k] += less;
                    self.largest[k] = more;
                }
                *exps = exp_z;
            }
            for k in 0..LANES {
                others[k] += of_half[k];
            }
        }
        add(&mut self.others, others);
    }
    // ANCHOR_END: add

    /// The max, and the sum of all exponentials but the largest.
    #[inline(always)]
    pub(crate) fn max_and_sum(self) -> (f32, f64) {
        let Found { mut max, mut largest, mut others } = self;
        // In pairs: four steps, where one lane after the other would be sixteen.
        for half in [8, 4, 2, 1] {
            for k in 0..half {
                max[k] = larger(max[k], max[k + half]);
                let (less, more) = in_order(largest[k], largest[k + half]);
                others[k] += others[k + half] + f64::from(less);
                largest[k] = more;
            }
        }
        (max[0], others[0])
    }
}

/// Fills `p` with the probabilities of a row.
#[inline(always)]
pub(crate) fn softmax<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    p: &mut [f32],
) -> Reference {
    let row = exponentials::<FMA>(z, guess, p);
    scale::<FMA>(p, row.normalizer() as f32, 1.0);
    row.reference
}

/// Fills `log_p` with the log-probabilities of a row.
#[inline(always)]
pub(crate) fn log_softmax<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    log_p: &mut [f32],
) -> Reference {
    let row = rest::<FMA>(z, guess);
    row.log_softmax::<FMA>(z, log_p);
    row.reference
}
