//! How the rows are shared out among threads.
//!
//! The rows are halved, and the halves again, down to shares that are worth a thread's
//! while; rayon lets whatever thread is idle take the other half of another's work. How the
//! rows are cut depends on the shape of the batch alone, and the sums of two halves are
//! added as the halves were cut. So the result has the same bits, whichever thread computed
//! what, and however many there are.
//!
//! A caller that isn't a thread of rayon's computes shares as well, rather than wait for them,
//! unless the backend has threads of its own. Two threads that are woken while the caller still
//! runs may find themselves on one core, and when the caller has gone to sleep its own core stays
//! idle: that made a call of a millisecond twice as long.
//!
//! Wide rows are cut into parts as well (`wide_rows.rs`): a batch of a few of them would keep only
//! a few threads busy.

use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Up to so many logits aren't divided: half of them isn't worth another thread, which takes some
/// ten microseconds to start. A part of a row has at least as many.
const MIN_LOGITS: usize = 32_768;

/// More shares than this make no thread busier.
pub(crate) const ENOUGH_SHARES: usize = 64;

/// Halving leaves no more shares than this, since none has less than half the rows of one.
const MAX_SHARES: usize = 2 * ENOUGH_SHARES;

/// Rows, with their places in the output, that can be cut in two.
pub trait Rows: Send + Sized {
    /// Returns how many rows there are.
    fn rows(&self) -> usize;

    /// Returns the first `rows` rows, and the others.
    fn split_at(self, rows: usize) -> (Self, Self);
}

/// How the rows of a batch are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// How many rows are not divided further.
    rows_of_share: usize,
    /// How many classes are a part of a row, if the rows are cut.
    part: Option<usize>,
}

impl Shares {
    /// Returns how a batch of this shape is shared out.
    pub fn new(rows: usize, classes: usize) -> Self {
        let classes = classes.max(1);
        let rows_of_share =
            MIN_LOGITS.div_ceil(classes).max(rows.div_ceil(ENOUGH_SHARES));
        // By the classes alone, so that a row has the same bits in any batch.
        let parts = (classes / MIN_LOGITS).min(ENOUGH_SHARES);
        let part = (parts > 1).then(|| classes.div_ceil(parts));
        Shares { rows_of_share, part }
    }

    /// Returns how many classes are a part of a row, if the rows are cut.
    pub fn part(&self) -> Option<usize> {
        self.part
    }

    /// Whether so many rows are more than one thread's work.
    pub fn are_many(&self, rows: usize) -> bool {
        rows > self.rows_of_share || self.part.is_some()
    }

    /// Returns the first half of so many rows, if they are to be divided.
    fn half(&self, rows: usize) -> Option<usize> {
        (rows > self.rows_of_share).then_some(rows / 2)
    }

    /// Runs `work` on every share of the rows, and returns the sum of its results.
    ///
    /// On a thread of the pool nothing is allocated. From outside, rayon allocates once for
    /// each thread of the pool but one.
    pub fn run<R: Rows>(&self, rows: R, work: &(impl Fn(R) -> f64 + Sync)) -> f64 {
        if self.are_many(rows.rows()) && rayon::current_thread_index().is_none() {
            self.run_with_caller(rows, work)
        } else {
            self.run_rows(rows, work)
        }
    }

    // ANCHOR: run_rows
    fn run_rows<R: Rows>(&self, rows: R, work: &(impl Fn(R) -> f64 + Sync)) -> f64 {
        let Some(half) = self.half(rows.rows()) else {
            return work(rows);
        };
        let (first, second) = rows.split_at(half);
        let (a, b) =
            rayon::join(|| self.run_rows(first, work), || self.run_rows(second, work));
        a + b
    }
    // ANCHOR_END: run_rows

    /// Does the same where the caller is not of the pool: it takes one share after the
    /// other, and so do all of the pool's threads but one.
    fn run_with_caller<R: Rows>(
        &self,
        rows: R,
        work: &(impl Fn(R) -> f64 + Sync),
    ) -> f64 {
        let count = rows.rows();
        let mut shares = [const { None }; MAX_SHARES];
        self.cut(rows, &mut shares.iter_mut());
        // Each with the sum that its work will have returned.
        let shares = shares.map(|share| Mutex::new((share, 0.0)));
        let next = AtomicUsize::new(0);
        let take_shares = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let share = shares.get(place).map(Mutex::lock);
                let Some(Ok(mut share)) = share else { break };
                let Some(rows) = share.0.take() else { break };
                share.1 = work(rows);
            }
        };
        rayon::in_place_scope(|scope| {
            for _ in 1..rayon::current_num_threads() {
                scope.spawn(|_| take_shares());
            }
            take_shares();
        });
        let sums = shares.map(|share| share.into_inner().map_or(f64::NAN, |done| done.1));
        self.sum(count, &mut sums.into_iter())
    }

    /// Puts the shares of some rows where there is place for them, in order.
    fn cut<R: Rows>(&self, rows: R, places: &mut slice::IterMut<'_, Option<R>>) {
        match self.half(rows.rows()) {
            Some(half) => {
                let (first, second) = rows.split_at(half);
                self.cut(first, places);
                self.cut(second, places);
            }
            None => *places.next().expect("there are as many") = Some(rows),
        }
    }

    /// Adds the results of the shares of so many rows, in the order of the halves.
    fn sum(&self, rows: usize, of_shares: &mut impl Iterator<Item = f64>) -> f64 {
        match self.half(rows) {
            Some(half) => self.sum(half, of_shares) + self.sum(rows - half, of_shares),
            None => of_shares.next().expect("there are as many"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;

    /// Rows with a number for each, as small as a test needs them.
    struct Numbered<'a>(Range<usize>, &'a mut [f32]);

    impl Rows for Numbered<'_> {
        fn rows(&self) -> usize {
            self.0.len()
        }

        fn split_at(self, rows: usize) -> (Self, Self) {
            let middle = self.0.start + rows;
            let (first, others) = self.1.split_at_mut(rows);
            (Numbered(self.0.start..middle, first), Numbered(middle..self.0.end, others))
        }
    }

    #[test]
    fn from_outside_the_pool_the_sum_has_the_same_bits() {
        for (rows, classes) in [(34, 1000), (1000, 1000), (4097, 33), (100_001, 10)] {
            let shares = Shares::new(rows, classes);
            let work = |Numbered(rows, _): Numbered<'_>| {
                rows.map(|row| 1.0 / (1.0 + row as f64)).sum::<f64>()
            };
            let mut out = vec![0.0; rows];
            let outside = shares.run(Numbered(0..rows, &mut out), &work);
            let inside = rayon::scope(|_| shares.run(Numbered(0..rows, &mut out), &work));
            assert_eq!(outside.to_bits(), inside.to_bits(), "{rows} x {classes}");
        }
    }

    #[test]
    fn every_row_is_computed_once() {
        for (rows, classes) in
            [(0, 3), (3, 0), (1, 3), (7, 100_000), (1000, 1000), (100_001, 1)]
        {
            let mut out = vec![0.0; rows];
            let shares = Shares::new(rows, classes);
            let count =
                shares.run(Numbered(0..rows, &mut out), &|Numbered(rows, out)| {
                    for (out, row) in out.iter_mut().zip(rows.clone()) {
                        *out += 1.0 + row as f32;
                    }
                    rows.len() as f64
                });
            assert_eq!(count, rows as f64);
            assert!(out.iter().enumerate().all(|(row, &out)| out == 1.0 + row as f32));
        }
    }
}
