//! Four ways through a row to the loss of its label, from the textbook's to the one in use.
//!
//! | version | reads each logit | waits for |
//! |---|---|---|
//! | [`Passes::Textbook`] | twice, and each exponential once | the max, then the exponentials |
//! | [`Passes::Two`] | twice | the max |
//! | [`Passes::Online`] | twice, the second time from the nearest cache | the max of a chunk |
//! | [`Passes::One`] | once | nothing: an earlier row says which power of two is near |
//!
//! All four have the same exponential, so their times differ mostly by the order of the loops.

use backend::Batch;

use crate::cross_entropy::End;
use crate::exp::{Anchor, Anchors, exps};
use crate::instructions::Kernel;
use crate::lanes::{LANES, Vector, filled_up};
use crate::softmax::{max, rest};
use crate::summary::Summary;

/// A way through a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// The max first, then all exponentials, then their sum.
    Textbook,
    /// The max first, then the exponentials and their sum.
    Two,
    /// Chunk by chunk, with a max and a rest that are carried along (Milakov and Gimelshein 2018).
    Online,
    /// A single pass, relative to a power of two that served the row before.
    One,
}

// ANCHOR: textbook
/// Version 1: three loops, as the formula is written.
#[inline(always)]
fn textbook(z: &[f32], label: usize, buffer: &mut [Vector]) -> f64 {
    let anchor = Anchor::near(max(z));
    let anchors = &Anchors::all(anchor);
    let (vectors, last) = z.as_chunks();
    for (z, out) in vectors.iter().zip(&mut *buffer) {
        *out = exps(z, anchors);
    }
    buffer[vectors.len()] = exps(&filled_up(last, f32::NEG_INFINITY), anchors);
    let mut sums = [0.0; LANES];
    for exps in buffer {
        for k in 0..LANES {
            sums[k] += f64::from(exps[k]);
        }
    }
    let sum: f64 = sums.into_iter().sum();
    (sum / anchor.exp_in_f64(z[label])).ln()
}
// ANCHOR_END: textbook

// ANCHOR: two
/// Version 2: a part of the exponentials at a time is made and added up, and none is kept.
#[inline(always)]
fn two(z: &[f32]) -> Summary {
    match Summary::new(z, None) {
        Some((summary, _)) => summary,
        None => Summary::in_f64(z),
    }
}
// ANCHOR_END: two

/// The number of logits in a chunk: 8 KiB, in the nearest cache when we read them again.
const ONLINE_CHUNK: usize = 2048;

// ANCHOR: online
/// Version 3: one chunk after the other. If the next chunk has a larger max, everything
/// added up before is multiplied by one factor.
#[inline(always)]
fn online(z: &[f32]) -> Summary {
    let (first, others) = z.split_at(z.len().min(ONLINE_CHUNK));
    let mut of_row = two(first);
    for chunk in others.chunks(ONLINE_CHUNK) {
        of_row = of_row.merged(two(chunk));
    }
    of_row
}
// ANCHOR_END: online

// ANCHOR: one
/// Version 4: relative to a guess. The row is read again only if the guess didn't serve.
#[inline(always)]
fn one(z: &[f32], label: usize, guess: &mut Anchor) -> f64 {
    let others = rest(z, label, *guess, None);
    let end = End::new(1.0, z[label], others, *guess, 1.0);
    if end.is_held {
        return end.loss;
    }
    let summary = two(z);
    if summary.max.is_finite() {
        *guess = Anchor::near(summary.max);
    }
    summary.nll(z[label])
}
// ANCHOR_END: one

/// Computes the losses of a batch of labels, whose class weights are 1, in one of the four ways.
pub(crate) struct LossesBy<'a>(pub(crate) Passes, pub(crate) &'a Batch<'a>);

impl Kernel for LossesBy<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run(self) -> Vec<f32> {
        let LossesBy(passes, batch) = self;
        let mut losses = Vec::with_capacity(batch.rows());
        let mut buffer = vec![[0.0; LANES]; batch.classes() / LANES + 1];
        let mut guess = Anchor::near(0.0);
        for row in 0..batch.rows() {
            let Some(row) = batch.row(row) else {
                losses.push(0.0);
                continue;
            };
            let Some((label, _)) = row.target().only_label() else {
                losses.push(f32::NAN);
                continue;
            };
            let z = row.logits();
            let loss = match passes {
                Passes::Textbook => textbook(z, label, &mut buffer),
                Passes::Two => two(z).nll(z[label]),
                Passes::Online => online(z).nll(z[label]),
                Passes::One => one(z, label, &mut guess),
            };
            losses.push(loss as f32);
        }
        losses
    }

    fn run_scalar(self) -> Vec<f32> {
        let loss = |row: Option<_>| row.map_or(0.0, scalar::cross_entropy::loss) as f32;
        self.1.iter().map(loss).collect()
    }
}

#[cfg(test)]
mod tests {
    use backend::Batch;
    use conformance::oracle::expected;
    use conformance::random::Random;

    use super::Passes;
    use crate::{InstructionSet, Vectorized};

    #[test]
    fn the_textbook_finds_the_same_in_ordinary_rows() {
        let z = Random::new(41).normals(8 * 1003, 3.0);
        let batch = Batch::new(&z, &[0, 1, 2, 3, 500, 1000, 1001, 1002], 1003).unwrap();
        let vectorized = Vectorized::default();
        let [got, exact] = [Passes::Textbook, Passes::Two]
            .map(|passes| vectorized.losses_by(passes, &batch));
        assert_eq!((got.len(), exact.len()), (8, 8));
        for (got, exact) in got.into_iter().zip(exact) {
            assert!((got - exact).abs() <= 1e-6 * exact, "{got}, not {exact}");
        }
    }

    #[test]
    fn every_other_way_finds_the_same_in_any_row() {
        let classes = 5000;
        let mut z = Random::new(40).normals(8 * classes, 3.0);
        z[..4096].fill(f32::NEG_INFINITY);
        z[2 * classes + 4500] = 40.0;
        z[3 * classes] = 500.0;
        z[4 * classes + 2048..][..2048].fill(f32::NEG_INFINITY);
        z[5 * classes..][..classes].fill(f32::NEG_INFINITY);
        z[6 * classes..][..2048].fill(f32::NEG_INFINITY);
        z[6 * classes + 7] = f32::NAN;
        z[7 * classes + 4999] = f32::INFINITY;
        let labels = [4999, 3, 4500, 1, 0, 9, 2500, 1];
        let batch = Batch::new(&z, &labels, classes).unwrap();
        let exact = expected(&batch).losses;
        for instructions in InstructionSet::available() {
            for passes in [Passes::Two, Passes::Online, Passes::One] {
                let got = Vectorized::with(instructions).losses_by(passes, &batch);
                assert_eq!(got.len(), exact.len());
                for (row, (got, exact)) in got.into_iter().zip(&exact).enumerate() {
                    assert!(
                        exact.accepts(got),
                        "{passes:?}, {row}: {got}, not {exact:?}"
                    );
                }
            }
        }
    }
}
