//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! The functions of the scalar stage, over lanes and in `f32`. The textbook goes over a row
//! three times: for the max, for the exponentials and their sum, and to scale them. Here
//! the max is not waited for. The exponentials are taken relative to a power of two that
//! served the row before, and whether it serves this row as well shows at the end, when its
//! max is known: one pass, and a second one only where the max of a row is more than 2^24
//! away from that of the row before. (Milakov and Gimelshein 2018 find max and sum in one
//! pass too, and rescale the sum whenever the max grows. A power of two need not follow the
//! max that closely.)
//!
//! Nor is the max waited for to be left out of the sum, beside which small terms would be
//! lost. A lane that meets a larger exponential adds the one it had left out so far:
//!
//! ```text
//! others  += min(largest, exp)
//! largest  = max(largest, exp)
//! ```

use crate::exp::{Reference, exp};
use crate::in_f64::ln_1p;
use crate::lanes::{BLOCK, LANES, add, filled_up, in_order, larger};
use crate::scale::scale;

/// What one pass over a row finds: all that its loss and its gradient need to know of it.
#[derive(Clone, Copy)]
pub(crate) struct Summary {
    /// The largest logit.
    pub(crate) max: f32,
    /// The sum of the exponentials relative to the max, one class at the max left out; NaN
    /// where the max is not finite.
    pub(crate) rest: f64,
    /// What the exponentials are relative to.
    pub(crate) reference: Reference,
    /// The exponential of the max among them.
    exp_of_max: f64,
}

/// The max of a row and its rest. The guess is a reference that served another row.
// ANCHOR: rest
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
    let (max, others) = pass::<FMA>(z, guess, exps.as_deref_mut());
    if guess.serves(max) {
        return Summary::new::<FMA>(max, others, guess);
    }
    let reference = Reference::near(max);
    let (max, others) = pass::<FMA>(z, reference, exps);
    Summary::new::<FMA>(max, others, reference)
}
// ANCHOR_END: rest

/// The max of a row, and the sum of all its exponentials but the largest.
#[inline(always)]
fn pass<const FMA: bool>(
    z: &[f32],
    reference: Reference,
    exps: Option<&mut [f32]>,
) -> (f32, f64) {
    match exps {
        Some(exps) => fill::<FMA>(z, reference, exps),
        None => sums::<FMA>(z, reference),
    }
}

#[inline(always)]
fn sums<const FMA: bool>(z: &[f32], reference: Reference) -> (f32, f64) {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut found = Found::new();
    let mut exps = [[0.0; LANES]; BLOCK];
    let (blocks, few) = vectors.as_chunks::<BLOCK>();
    for z in blocks {
        found.add::<FMA>(z, reference, &mut exps);
    }
    found.add::<FMA>(few, reference, &mut exps);
    if !last.is_empty() {
        found.add::<FMA>(&[filled_up(last, f32::NEG_INFINITY)], reference, &mut exps);
    }
    found.max_and_sum()
}

#[inline(always)]
fn fill<const FMA: bool>(
    z: &[f32],
    reference: Reference,
    exps: &mut [f32],
) -> (f32, f64) {
    let (vectors, last) = z.as_chunks::<LANES>();
    let (exps, last_exps) = exps.as_chunks_mut::<LANES>();
    let mut found = Found::new();
    let (blocks, few) = vectors.as_chunks::<BLOCK>();
    let (exps_of_blocks, few_exps) = exps.as_chunks_mut::<BLOCK>();
    for (z, exps) in blocks.iter().zip(exps_of_blocks) {
        found.add::<FMA>(z, reference, exps);
    }
    found.add::<FMA>(few, reference, few_exps);
    if !last.is_empty() {
        let mut exps = [[0.0; LANES]];
        found.add::<FMA>(&[filled_up(last, f32::NEG_INFINITY)], reference, &mut exps);
        for (number, exp) in last_exps.iter_mut().zip(exps[0]) {
            *number = exp;
        }
    }
    found.max_and_sum()
}

/// What the pass over a row has found so far, lane by lane.
struct Found {
    max: [f32; LANES],
    largest: [f32; LANES],
    others: [f64; LANES],
}

impl Found {
    #[inline(always)]
    fn new() -> Self {
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
        // Four and four, since eight equal numbers one after the other lose 2 ulp.
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
    ///
    /// Not inlined: the order in which it goes through the lanes would become the order in
    /// which the loop before it keeps them.
    #[inline(never)]
    fn max_and_sum(self) -> (f32, f64) {
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

impl Summary {
    #[inline(always)]
    pub(crate) fn new<const FMA: bool>(
        max: f32,
        others: f64,
        reference: Reference,
    ) -> Self {
        let exp_of_max = reference.exp_in_f64::<FMA>(max);
        let rest = if max.is_finite() { others / exp_of_max } else { f64::NAN };
        Summary { max, rest, reference, exp_of_max }
    }

    /// The logarithm of the normalizer, relative to the max: `ln(1 + rest)`, from 0 to
    /// `ln C`.
    #[inline(always)]
    pub(crate) fn log_norm<const FMA: bool>(&self) -> f64 {
        ln_1p::<FMA>(self.rest)
    }

    /// `-ln p_k` of a class whose logit is `z_k`.
    #[inline(always)]
    pub(crate) fn nll<const FMA: bool>(&self, z_k: f32) -> f64 {
        self.log_norm::<FMA>() + (f64::from(self.max) - f64::from(z_k))
    }

    /// The factor that makes probabilities of exponentials.
    #[inline(always)]
    pub(crate) fn normalizer(&self) -> f64 {
        1.0 / ((1.0 + self.rest) * self.exp_of_max)
    }

    /// The probability of a class whose logit is `z_k`.
    #[inline(always)]
    pub(crate) fn p<const FMA: bool>(&self, z_k: f32) -> f64 {
        self.reference.exp_in_f64::<FMA>(z_k) * self.normalizer()
    }

    /// The probability of all classes but one, which has the logit `z_k` and the probability
    /// `p`.
    #[inline(always)]
    pub(crate) fn one_minus_p(&self, z_k: f32, p: f64) -> f64 {
        // For the likeliest class the difference would cancel: there it is the rest's share.
        if z_k == self.max { self.rest / (1.0 + self.rest) } else { 1.0 - p }
    }
}

/// Fills `p` with the probabilities of a row.
// ANCHOR: softmax
#[inline(always)]
pub(crate) fn softmax<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    p: &mut [f32],
) -> Reference {
    let row = exponentials::<FMA>(z, guess, p);
    scale::<FMA>(p, row.normalizer() as f32);
    at_most_1(p);
    row.reference
}

/// Rounded up, the likeliest class could have more than all there is.
#[inline(always)]
pub(crate) fn at_most_1(p: &mut [f32]) {
    for p_k in p {
        *p_k = if *p_k > 1.0 { 1.0 } else { *p_k };
    }
}
// ANCHOR_END: softmax

/// Fills `log_p` with the log-probabilities of a row.
// ANCHOR: log_softmax
#[inline(always)]
pub(crate) fn log_softmax<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    log_p: &mut [f32],
) -> Reference {
    let row = rest::<FMA>(z, guess);
    let log_norm = row.log_norm::<FMA>() as f32;
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        *log_p_k = (z_k - row.max) - log_norm;
    }
    row.reference
}
// ANCHOR_END: log_softmax
