//! The loss of a row and its gradient: of sixteen labeled rows at once.

use std::ops::Range;

use backend::{Batch, OnlyLabels};

use crate::exp::Anchor;
use crate::lanes::{LANES, Vector};
use crate::scale::scale;
use crate::softmax::{Dropped, log_norm, rest};

/// Above this weight, what is below 2^-173 of the max would have to be told apart: up to it
/// the product is rounded to 0, and a masked class gets no gradient.
pub(crate) const HEAVY: f64 = 1_048_576.0;

/// Below this weight over the divisor, the factor of the exponentials may be below the normal
/// range.
const LIGHT: f64 = 1e-9;

/// A label whose exponential is below this is computed in `f64`: further down exponentials
/// aren't told apart.
const FAINT: f64 = 1e-270;

/// Up to sixteen rows of a batch, one lane for each.
pub(crate) struct LabeledRows<'a> {
    pub(crate) classes: usize,
    /// Their logits.
    pub(crate) z: &'a [f32],
    pub(crate) labels: Labels,
}

/// The labels of sixteen rows, and their target weights: 0 where there is no row, or an
/// ignored one.
pub(crate) struct Labels {
    pub(crate) class: [u32; LANES],
    weight: [f64; LANES],
}

impl<'a> LabeledRows<'a> {
    #[inline(always)]
    pub(crate) fn new(
        batch: &Batch<'a>,
        targets: OnlyLabels<'_>,
        rows: Range<usize>,
    ) -> Self {
        let classes = batch.classes();
        let z = &batch.logits().values()[rows.start * classes..rows.end * classes];
        let mut labels = Labels { class: [0; LANES], weight: [0.0; LANES] };
        let lanes = labels.class.iter_mut().zip(&mut labels.weight);
        for (row, (class, weight)) in rows.zip(lanes) {
            if let Some((label, a)) = targets.get(row) {
                *class = label as u32;
                *weight = a;
            }
        }
        LabeledRows { classes, z, labels }
    }

    /// Returns the rows that aren't ignored, with their lanes and labels.
    #[inline(always)]
    fn each(&self) -> impl Iterator<Item = (usize, &'a [f32])> {
        self.z.chunks_exact(self.classes).enumerate().take(LANES)
    }
}

/// What is left of a row after the pass over its logits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct End {
    pub(crate) loss: f64,
    /// What turns exponentials into entries of the gradient.
    pub(crate) factor: f32,
    /// The largest entry that there may be.
    pub(crate) most: f32,
    /// The entry of the label.
    pub(crate) of_label: f32,
    /// Whether the row isn't ignored, and `f32` holds its numbers.
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
        let (normalizer, rest) = (exp * inverse, others * total * inverse);
        let a_over = a / divisor;
        End {
            loss: a * log_norm(rest),
            factor: (a_over * normalizer) as f32,
            most: a_over as f32,
            of_label: (-a_over * (others * normalizer)) as f32,
            is_held: anchor.serves(total)
                && exp >= FAINT
                && a <= HEAVY
                && a_over >= LIGHT,
        }
    }
    // ANCHOR_END: end
}

/// The ends of sixteen rows, lane by lane.
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
            self.factor[lane] = end.factor;
            self.most[lane] = end.most;
            self.of_label[lane] = end.of_label;
            self.is_held[lane] = end.is_held;
        }
    }
}

/// Fills `ends` with the losses of rows.
#[inline(always)]
pub(crate) fn loss(rows: &LabeledRows<'_>, guess: Anchor, ends: &mut Ends) {
    let mut others = [0.0; LANES];
    for (lane, z) in rows.each() {
        if rows.labels.weight[lane] != 0.0 {
            let label = rows.labels.class[lane] as usize;
            others[lane] = rest(z, label, guess, Dropped::NEW);
        }
    }
    let z = logits_of_labels(rows);
    ends.fill(&rows.labels, &z, &others, &[guess; LANES], 1.0);
}

/// Fills the gradients of rows, and `ends` with their losses.
#[inline(always)]
pub(crate) fn gradient(
    rows: &LabeledRows<'_>,
    guess: Anchor,
    divisor: f64,
    grads: &mut [f32],
    ends: &mut Ends,
) {
    let mut others = [0.0; LANES];
    for ((lane, z), exps) in rows.each().zip(grads.chunks_exact_mut(rows.classes)) {
        if rows.labels.weight[lane] != 0.0 {
            others[lane] = rest(z, rows.labels.class[lane] as usize, guess, exps);
        }
    }
    let z = logits_of_labels(rows);
    ends.fill(&rows.labels, &z, &others, &[guess; LANES], divisor);
    for ((lane, _), grad) in rows.each().zip(grads.chunks_exact_mut(rows.classes)) {
        if ends.is_held[lane] {
            scale(grad, ends.factor[lane], ends.most[lane]);
            grad[rows.labels.class[lane] as usize] = ends.of_label[lane];
        }
    }
}

/// Returns the logit of each label. It's read after the pass over its row: before, it would come
/// from memory, and all else would wait for it.
#[inline(always)]
fn logits_of_labels(rows: &LabeledRows<'_>) -> Vector {
    let mut of_labels = [0.0; LANES];
    for (lane, z) in rows.each() {
        of_labels[lane] = z[rows.labels.class[lane] as usize];
    }
    of_labels
}
