//! Who computes which rows.
//!
//! The rows are halved, and the halves again, down to shares that are worth a thread's
//! while; rayon lets whatever thread is idle take the other half of another's work. How the
//! rows are cut depends on the shape of the batch alone, and the sums of two halves are
//! added as the halves were cut. So the result has the same bits, whichever thread computed
//! what, and however many there are.
//!
//! Whoever calls from outside the pool of threads computes shares as well, rather than wait
//! for the pool. (Two threads that are woken while the caller still runs may find themselves
//! on one core, and when it has gone to sleep its own stays idle: that made a call of a
//! millisecond twice as long.)
//!
//! Where there are too few rows to keep many threads busy, and they are wide, each of them
//! is cut into parts as well (`wide_rows.rs`).

use std::ops::Range;
use std::slice;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Fewer logits than this are not worth another thread: some ten microseconds.
const WORTHWHILE: usize = 32_768;

/// More shares than this make no thread busier.
pub(crate) const ENOUGH: usize = 64;

/// Halving leaves no more shares than this, since none has less than half the rows of one.
const MOST: usize = 2 * ENOUGH;

/// How the rows of a batch are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    rows: usize,
    /// How many rows are not divided further.
    share: usize,
    /// How many numbers of the output belong to a row.
    outputs: usize,
    /// How many classes are a part of a row, if the rows are cut.
    part: Option<usize>,
}

impl Shares {
    /// For an output with a number for each logit.
    pub fn new(rows: usize, classes: usize) -> Self {
        let share = WORTHWHILE.div_ceil(classes).max(rows.div_ceil(ENOUGH));
        let parts = (classes / WORTHWHILE).min(ENOUGH.checked_div(rows).unwrap_or(0));
        let part = (parts > 1).then(|| classes.div_ceil(parts));
        Shares { rows, share, outputs: classes, part }
    }

    /// The same for an output with so many numbers a row.
    pub fn with_outputs(self, outputs: usize) -> Self {
        Shares { outputs, ..self }
    }

    /// Whether there is more than one thread's work.
    pub fn are_many(&self) -> bool {
        self.rows > self.share || self.part.is_some()
    }

    /// How many classes are a part of a row, if the rows are cut.
    pub fn part(&self) -> Option<usize> {
        self.part
    }

    /// How many of so many rows are the first half of them, if they are to be divided.
    pub fn half(&self, rows: usize) -> Option<usize> {
        (rows > self.share).then_some(rows / 2)
    }

    /// Runs `work` on every share and its part of the output, and returns the sum of what
    /// it returns.
    ///
    /// On a thread of the pool nothing is allocated. From outside, rayon allocates once for
    /// each thread of the pool but one.
    pub fn run(
        &self,
        out: &mut [f32],
        work: &(impl Fn(Range<usize>, &mut [f32]) -> f64 + Sync),
    ) -> f64 {
        if self.are_many() && rayon::current_thread_index().is_none() {
            self.run_with_caller(out, work)
        } else {
            self.run_rows(0..self.rows, out, work)
        }
    }

    // ANCHOR: run_rows
    fn run_rows(
        &self,
        rows: Range<usize>,
        out: &mut [f32],
        work: &(impl Fn(Range<usize>, &mut [f32]) -> f64 + Sync),
    ) -> f64 {
        let Some(half) = self.half(rows.len()) else {
            return work(rows, out);
        };
        let middle = rows.start + half;
        let (first, second) = out.split_at_mut(half * self.outputs);
        let (a, b) = rayon::join(
            || self.run_rows(rows.start..middle, first, work),
            || self.run_rows(middle..rows.end, second, work),
        );
        a + b
    }
    // ANCHOR_END: run_rows

    /// The same, where the caller is not of the pool: it takes one share after the other, and
    /// the pool's threads, but for one, do so too.
    fn run_with_caller(
        &self,
        out: &mut [f32],
        work: &(impl Fn(Range<usize>, &mut [f32]) -> f64 + Sync),
    ) -> f64 {
        let mut shares = [const { None }; MOST];
        self.cut(0..self.rows, out, &mut shares.iter_mut());
        // Each with the sum that its work will have returned.
        let shares = shares.map(|share| Mutex::new((share, 0.0)));
        let next = AtomicUsize::new(0);
        let take_shares = || {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let share = shares.get(place).map(Mutex::lock);
                let Some(Ok(mut share)) = share else { break };
                let Some((rows, out)) = share.0.take() else { break };
                share.1 = work(rows, out);
            }
        };
        rayon::in_place_scope(|scope| {
            for _ in 1..rayon::current_num_threads() {
                scope.spawn(|_| take_shares());
            }
            take_shares();
        });
        let sums = shares.map(|share| share.into_inner().map_or(f64::NAN, |done| done.1));
        self.sum(self.rows, &mut sums.into_iter())
    }

    /// Puts the shares of some rows where there is place for them, in order.
    fn cut<'a>(
        &self,
        rows: Range<usize>,
        out: &'a mut [f32],
        places: &mut slice::IterMut<'_, Option<(Range<usize>, &'a mut [f32])>>,
    ) {
        match self.half(rows.len()) {
            Some(half) => {
                let middle = rows.start + half;
                let (first, second) = out.split_at_mut(half * self.outputs);
                self.cut(rows.start..middle, first, places);
                self.cut(middle..rows.end, second, places);
            }
            None => *places.next().expect("there are as many") = Some((rows, out)),
        }
    }

    /// What the shares of so many rows have returned, added as they were cut.
    fn sum(&self, rows: usize, of_shares: &mut impl Iterator<Item = f64>) -> f64 {
        match self.half(rows) {
            Some(half) => self.sum(half, of_shares) + self.sum(rows - half, of_shares),
            None => of_shares.next().expect("there are as many"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_outside_the_pool_the_sum_has_the_same_bits() {
        for (rows, classes) in [(34, 1000), (1000, 1000), (4097, 33), (100_001, 10)] {
            let shares = Shares::new(rows, classes).with_outputs(1);
            let work = |rows: Range<usize>, _: &mut [f32]| {
                rows.map(|row| 1.0 / (1.0 + row as f64)).sum::<f64>()
            };
            let mut out = vec![0.0; rows];
            let outside = shares.run(&mut out, &work);
            let inside = rayon::scope(|_| shares.run(&mut out, &work));
            assert_eq!(outside.to_bits(), inside.to_bits(), "{rows} x {classes}");
        }
    }

    #[test]
    fn every_row_is_computed_once() {
        for (rows, classes) in [(0, 3), (1, 3), (7, 100_000), (1000, 1000), (100_001, 1)]
        {
            let mut out = vec![0.0; rows];
            let shares = Shares::new(rows, classes).with_outputs(1);
            let count = shares.run(&mut out, &|rows: Range<usize>, out: &mut [f32]| {
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
