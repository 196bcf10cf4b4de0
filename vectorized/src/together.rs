//! Labeled rows, of which each is passed over by itself, and eight end together.
//!
//! ```text
//! one row after the other:       eight rows together:
//!   pass over the logits           pass over the logits of each row
//!   rest, ln(1 + rest), 1 - p      rest, ln(1 + rest), 1 - p of all eight, in lanes
//!   scale the exponentials         scale the exponentials of each row
//! ```
//!
//! The middle line is the end of a row, needed once (`row_ends.rs`). It's two exponentials, a logarithm
//! and three divisions in `f64`, and a row alone waits for each of them in turn: as long as for
//! a hundred exponentials of its own. Eight rows side by side fill a vector, and wait once.
//! With 128 classes that halves the time of a batch; with 32,000 it changes nothing.
//!
//! The exponentials of eight rows have to stay in the nearest caches until they are scaled, so
//! fewer rows end together where rows are long.

use std::ops::Range;

use backend::Batch;

use crate::cross_entropy;
use crate::exp::Reference;
use crate::row_ends::{Labels, Passed, RowEnds};
use crate::scale::scale;
use crate::softmax::{Found, max_and_sum, pass};

/// How many rows end together: one vector of `f64`.
const TOGETHER: usize = 8;

/// So many exponentials stay in the nearest caches until they are scaled.
const MAX_KEPT: usize = 8_192;

/// Returns how many rows of so many classes end together.
pub(crate) fn rows_together(classes: usize) -> usize {
    (MAX_KEPT / classes).clamp(1, TOGETHER)
}

/// Returns the rows of a batch, `count` at a time.
pub(crate) fn groups(
    batch: &Batch<'_>,
    count: usize,
) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = batch.rows();
    (0..rows).step_by(count).map(move |first| first..rows.min(first + count))
}

/// What is known of the rows that end together.
pub(crate) struct Together {
    /// A guess for the next rows: the reference of the last row that needed a new one.
    reference: Reference,
    labels: Labels<TOGETHER>,
    found: [Found; TOGETHER],
    passed: Passed<TOGETHER>,
    ends: RowEnds<TOGETHER>,
}

impl Together {
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Together {
            reference: Reference::near(0.0),
            labels: Labels::NONE,
            found: [Found::new(); TOGETHER],
            passed: Passed::NOTHING,
            ends: RowEnds::NONE,
        }
    }

    /// Returns the losses of at most eight rows, 0 for an ignored one.
    #[inline(always)]
    pub(crate) fn losses<const FMA: bool>(
        &mut self,
        batch: &Batch<'_>,
        rows: Range<usize>,
    ) -> [f64; TOGETHER] {
        if self.pass::<FMA>(batch, rows.clone(), None) {
            self.passed.losses::<FMA>(&self.labels, &mut self.ends);
        } else {
            self.ends = RowEnds::NONE;
        }
        for (lane, row) in rows.enumerate() {
            if !self.ends.done[lane]
                && let Some(row) = batch.row(row)
            {
                (self.ends.losses[lane], self.reference) =
                    cross_entropy::loss::<FMA>(row, self.reference);
            }
        }
        self.ends.losses
    }

    /// Fills the gradients of at most eight rows, and returns the sum of their losses.
    #[inline(always)]
    pub(crate) fn gradients<const FMA: bool>(
        &mut self,
        batch: &Batch<'_>,
        rows: Range<usize>,
        grads: &mut [f32],
    ) -> f64 {
        let (classes, divisor) = (batch.classes(), batch.divisor());
        if self.pass::<FMA>(batch, rows.clone(), Some(grads)) {
            let Together { labels, passed, ends, .. } = self;
            let exp_of_label = passed.exps_of::<FMA>(&labels.z);
            passed.gradients::<FMA>(labels, &exp_of_label, divisor, ends);
        } else {
            self.ends = RowEnds::NONE;
        }
        let mut sum = 0.0;
        for (lane, (row, grad)) in rows.zip(grads.chunks_exact_mut(classes)).enumerate() {
            if self.ends.done[lane] {
                scale::<FMA>(grad, self.ends.factor[lane], self.ends.most[lane]);
                grad[self.labels.class[lane]] = self.ends.of_label[lane];
                sum += self.ends.losses[lane];
            } else if let Some(row) = batch.row(row) {
                let (loss, reference) =
                    cross_entropy::gradient::<FMA>(row, self.reference, divisor, grad);
                sum += loss;
                self.reference = reference;
            } else {
                grad.fill(0.0);
            }
        }
        sum
    }

    /// Passes over rows, and fills `exps` with their exponentials if it's given. Returns
    /// false, and passes over none, if the rows have more than labels for targets.
    #[inline(always)]
    fn pass<const FMA: bool>(
        &mut self,
        batch: &Batch<'_>,
        rows: Range<usize>,
        mut exps: Option<&mut [f32]>,
    ) -> bool {
        if !self.labels.put(batch, rows.clone()) {
            return false;
        }
        let classes = batch.classes();
        let guess = self.reference;
        for (lane, row) in rows.clone().enumerate() {
            if self.labels.weight[lane] != 0.0 {
                let exps = of_row(exps.as_deref_mut(), classes, lane);
                self.found[lane] = pass::<FMA>(batch.logits().row(row), guess, exps);
            }
        }
        // In a loop of its own: `max_and_sum` takes the lanes of a row apart, and next to the
        // pass the compiler would keep them apart in the pass, too.
        for (lane, row) in rows.enumerate() {
            let (mut max, mut others) = self.found[lane].max_and_sum();
            let mut near = guess;
            if self.labels.weight[lane] != 0.0 {
                let z = batch.logits().row(row);
                self.labels.z[lane] = z[self.labels.class[lane]];
                if !guess.serves(max) {
                    near = Reference::near(max);
                    let exps = of_row(exps.as_deref_mut(), classes, lane);
                    (max, others) = max_and_sum(pass::<FMA>(z, near, exps));
                    self.reference = near;
                }
            }
            self.passed.set(lane, max, others, near);
        }
        true
    }
}

/// Returns the exponentials of one row.
#[inline(always)]
fn of_row(exps: Option<&mut [f32]>, classes: usize, row: usize) -> Option<&mut [f32]> {
    exps?.chunks_exact_mut(classes).nth(row)
}
