//! Rows of few classes, stood on end, and their exponentials.
//!
//! Where there were rows there are lanes: a vector holds one class of many rows. To stand them on
//! end and to lay them down again, numbers are moved one by one.

use crate::exp::exp;
use crate::few_classes::MAX_FEW_CLASSES;
use crate::lanes::{add, in_order, larger};
use crate::row_ends::{Labels, Passed, RowEnds};

/// N rows on end: one lane for each row.
pub(crate) struct Columns<const N: usize> {
    pub(crate) classes: usize,
    pub(crate) z: [[f32; N]; MAX_FEW_CLASSES],
    /// The exponentials, and what is made of them.
    pub(crate) exps: [[f32; N]; MAX_FEW_CLASSES],
    pub(crate) labels: Labels<N>,
    pub(crate) ends: RowEnds<N>,
}

impl<const N: usize> Columns<N> {
    pub(crate) const EMPTY: Self = Columns {
        classes: 0,
        z: [[0.0; N]; MAX_FEW_CLASSES],
        exps: [[0.0; N]; MAX_FEW_CLASSES],
        labels: Labels::NONE,
        ends: RowEnds::NONE,
    };

    /// Stands rows of logits on end.
    pub(crate) fn put(&mut self, rows: &[f32], classes: usize) {
        self.classes = classes;
        for (lane, row) in rows.chunks_exact(classes).enumerate().take(N) {
            for (z, &z_k) in self.z.iter_mut().zip(row) {
                z[lane] = z_k;
            }
        }
    }

    /// Finds the logit of each label.
    #[inline(always)]
    pub(crate) fn find_labels(&mut self) {
        let Labels { class, z, .. } = &mut self.labels;
        for lane in 0..N {
            z[lane] = self.z[class[lane]][lane];
        }
    }

    /// Lays the results down as rows.
    pub(crate) fn take(&self, rows: &mut [f32]) {
        for (lane, row) in rows.chunks_exact_mut(self.classes).enumerate().take(N) {
            for (result, results) in row.iter_mut().zip(&self.exps) {
                *result = results[lane];
            }
        }
    }

    /// Computes the exponentials of all rows.
    // ANCHOR: exponentials
    #[inline(always)]
    pub(crate) fn exponentials<const FMA: bool>(&mut self) -> Passed<N> {
        let z = &self.z[..self.classes];
        let mut max = [f32::NEG_INFINITY; N];
        for z in z {
            for lane in 0..N {
                max[lane] = larger(max[lane], z[lane]);
            }
        }
        let mut passed = Passed::near(max);
        let mut largest = [0.0; N];
        // Pairs: a term of the sum is rounded once in `f32`, one unit less than in a long row.
        for (z, exps) in z.chunks(2).zip(self.exps.chunks_mut(2)) {
            let mut of_pair = [0.0; N];
            for (z, exps) in z.iter().zip(exps) {
                let mut exp_z = [0.0; N];
                for lane in 0..N {
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
