//! The shares of the rows that threads compute.
//!
//! We halve the rows, and the halves again, down to shares that are worth a thread's while.
//! rayon lets an idle thread take the other half of a busy thread's work. The cuts depend on
//! the shape of the batch alone, and the sums of two halves are added as the halves were cut.
//! So the result has the same bits, however many threads there are, and whichever thread
//! computed which share.
//!
//! A caller that isn't a thread of rayon's computes shares as well, instead of waiting for them,
//! unless the backend has threads of its own. Two threads that are woken while the caller still
//! runs may end up on the same core, and once the caller sleeps, its own core stays idle: that
//! made a call of a millisecond twice as long.
//!
//! Wide rows are cut into parts as well (`wide_rows.rs`): a batch of a few wide rows would keep
//! only a few threads busy.

use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The largest number of logits that isn't divided: half isn't worth a second thread, which
/// takes some ten microseconds to start. A part of a row has at least as many logits.
const MIN_LOGITS: usize = 32_768;

/// The number of shares beyond which more shares make no thread busier.
pub(crate) const ENOUGH_SHARES: usize = 64;

/// The most shares that halving leaves, since each has at least half of `rows_of_share` rows.
const MAX_SHARES: usize = 2 * ENOUGH_SHARES;

/// Rows, with their places in the output, that can be cut in two.
pub trait Rows: Send + Sized {
    /// Returns the number of rows.
    fn rows(&self) -> usize;

    /// Returns the first `rows` rows, and the others.
    fn split_at(self, rows: usize) -> (Self, Self);
}

/// The sizes of a batch's shares, and of the parts of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The largest number of rows that isn't divided further.
    rows_of_share: usize,
    /// The number of classes in a part of a row, if the rows are cut.
    part: Option<usize>,
}

impl Shares {
    /// Chooses the sizes for a batch of this shape.
    pub fn new(rows: usize, classes: usize) -> Self {
        let classes = classes.max(1);
        let rows_of_share =
            MIN_LOGITS.div_ceil(classes).max(rows.div_ceil(ENOUGH_SHARES));
        // Only the classes decide, so that a row has the same bits in any batch.
        let parts = (classes / MIN_LOGITS).min(ENOUGH_SHARES);
        let part = (parts > 1).then(|| classes.div_ceil(parts));
        Shares { rows_of_share, part }
    }

    /// Returns the number of classes in a part of a row, if the rows are cut.
    pub fn part(&self) -> Option<usize> {
        self.part
    }

    /// Returns whether `rows` rows are work for more than a single thread.
    pub fn are_many(&self, rows: usize) -> bool {
        rows > self.rows_of_share || self.part.is_some()
    }

    /// Returns the number of rows in the first half, if `rows` rows have to be divided.
    fn half(&self, rows: usize) -> Option<usize> {
        (rows > self.rows_of_share).then_some(rows / 2)
    }

    /// Runs `work` on every share of the rows, and returns the sum of its results.
    ///
    /// On a thread of the pool nothing is allocated. From outside, rayon allocates once for
    /// each thread of the pool except one.
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

    /// Runs `work` on every share for a caller outside the pool. The caller takes one share
    /// after the other, and so do all threads of the pool except one.
    fn run_with_caller<R: Rows>(
        &self,
        rows: R,
        work: &(impl Fn(R) -> f64 + Sync),
    ) -> f64 {
        let count = rows.rows();
        let mut shares = [const { None }; MAX_SHARES];
        self.cut(rows, &mut shares.iter_mut());
        // Each share has a place for the sum that its work returns.
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

    /// Puts the shares of some rows into the next free places, in order.
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

    /// Adds the results of the shares of `rows` rows, in the order of the halves.
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

    /// Rows with a number for each row, the least that a test needs.
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
    fn shares_are_worth_a_thread() {
        // Half of 32,768 logits isn't, and neither is a share of less than a sixty-fourth.
        for (shape, rows_of_share, part) in [
            ((3277, 10), 3277, None),
            ((65_536, 1000), 1024, None),
            ((512, 32_000), 8, None),
            ((1, 65_535), 1, None),
            ((1, 65_536), 1, Some(32_768)),
            ((4, 128_256), 1, Some(42_752)),
        ] {
            let shares = Shares::new(shape.0, shape.1);
            assert_eq!(shares, Shares { rows_of_share, part }, "{shape:?}");
            assert_eq!(shares.are_many(rows_of_share), part.is_some());
            assert!(shares.are_many(rows_of_share + 1));
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
