//! The max of a row, the rest of its exponentials, and the probabilities made from them.
//!
//! The functions of the scalar stage, over lanes and in `f32`. The textbook goes over a row
//! three times: for the max, for the exponentials and their sum, and to scale them. Here
//! the max is not waited for. The exponentials are taken relative to a power of two that
//! served the row before, and whether it serves this row as well shows at the end, when its
//! max is known: one pass, and hardly ever a second one. (Milakov and Gimelshein 2018 find
//! max and sum in one pass too, and rescale the sum whenever the max grows. A power of two
//! need not follow the max that closely.)
//!
//! # What is left out of the sum
//!
//! Beside a 1 the small terms would be lost, so one class is left out of the sum, and the
//! sum is then relative to that class:
//!
//! ```text
//! rest  = sum of exp(z_k - z_j) over all classes k but j
//! nll_j = ln(1 + rest)
//! ```
//!
//! The scalar stage leaves out the max. Where only the label has a weight, its own nll is
//! all that is wanted: leaving out the label gives it at once, and where it stands is known
//! before the max is. Where other classes have weights too, it is the max again, and no
//! one has to know where that is: a lane that meets a larger exponential adds the one that
//! it had left out so far.

use crate::exp::{Reference, exp, mul_add};
use crate::lanes::{
    BLOCK, LANES, add, filled_up, in_order, lanes, lanes_mut, larger,
};

/// What one pass over a row finds: all that its loss and its gradient need to know of it.
#[derive(Clone, Copy)]
pub(crate) struct Summary {
    /// The largest logit.
    pub(crate) max: f32,
    /// What the exponentials are relative to.
    pub(crate) reference: Reference,
    /// The logit of the class that is left out, and its exponential.
    z: f32,
    exp_z: f64,
    /// The sum of the other exponentials; NaN where the max is not finite.
    others: f64,
}

/// The class that is left out of the sum of exponentials.
#[derive(Clone, Copy)]
pub(crate) enum LeftOut {
    /// One at the max.
    Max,
    /// This one.
    Class(usize),
}

/// The max of a row and its rest. The guess is a reference that served another row.
// ANCHOR: rest
#[inline(always)]
pub(crate) fn rest<const FMA: bool>(
    z: &[f32],
    left_out: LeftOut,
    guess: Reference,
) -> Summary {
    summary::<FMA>(z, left_out, guess, None)
}

/// The same, and `exps` filled with the exponentials of the row, relative to the
/// reference in the summary. (In the place of a class that is left out stands nothing of
/// use.)
#[inline(always)]
pub(crate) fn exponentials<const FMA: bool>(
    z: &[f32],
    left_out: LeftOut,
    guess: Reference,
    exps: &mut [f32],
) -> Summary {
    summary::<FMA>(z, left_out, guess, Some(exps))
}

#[inline(always)]
fn summary<const FMA: bool>(
    z: &[f32],
    left_out: LeftOut,
    guess: Reference,
    mut exps: Option<&mut [f32]>,
) -> Summary {
    let mut reference = guess;
    let (mut max, mut others) = pass::<FMA>(z, left_out, reference, exps.as_deref_mut());
    if !reference.serves(max) {
        reference = Reference::near(max);
        (max, others) = pass::<FMA>(z, left_out, reference, exps);
    }
    let z = match left_out {
        LeftOut::Max => max,
        LeftOut::Class(class) => z[class],
    };
    let others = if max.is_finite() { others } else { f64::NAN };
    Summary { max, reference, z, exp_z: reference.exp_in_f64(z), others }
}
// ANCHOR_END: rest

/// Goes over a row once: its max, and the sum of all exponentials but one.
// ANCHOR: pass
#[inline(always)]
fn pass<const FMA: bool>(
    z: &[f32],
    left_out: LeftOut,
    reference: Reference,
    mut exps: Option<&mut [f32]>,
) -> (f32, f64) {
    let mut found = Found::new();
    for (i, chunk) in z.chunks(BLOCK).enumerate() {
        let start = i * BLOCK;
        let mut block = block_of(chunk);
        if let LeftOut::Class(class) = left_out
            && (start..start + chunk.len()).contains(&class)
        {
            found.max[0] = larger(found.max[0], z[class]);
            block[class - start] = f32::NEG_INFINITY;
        }
        let mut exps_of_block = [0.0; BLOCK];
        let (z, exp_z) = (
            lanes(&block, chunk.len()),
            lanes_mut(&mut exps_of_block, chunk.len()),
        );
        match left_out {
            LeftOut::Max => found.add::<FMA, true>(z, reference, exp_z),
            LeftOut::Class(_) => found.add::<FMA, false>(z, reference, exp_z),
        }
        if let Some(exps) = &mut exps {
            exps[start..][..chunk.len()].copy_from_slice(&exps_of_block[..chunk.len()]);
        }
    }
    found.max_and_sum()
}

#[inline(always)]
fn block_of(chunk: &[f32]) -> [f32; BLOCK] {
    match chunk.as_array() {
        Some(block) => *block,
        None => filled_up(chunk, f32::NEG_INFINITY),
    }
}
// ANCHOR_END: pass

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
    fn add<const FMA: bool, const BUT_MAX: bool>(
        &mut self,
        z: &[[f32; LANES]],
        reference: Reference,
        exps: &mut [[f32; LANES]],
    ) {
        let mut others = [0.0; LANES];
        for (z, exps) in z.iter().zip(exps) {
            let mut exp_z = [0.0; LANES];
            for k in 0..LANES {
                self.max[k] = larger(self.max[k], z[k]);
                exp_z[k] = exp::<FMA>(z[k] - reference.origin, reference);
                if BUT_MAX {
                    let (less, more) = in_order(self.largest[k], exp_z[k]);
                    others[k] += less;
                    self.largest[k] = more;
                } else {
                    others[k] += exp_z[k];
                }
            }
            *exps = exp_z;
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
    /// The negative log-likelihood of the class that is left out, `ln(1 + rest)`.
    #[inline(always)]
    pub(crate) fn nll(&self) -> f64 {
        let rest = self.others / self.exp_z;
        if rest.is_finite() {
            return rest.ln_1p();
        }
        // So far below the max that even `f64` cannot hold their ratio.
        let exp_max = self.reference.exp_in_f64(self.max);
        (f64::from(self.max) - f64::from(self.z)) + (self.others / exp_max).ln()
    }

    /// The sum of all exponentials relative to the class that is left out, but for its own.
    #[inline(always)]
    pub(crate) fn rest(&self) -> f64 {
        self.others / self.exp_z
    }

    /// The factor that makes probabilities of exponentials.
    #[inline(always)]
    pub(crate) fn normalizer(&self) -> f64 {
        1.0 / (self.exp_z + self.others)
    }

    /// The probability of all classes but one, whose logit is `z_k`, where the max is left
    /// out.
    #[inline(always)]
    pub(crate) fn one_minus_p_of(&self, z_k: f32) -> f64 {
        // For the likeliest class the difference would cancel: there it is the rest's share.
        if z_k == self.max {
            self.one_minus_p()
        } else {
            1.0 - self.reference.exp_in_f64(z_k) * self.normalizer()
        }
    }

    /// The probability of all classes but the one that is left out.
    #[inline(always)]
    pub(crate) fn one_minus_p(&self) -> f64 {
        self.others / (self.exp_z + self.others)
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
    let row = exponentials::<FMA>(z, LeftOut::Max, guess, p);
    match Factor::new(row.normalizer()) {
        Some(factor) => factor.scale::<FMA>(p),
        None => p.fill(f32::NAN),
    }
    row.reference
}
// ANCHOR_END: softmax

/// A factor of exponentials, in two parts: rounded to one `f32`, it would cost every
/// product half an ulp.
#[derive(Clone, Copy)]
pub(crate) struct Factor {
    pub(crate) high: f32,
    low: f32,
}

impl Factor {
    /// The factor, if `f32` can hold it.
    #[inline(always)]
    pub(crate) fn new(factor: f64) -> Option<Self> {
        let high = factor as f32;
        let low = (factor - f64::from(high)) as f32;
        high.is_normal().then_some(Factor { high, low })
    }

    /// Multiplies exponentials by the factor.
    // ANCHOR: scale
    #[inline(always)]
    pub(crate) fn scale<const FMA: bool>(self, exps: &mut [f32]) {
        let (blocks, tail) = exps.as_chunks_mut::<BLOCK>();
        for block in blocks {
            self.scale_block::<FMA>(block);
        }
        self.scale_block::<FMA>(tail);
    }

    #[inline(always)]
    fn scale_block<const FMA: bool>(self, exps: &mut [f32]) {
        let smallest = f32::MIN_POSITIVE / self.high;
        let mut underflows = false;
        for exp in exps.iter() {
            underflows |= *exp < smallest;
        }
        for exp in exps {
            let product = self.product::<FMA>(larger(*exp, smallest));
            *exp = if underflows && *exp < smallest {
                self.small_product::<FMA>(*exp)
            } else {
                product
            };
        }
    }

    #[inline(always)]
    fn product<const FMA: bool>(self, exp: f32) -> f32 {
        mul_add::<FMA>(exp, self.high, exp * self.low)
    }

    /// A product below the normal range. A processor takes a hundred cycles to round one to
    /// its subnormal number; but just above 2^-126 numbers are as far apart as below.
    #[inline(always)]
    fn small_product<const FMA: bool>(self, exp: f32) -> f32 {
        let above = mul_add::<FMA>(exp, self.high, f32::MIN_POSITIVE);
        f32::from_bits(above.to_bits().wrapping_sub(f32::MIN_POSITIVE.to_bits()))
    }
    // ANCHOR_END: scale
}

/// Fills `log_p` with the log-probabilities of a row.
// ANCHOR: log_softmax
#[inline(always)]
pub(crate) fn log_softmax<const FMA: bool>(
    z: &[f32],
    guess: Reference,
    log_p: &mut [f32],
) -> Reference {
    let row = rest::<FMA>(z, LeftOut::Max, guess);
    let log_norm = row.nll() as f32;
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        *log_p_k = (z_k - row.max) - log_norm;
    }
    row.reference
}
// ANCHOR_END: log_softmax
