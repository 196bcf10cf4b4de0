//! Rows that are shorter than a vector: sixteen of them stood on end.
//!
//! ```text
//! in memory, row by row:       on end, class by class:
//!   a0 a1 a2 b0 b1 b2 c0 ..      a0 b0 c0 ..
//!                                a1 b1 c1 ..
//!                                a2 b2 c2 ..
//! ```
//!
//! A row of ten classes would leave six lanes of a vector empty, and its sum would have to be
//! made across the lanes. On end each row has a lane of its own. The price is to turn the rows and
//! to turn the results back, one to two instructions for each number. Rows of sixteen classes and
//! more don't earn that back.
//!
//! The max comes first here, as in the scalar stage: looking for it among so few numbers costs
//! next to nothing, and no row has to be computed again for a wrong guess.

use crate::cross_entropy::{Ends, LabeledRows};
use crate::exp::{Anchor, Anchors, FAR, exps};
use crate::lanes::{LANES, Vector, larger, plus};
use crate::scale::Scale;

/// The largest number of classes in a short row.
pub(crate) const MAX_CLASSES: usize = LANES - 1;

/// Sixteen rows on end: one vector for each class, one lane for each row.
type Columns = [Vector; MAX_CLASSES];

/// Room for sixteen short rows: their logits and their exponentials.
pub(crate) struct ShortRows {
    z: Columns,
    exps: Columns,
}

impl ShortRows {
    pub(crate) const EMPTY: Self =
        ShortRows { z: [[0.0; LANES]; MAX_CLASSES], exps: [[0.0; LANES]; MAX_CLASSES] };

    /// Fills `ends` with the losses of rows, and with all that their gradient needs.
    #[inline(always)]
    pub(crate) fn loss(&mut self, rows: &LabeledRows<'_>, divisor: f64, ends: &mut Ends) {
        with_constant(rows.classes, Stand(rows.z, &mut self.z));
        let anchors = anchors(&max(&self.z[..rows.classes]));
        let left_out = &rows.labels.class;
        let others = rest(&self.z[..rows.classes], left_out, &anchors, &mut self.exps);
        let mut z = [0.0; LANES];
        for lane in 0..LANES {
            z[lane] = self.z[left_out[lane] as usize][lane];
        }
        ends.fill(&rows.labels, &z, &others, &anchors, divisor);
    }

    /// Fills the gradients of rows, and `ends` with their losses.
    #[inline(always)]
    pub(crate) fn gradient(
        &mut self,
        rows: &LabeledRows<'_>,
        divisor: f64,
        grads: &mut [f32],
        ends: &mut Ends,
    ) {
        self.loss(rows, divisor, ends);
        Scale::new(ends.factor, ends.most).apply(&mut self.exps[..rows.classes]);
        for lane in 0..LANES {
            self.exps[rows.labels.class[lane] as usize][lane] = ends.of_label[lane];
        }
        with_constant(rows.classes, Lay(&self.exps, grads));
    }
}

/// Returns the largest logit of each row, passing over NaN.
#[inline(always)]
fn max(z: &[Vector]) -> Vector {
    let mut max = [f32::NEG_INFINITY; LANES];
    for z in z {
        max = larger(max, *z);
    }
    max
}

/// Returns an anchor near the max of each row.
#[inline(always)]
fn anchors(max: &Vector) -> [Anchor; LANES] {
    let mut anchors = [Anchor::near(0.0); LANES];
    for lane in 0..LANES {
        // A row without an anchor isn't held, so it's computed alone.
        anchors[lane] = Anchor::near(if max[lane].abs() < FAR { max[lane] } else { 0.0 });
    }
    anchors
}

/// Returns the sum of each row's exponentials, with one class left out, and fills `out` with
/// all of them.
// ANCHOR: rest
#[inline(always)]
fn rest(
    z: &[Vector],
    left_out: &[u32; LANES],
    anchors: &[Anchor; LANES],
    out: &mut Columns,
) -> [f64; LANES] {
    let anchors = &Anchors::each(anchors);
    let mut sums = [0.0; LANES];
    let (pairs, last) = z.as_chunks::<2>();
    let mut class = 0;
    for ([a, b], out) in pairs.iter().zip(out.as_chunks_mut().0) {
        let [a, b] = [exps(a, anchors), exps(b, anchors)];
        *out = [a, b];
        // In pairs, each term is rounded once in `f32`, one unit less than in a long row.
        add(
            &mut sums,
            plus(without(class, left_out, a), without(class + 1, left_out, b)),
        );
        class += 2;
    }
    if let [z] = last {
        let exps = exps(z, anchors);
        out[class as usize] = exps;
        add(&mut sums, without(class, left_out, exps));
    }
    sums
}
// ANCHOR_END: rest

/// Returns the exponentials of a class, with 0 for the rows that leave it out.
#[inline(always)]
fn without(class: u32, left_out: &[u32; LANES], exps: Vector) -> Vector {
    let mut without = exps;
    for lane in 0..LANES {
        without[lane] = if left_out[lane] == class { 0.0 } else { exps[lane] };
    }
    without
}

#[inline(always)]
fn add(sums: &mut [f64; LANES], exps: Vector) {
    for lane in 0..LANES {
        sums[lane] += f64::from(exps[lane]);
    }
}

/// Runs a turn with the number of classes as a constant, which turns its loops into shuffles.
#[inline(always)]
fn with_constant(classes: usize, turn: impl Turn) {
    match classes {
        1 => turn.run::<1>(),
        2 => turn.run::<2>(),
        3 => turn.run::<3>(),
        4 => turn.run::<4>(),
        5 => turn.run::<5>(),
        6 => turn.run::<6>(),
        7 => turn.run::<7>(),
        8 => turn.run::<8>(),
        9 => turn.run::<9>(),
        10 => turn.run::<10>(),
        11 => turn.run::<11>(),
        12 => turn.run::<12>(),
        13 => turn.run::<13>(),
        14 => turn.run::<14>(),
        _ => turn.run::<15>(),
    }
}

trait Turn {
    fn run<const CLASSES: usize>(self);
}

/// Stands rows on end: sixteen of them, or fewer at the end of a batch.
struct Stand<'a>(&'a [f32], &'a mut Columns);

impl Turn for Stand<'_> {
    #[inline(always)]
    fn run<const CLASSES: usize>(self) {
        let Stand(rows, columns) = self;
        let rows = rows.as_chunks::<CLASSES>().0;
        if let Some(rows) = rows.first_chunk::<LANES>() {
            for lane in 0..LANES {
                for class in 0..CLASSES {
                    columns[class][lane] = rows[lane][class];
                }
            }
        } else {
            for (lane, row) in rows.iter().enumerate() {
                for class in 0..CLASSES {
                    columns[class][lane] = row[class];
                }
            }
        }
    }
}

/// Lays rows down again, one after the other.
struct Lay<'a>(&'a Columns, &'a mut [f32]);

impl Turn for Lay<'_> {
    #[inline(always)]
    fn run<const CLASSES: usize>(self) {
        let Lay(columns, rows) = self;
        let rows = rows.as_chunks_mut::<CLASSES>().0;
        if let Some(rows) = rows.first_chunk_mut::<LANES>() {
            for lane in 0..LANES {
                for class in 0..CLASSES {
                    rows[lane][class] = columns[class][lane];
                }
            }
        } else {
            for (lane, row) in rows.iter_mut().enumerate() {
                for class in 0..CLASSES {
                    row[class] = columns[class][lane];
                }
            }
        }
    }
}
