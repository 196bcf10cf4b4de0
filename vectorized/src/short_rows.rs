//! Rows that are shorter than a vector: sixteen of them stood upright, side by side.
//!
//! ```text
//! in memory, row by row:       upright, class by class:
//!   a0 a1 a2 b0 b1 b2 c0 ..      a0 b0 c0 ..
//!                                a1 b1 c1 ..
//!                                a2 b2 c2 ..
//! ```
//!
//! A row of ten classes leaves six lanes of a vector empty, and its sum has to be made
//! across the lanes. Upright, each row has a lane of its own. The price is to turn the rows and
//! to turn the results back, one to two instructions for each number. For rows of
//! sixteen classes and more, that costs more than it saves.
//!
//! The max comes first here, as in the scalar stage: looking for it among so few numbers costs
//! next to nothing, and no row has to be computed again for a wrong guess.

use std::iter;

use crate::cross_entropy::{Ends, LabeledRows, Scratch};
use crate::exp::{Anchor, Anchors, FAR, exps};
use crate::lanes::{LANES, Vector, larger, plus};
use crate::scale::Scale;
use crate::softmax::CHUNK;

/// The largest number of classes in a short row.
pub(crate) const MAX_CLASSES: usize = LANES - 1;

/// Sixteen upright rows: one vector for each class, one lane for each row.
type Columns = [Vector; MAX_CLASSES];

/// Fills `ends` with the losses of rows, and with all that their gradient needs.
#[inline(always)]
pub(crate) fn loss(
    rows: &LabeledRows<'_>,
    divisor: f64,
    scratch: &mut Scratch,
    ends: &mut Ends,
) {
    let (columns, exps) = columns_and_exps(scratch);
    stand(rows, columns);
    let anchors = anchors(&maxima(&columns[..rows.classes]));
    let left_out = &rows.labels.class;
    let others = rests(&columns[..rows.classes], left_out, &anchors, exps);
    let mut z = [0.0; LANES];
    for lane in 0..LANES {
        z[lane] = columns[left_out[lane] as usize][lane];
    }
    ends.fill(&rows.labels, &z, &others, &anchors, divisor);
}

/// Fills the gradients of rows, and `ends` with their losses.
#[inline(always)]
pub(crate) fn gradient(
    rows: &LabeledRows<'_>,
    divisor: f64,
    grads: &mut [f32],
    scratch: &mut Scratch,
    ends: &mut Ends,
) {
    loss(rows, divisor, scratch, ends);
    let (_, exps) = columns_and_exps(scratch);
    Scale::new(ends.factor, ends.most).apply(&mut exps[..rows.classes]);
    for lane in 0..LANES {
        exps[rows.labels.class[lane] as usize][lane] = ends.of_label[lane];
    }
    let grads = &mut grads[..rows.z.len()];
    match rows.classes {
        1 => lay::<1>(exps, rows.classes, grads),
        2..=3 => lay::<2>(exps, rows.classes, grads),
        4..=7 => lay::<4>(exps, rows.classes, grads),
        _ => lay::<8>(exps, rows.classes, grads),
    }
}

/// Divides the room into the logits of sixteen rows and their exponentials.
#[inline(always)]
fn columns_and_exps(scratch: &mut Scratch) -> (&mut Columns, &mut Columns) {
    let (columns, exps) = scratch.0.split_at_mut(CHUNK / LANES / 2);
    let places = (columns.first_chunk_mut(), exps.first_chunk_mut());
    places.0.zip(places.1).expect("fifteen vectors in each half")
}

/// Returns the largest logit of each row, passing over NaN.
#[inline(always)]
fn maxima(z: &[Vector]) -> Vector {
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
        // A max that's too far from 0 gets an anchor that doesn't serve, so the row is computed alone.
        anchors[lane] = Anchor::near(if max[lane].abs() < FAR { max[lane] } else { 0.0 });
    }
    anchors
}

/// Returns the sum of each row's exponentials, with one class left out, and fills `out` with
/// all of them.
// ANCHOR: rest
#[inline(always)]
fn rests(
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

/// Stands rows upright. The number of classes becomes a constant, which turns loops into shuffles.
#[inline(always)]
fn stand(rows: &LabeledRows<'_>, columns: &mut Columns) {
    match rows.classes {
        1 => stand_rows::<1>(rows.z, columns),
        2 => stand_rows::<2>(rows.z, columns),
        3 => stand_rows::<3>(rows.z, columns),
        4 => stand_rows::<4>(rows.z, columns),
        5 => stand_rows::<5>(rows.z, columns),
        6 => stand_rows::<6>(rows.z, columns),
        7 => stand_rows::<7>(rows.z, columns),
        8 => stand_rows::<8>(rows.z, columns),
        classes => {
            // The first eight classes of each row, and the last eight, which overlap.
            let last = classes - 8;
            let mut pieces = [[[0.0; 8]; LANES]; 2];
            let [first_pieces, last_pieces] = &mut pieces;
            let places = first_pieces.iter_mut().zip(last_pieces);
            for (row, (first_piece, last_piece)) in
                rows.z.chunks_exact(classes).zip(places)
            {
                first_piece.copy_from_slice(&row[..8]);
                last_piece.copy_from_slice(&row[last..]);
            }
            stand_rows::<8>(pieces[0].as_flattened(), columns);
            stand_rows::<8>(pieces[1].as_flattened(), &mut columns[last..]);
        }
    }
}

#[inline(always)]
fn stand_rows<const CLASSES: usize>(rows: &[f32], columns: &mut [Vector]) {
    let columns = &mut columns[..CLASSES];
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

/// Lays rows down again: the first `WIDTH` classes of each row, then its last `WIDTH`, which may be
/// partly the same. A constant width turns these loops into shuffles, too.
#[inline(always)]
fn lay<const WIDTH: usize>(columns: &Columns, classes: usize, rows: &mut [f32]) {
    let last = (classes > WIDTH).then_some(classes - WIDTH);
    for start in iter::once(0).chain(last) {
        let columns = &columns[start..][..WIDTH];
        let mut pieces = [[0.0; WIDTH]; LANES];
        for lane in 0..LANES {
            for class in 0..WIDTH {
                pieces[lane][class] = columns[class][lane];
            }
        }
        for (row, piece) in rows.chunks_exact_mut(classes).zip(&pieces) {
            row[start..][..WIDTH].copy_from_slice(piece);
        }
    }
}
