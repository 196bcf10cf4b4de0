//! Rows of few classes, stood on end, and their exponentials.
//!
//! Where there were rows there are lanes: a vector holds one class of sixteen rows. To stand
//! them on end and to lay them down again, numbers are moved one by one.

use std::ops::Range;

use backend::{Batch, Logits};

use crate::exp::{Reference, exp};
use crate::lanes::{LANES, add, in_order, larger};
use crate::summary::Summary;

/// How many rows stand side by side: two vectors, which do not wait for each other.
pub(crate) const ROWS: usize = 2 * LANES;

/// Up to so many classes are few: beyond, standing rows on end costs more than it saves.
pub(crate) const MAX_FEW_CLASSES: usize = 96;

/// One number of each row.
pub(crate) type Lanes<T> = [T; ROWS];

/// One vector a class, one lane a row.
pub(crate) struct Columns {
    pub(crate) classes: usize,
    pub(crate) z: [Lanes<f32>; MAX_FEW_CLASSES],
    /// The exponentials, and what is made of them.
    pub(crate) exps: [Lanes<f32>; MAX_FEW_CLASSES],
    pub(crate) labels: Labels,
}

/// The label of each row.
pub(crate) struct Labels {
    pub(crate) class: Lanes<usize>,
    /// Its target weight, 0 where there is no row, or an ignored one.
    pub(crate) weight: Lanes<f64>,
    /// Its logit.
    pub(crate) z: Lanes<f32>,
}

impl Columns {
    pub(crate) const EMPTY: Self = Columns {
        classes: 0,
        z: [[0.0; ROWS]; MAX_FEW_CLASSES],
        exps: [[0.0; ROWS]; MAX_FEW_CLASSES],
        labels: Labels { class: [0; ROWS], weight: [0.0; ROWS], z: [0.0; ROWS] },
    };

    /// Stands rows of logits on end.
    pub(crate) fn put(&mut self, logits: Logits<'_>, rows: Range<usize>) {
        let classes = logits.classes();
        self.classes = classes;
        let values = &logits.values()[rows.start * classes..rows.end * classes];
        for (lane, row) in values.chunks_exact(classes).enumerate().take(ROWS) {
            for (z, &z_k) in self.z.iter_mut().zip(row) {
                z[lane] = z_k;
            }
        }
    }

    /// Takes the labels of rows, and returns whether they have no other targets.
    pub(crate) fn put_labels(&mut self, batch: &Batch<'_>, rows: Range<usize>) -> bool {
        self.labels.weight[rows.len()..].fill(0.0);
        for (lane, row) in rows.enumerate().take(ROWS) {
            let Some((label, weight)) = batch.only_label(row) else { return false };
            self.labels.weight[lane] = weight;
            if weight != 0.0 {
                self.labels.class[lane] = label;
                self.labels.z[lane] = batch.logits().row(row)[label];
            }
        }
        true
    }

    /// Lays the results down as rows.
    pub(crate) fn take(&self, rows: &mut [f32]) {
        for (lane, row) in rows.chunks_exact_mut(self.classes).enumerate().take(ROWS) {
            for (result, results) in row.iter_mut().zip(&self.exps) {
                *result = results[lane];
            }
        }
    }

    /// Computes the exponentials of all rows.
    // ANCHOR: exponentials
    #[inline(always)]
    pub(crate) fn exponentials<const FMA: bool>(&mut self) -> Summaries {
        let z = &self.z[..self.classes];
        let mut max = [f32::NEG_INFINITY; ROWS];
        for z in z {
            for lane in 0..ROWS {
                max[lane] = larger(max[lane], z[lane]);
            }
        }
        let references = References::near(&max);
        let (mut largest, mut others) = ([0.0; ROWS], [0.0; ROWS]);
        // Pairs: a term of the sum is rounded once in `f32`, one unit less than in a long row.
        for (z, exps) in z.chunks(2).zip(self.exps.chunks_mut(2)) {
            let mut of_pair = [0.0; ROWS];
            for (z, exps) in z.iter().zip(exps) {
                let mut exp_z = [0.0; ROWS];
                for lane in 0..ROWS {
                    let reference = references.of(lane);
                    exp_z[lane] = exp::<FMA>(z[lane] - reference.origin, reference);
                    let (less, more) = in_order(largest[lane], exp_z[lane]);
                    of_pair[lane] += less;
                    largest[lane] = more;
                }
                *exps = exp_z;
            }
            add(&mut others, of_pair);
        }
        Summaries { max, others, references }
    }
    // ANCHOR_END: exponentials
}

/// What makes the [`Summary`] of each row.
pub(crate) struct Summaries {
    pub(crate) max: Lanes<f32>,
    others: Lanes<f64>,
    references: References,
}

impl Summaries {
    /// That of one row.
    #[inline(always)]
    pub(crate) fn of<const FMA: bool>(&self, lane: usize) -> Summary {
        let reference = self.references.of(lane);
        Summary::new::<FMA>(self.max[lane], self.others[lane], reference)
    }
}

/// A [`Reference`] for each row.
struct References {
    origin: Lanes<f32>,
    floor: Lanes<f32>,
    rounder: Lanes<f32>,
}

impl References {
    #[inline(always)]
    fn near(max: &Lanes<f32>) -> Self {
        let zeros = [0.0; ROWS];
        let mut all = References { origin: zeros, floor: zeros, rounder: zeros };
        for (lane, &max) in max.iter().enumerate() {
            let reference = Reference::near(max);
            all.origin[lane] = reference.origin;
            all.floor[lane] = reference.floor;
            all.rounder[lane] = reference.rounder;
        }
        all
    }

    /// That of one row.
    #[inline(always)]
    fn of(&self, lane: usize) -> Reference {
        let (origin, floor) = (self.origin[lane], self.floor[lane]);
        Reference { origin, floor, rounder: self.rounder[lane] }
    }
}
