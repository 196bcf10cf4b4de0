//! Rows of few classes, stood on end, and their exponentials.
//!
//! Where there were rows there are lanes: two vectors hold one class of 32 rows. To stand them
//! on end and to lay them down again, numbers are moved one by one.

use std::ops::Range;

use backend::Logits;

use crate::exp::exp;
use crate::few_classes::MAX_FEW_CLASSES;
use crate::lanes::{LANES, add, in_order, larger};
use crate::row_ends::{Labels, Passed, RowEnds};

/// How many rows stand side by side: two vectors, which do not wait for each other.
pub(crate) const ROWS: usize = 2 * LANES;

/// One number of each row.
pub(crate) type Lanes<T> = [T; ROWS];

/// One vector a class, one lane a row.
pub(crate) struct Columns {
    pub(crate) classes: usize,
    pub(crate) z: [Lanes<f32>; MAX_FEW_CLASSES],
    /// The exponentials, and what is made of them.
    pub(crate) exps: [Lanes<f32>; MAX_FEW_CLASSES],
    pub(crate) labels: Labels<ROWS>,
    pub(crate) ends: RowEnds<ROWS>,
}

impl Columns {
    pub(crate) const EMPTY: Self = Columns {
        classes: 0,
        z: [[0.0; ROWS]; MAX_FEW_CLASSES],
        exps: [[0.0; ROWS]; MAX_FEW_CLASSES],
        labels: Labels::NONE,
        ends: RowEnds::NONE,
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

    /// Finds the logit of each label.
    #[inline(always)]
    pub(crate) fn find_labels(&mut self) {
        let Labels { class, z, .. } = &mut self.labels;
        for lane in 0..ROWS {
            z[lane] = self.z[class[lane]][lane];
        }
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
    pub(crate) fn exponentials<const FMA: bool>(&mut self) -> Passed<ROWS> {
        let z = &self.z[..self.classes];
        let mut max = [f32::NEG_INFINITY; ROWS];
        for z in z {
            for lane in 0..ROWS {
                max[lane] = larger(max[lane], z[lane]);
            }
        }
        let mut passed = Passed::near(max);
        let mut largest = [0.0; ROWS];
        // Pairs: a term of the sum is rounded once in `f32`, one unit less than in a long row.
        for (z, exps) in z.chunks(2).zip(self.exps.chunks_mut(2)) {
            let mut of_pair = [0.0; ROWS];
            for (z, exps) in z.iter().zip(exps) {
                let mut exp_z = [0.0; ROWS];
                for lane in 0..ROWS {
                    let reference = passed.reference(lane);
                    exp_z[lane] = exp::<FMA>(z[lane] - reference.origin, reference);
                    let (less, more) = in_order(largest[lane], exp_z[lane]);
                    of_pair[lane] += less;
                    largest[lane] = more;
                }
                *exps = exp_z;
            }
            add(&mut passed.others, of_pair);
        }
        passed
    }
    // ANCHOR_END: exponentials
}
