//! The loss of a row and its gradient, for up to sixteen labeled rows at once.
//!
//! The scalar stage relates everything to the max. A row with the label y can be related to its
//! label just as well:
//!
//! ```text
//! rest  = sum of exp(z_k - z_y) over all classes except y
//! loss  = ln(1 + rest)
//! 1 - p_y = rest / (1 + rest)          p_k = exp(z_k - z_y) / (1 + rest)
//! ```
//!
//! These are sums and quotients of positive numbers, so nothing cancels. And the pass over the
//! logits needs neither the max nor its place: it adds up all exponentials except one, whose
//! place was known before. The code sums exponentials relative to an anchor (`exp.rs`), and the
//! quotients divide the anchor out again.
//!
//! # Sixteen rows together
//!
//! ```text
//! one row after the other:          sixteen rows together:
//!   exponentials                      exponentials of many rows, as if they were one row
//!   sum without the label             put 0 in the place of each label, sum of each row
//!   loss, 1 - p, factor               loss, 1 - p, factor of all sixteen, in lanes
//!   scale the exponentials            scale the exponentials of each row
//! ```
//!
//! The first line gains where rows are short: the last classes of a row fill no vector, and here
//! the next row fills it up. Rows of more than 512 classes gain nothing by that. The
//! third line gains more. It's an exponential, a division and a logarithm in `f64`, and most of
//! these steps wait for the step before. For one row that takes as
//! long as a hundred exponentials. Sixteen rows side by side wait once. The price is that sixteen
//! rows of exponentials have to stay in cache until they're scaled, so fewer rows go together if
//! rows are long (`rows.rs`).
//!
//! # The error budget
//!
//! The table counts errors in units of 2^-24 of the result, each step at its worst. A unit is
//! at most 1 ulp, just below a power of two, and half an ulp just above. All other steps are
//! made in `f64`, and cost less than two thousandths of a unit.
//!
//! | step | loss, `1 - p_y` | `p_k` |
//! |---|---|---|
//! | the exponentials that the rest is a sum of, see `exp.rs` | 1.44 | 1.44 |
//! | their sum: two additions in `f32`, see `softmax.rs` | 2 | 2 |
//! | the exponential of the class, which may err the other way | | 1.44 |
//! | the factor, rounded to `f32` | | 1 |
//! | the result, rounded | 0.5 ulp | 0.5 ulp |
//! | together | 3.94 ulp | 6.38 ulp |
//!
//! A relative error of the rest causes at most an equal one in `ln(1 + rest)`, in `1 + rest` or in
//! `rest / (1 + rest)`. A log-probability (`softmax.rs`) adds two roundings to `f32`, of
//! `log_norm` and of the distance from the max. They're at their worst for two equal logits,
//! where the rest is 1 and counts for 0.72 of its error: 3.98 ulp together.

use std::ops::Range;

use backend::{Batch, OnlyLabels};

use crate::exp::{Anchor, Anchors, FAR};
use crate::lanes::{LANES, Vector, sum};
use crate::scale::Scale;
use crate::softmax::{CHUNK, add_up, fill, log_norm, rest};

/// The heaviest target weight for these rows. Exponentials below 2^-173 of the row's sum aren't told
/// apart, and times this weight they still round to 0, so that a masked class gets no gradient.
pub(crate) const HEAVY: f64 = 1_048_576.0;

/// The lightest target weight over the divisor: below it, the factor of the exponentials could be
/// below the normal range of `f32`.
const LIGHT: f64 = 1e-9;

/// The smallest probability of a label: further down, exponentials in `f64` are near their floor.
const FAINT_LABEL: f64 = 1e-250;

/// The smallest probability of all other classes, 2^-90: further down, the floor of exponentials
/// in `f32` would show in their sum, and the floor depends on the anchor.
const FAINT_REST: f64 = 8.1e-28;

/// Up to sixteen rows of a batch, one lane for each.
pub(crate) struct LabeledRows<'a> {
    pub(crate) classes: usize,
    /// The logits of the rows.
    pub(crate) z: &'a [f32],
    pub(crate) labels: Labels,
}

/// The labels of sixteen rows, and their target weights: 0 for a lane without a row, or with a
/// row that doesn't count.
#[repr(align(64))]
pub(crate) struct Labels {
    pub(crate) class: [u32; LANES],
    pub(crate) weight: [f64; LANES],
}

impl Labels {
    /// Fills the lanes with the labels of rows in which only the label has weight.
    #[inline(always)]
    pub(crate) fn fill(&mut self, targets: OnlyLabels<'_>, rows: Range<usize>) {
        let lanes = self.class.iter_mut().zip(&mut self.weight);
        for (row, (class, weight)) in rows.zip(lanes) {
            if let Some((label, a)) = targets.get(row) {
                *class = label as u32;
                *weight = a;
            }
        }
    }
}

impl<'a> LabeledRows<'a> {
    /// Takes rows of a batch, without their labels.
    #[inline(always)]
    pub(crate) fn new(batch: &Batch<'a>, rows: Range<usize>) -> Self {
        let classes = batch.classes();
        let z = &batch.logits().values()[rows.start * classes..rows.end * classes];
        let labels = Labels { class: [0; LANES], weight: [0.0; LANES] };
        LabeledRows { classes, z, labels }
    }

    /// Returns each row with its lane. The rows are at most sixteen, and `take` tells the compiler so.
    #[inline(always)]
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, &'a [f32])> {
        self.z.chunks_exact(self.classes).enumerate().take(LANES)
    }
}

/// The end of a row, computed after the pass over its logits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) loss: f64,
    /// The factor that turns exponentials into entries of the gradient.
    pub(crate) factor: f32,
    /// The largest entry that the gradient may have.
    pub(crate) most: f32,
    /// The entry of the label.
    pub(crate) of_label: f32,
    /// Marks a row that's done: it counts, the anchor serves it, and `f32` holds its numbers.
    pub(crate) is_held: bool,
}

impl End {
    /// Computes the end of a row from its target weight, the logit of its label, and the sum of
    /// the other exponentials.
    // ANCHOR: end
    #[inline(always)]
    pub(crate) fn new(a: f64, z: f32, others: f64, anchor: Anchor, divisor: f64) -> Self {
        let exp = anchor.exp_in_f64(z);
        let total = others + exp;
        // One division instead of two: 1 / total, and others / exp.
        let inverse = 1.0 / (exp * total);
        let (over_total, rest) = (exp * inverse, others * total * inverse);
        // This division is the same in all lanes, so the compiler makes it once.
        let a_over = a * (1.0 / divisor);
        End {
            loss: a * log_norm(rest),
            factor: (a_over * over_total) as f32,
            most: a_over as f32,
            of_label: (-a_over * (others * over_total)) as f32,
            // A label beyond `FAR` has no exponential in `f64` to compare others with.
            is_held: z.abs() < FAR
                && anchor.serves(total)
                && exp >= FAINT_LABEL * total
                && others >= FAINT_REST * total
                && a.max(a_over) <= HEAVY
                && a_over >= LIGHT,
        }
    }
    // ANCHOR_END: end
}

/// The ends of sixteen rows, lane by lane.
#[repr(align(64))]
pub(crate) struct Ends {
    pub(crate) loss: [f64; LANES],
    pub(crate) factor: Vector,
    pub(crate) most: Vector,
    pub(crate) of_label: Vector,
    pub(crate) is_held: [bool; LANES],
}

impl Ends {
    pub(crate) const NONE: Self = Ends {
        loss: [0.0; LANES],
        factor: [0.0; LANES],
        most: [0.0; LANES],
        of_label: [0.0; LANES],
        is_held: [false; LANES],
    };

    /// Fills all lanes with the ends of their rows, from the same numbers as [`End::new`].
    #[inline(always)]
    pub(crate) fn fill(
        &mut self,
        labels: &Labels,
        z: &Vector,
        others: &[f64; LANES],
        anchors: &[Anchor; LANES],
        divisor: f64,
    ) {
        for lane in 0..LANES {
            let (a, anchor) = (labels.weight[lane], anchors[lane]);
            let end = End::new(a, z[lane], others[lane], anchor, divisor);
            self.loss[lane] = end.loss;
            // Short rows are scaled together: a lane that isn't held mustn't slow down the others.
            self.factor[lane] = if end.is_held { end.factor } else { 1.0 };
            self.most[lane] = end.most;
            self.of_label[lane] = end.of_label;
            self.is_held[lane] = end.is_held;
        }
    }
}

/// Room for exponentials that aren't in a gradient: those of a loss alone, and of upright rows with
/// their logits.
///
/// The alignment, here and elsewhere, is a cache line's: a vector that lies in two lines costs two
/// accesses. Without it, rows of two classes took 11 or 15 ns, by chance.
#[repr(align(64))]
pub(crate) struct Scratch(pub(crate) [Vector; CHUNK / LANES]);

impl Scratch {
    pub(crate) const EMPTY: Self = Scratch([[0.0; LANES]; CHUNK / LANES]);
}

/// Fills `ends` with the losses of rows.
#[inline(always)]
pub(crate) fn loss(
    rows: &LabeledRows<'_>,
    anchor: Anchor,
    scratch: &mut Scratch,
    ends: &mut Ends,
) {
    let others = rests(rows, anchor, None, scratch);
    let z = logits_of_labels(rows);
    ends.fill(&rows.labels, &z, &others, &[anchor; LANES], 1.0);
}

/// Fills the gradients of rows, and `ends` with their losses.
#[inline(always)]
pub(crate) fn gradient(
    rows: &LabeledRows<'_>,
    anchor: Anchor,
    divisor: f64,
    grads: &mut [f32],
    scratch: &mut Scratch,
    ends: &mut Ends,
) {
    let others = rests(rows, anchor, Some(&mut *grads), scratch);
    let z = logits_of_labels(rows);
    ends.fill(&rows.labels, &z, &others, &[anchor; LANES], divisor);
    for ((lane, _), grad) in rows.each().zip(grads.chunks_exact_mut(rows.classes)) {
        // A 0 would make `scale` expect products below the normal range. We store the 1 of every row
        // before we scale the first: a vector that's read right after a store to one of its lanes waits.
        grad[rows.labels.class[lane] as usize] = 1.0;
    }
    let scale = Scale::new(ends.factor, ends.most);
    for ((lane, _), grad) in rows.each().zip(grads.chunks_exact_mut(rows.classes)) {
        if ends.is_held[lane] {
            scale.apply_lane(lane, grad);
            grad[rows.labels.class[lane] as usize] = ends.of_label[lane];
        }
    }
}

/// Returns the sum of each row's exponentials, except the label's. Fills `out`, if it's given, with
/// the exponentials. The label's own place may get any number.
///
/// Rows lie one after the other in memory, and so do their exponentials: sixteen rows of 33 classes
/// are 33 full vectors. Taken by themselves they'd be 48, and sixteen of these nearly empty.
// ANCHOR: rests
#[inline(always)]
fn rests(
    rows: &LabeledRows<'_>,
    anchor: Anchor,
    mut out: Option<&mut [f32]>,
    scratch: &mut Scratch,
) -> [f64; LANES] {
    let mut others = [0.0; LANES];
    let classes = rows.classes;
    if classes > CHUNK {
        for (lane, z) in rows.each().filter(|(lane, _)| rows.labels.weight[*lane] != 0.0)
        {
            let out = out.as_deref_mut().map(|out| &mut out[lane * classes..][..classes]);
            others[lane] = rest(z, rows.labels.class[lane] as usize, anchor, out);
        }
        return others;
    }
    let together = CHUNK / classes;
    for (first, z) in (0..).step_by(together).zip(rows.z.chunks(together * classes)) {
        let exps = match &mut out {
            Some(out) => &mut out[first * classes..][..z.len()],
            None => &mut scratch.0.as_flattened_mut()[..z.len()],
        };
        fill(exps, z, &Anchors::all(anchor));
        let labels = &rows.labels.class[first..];
        for (exps, label) in exps.chunks_exact_mut(classes).zip(labels) {
            exps[*label as usize] = 0.0;
        }
        for (exps, others) in exps.chunks_exact(classes).zip(&mut others[first..]) {
            let mut sums = [0.0; LANES / 2];
            add_up(exps, &mut sums);
            *others = sum(sums);
        }
    }
    others
}
// ANCHOR_END: rests

/// Returns the logit of each label. It's read after the pass over its row: before the pass, it
/// would come from memory, and everything else would wait for it.
#[inline(always)]
fn logits_of_labels(rows: &LabeledRows<'_>) -> Vector {
    let mut of_labels = [0.0; LANES];
    for (lane, z) in rows.each() {
        of_labels[lane] = z[rows.labels.class[lane] as usize];
    }
    of_labels
}
