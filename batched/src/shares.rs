//! Who computes which rows.
//!
//! The rows are halved, and the halves again, down to shares that are worth a thread's
//! while; rayon lets whatever thread is idle take the other half of another's work. How the
//! rows are cut depends on the shape of the batch alone, and the sums of two halves are
//! added as the halves were cut. So the result has the same bits, whichever thread computed
//! what, and however many there are.
//!
//! Where there are too few rows to keep many threads busy, and they are wide, each of them
//! is cut into parts as well (`wide_rows.rs`).

use std::ops::Range;

/// Fewer logits than this are not worth another thread: some ten microseconds.
const WORTHWHILE: usize = 32_768;

/// More shares than this make no thread busier.
pub(crate) const ENOUGH: usize = 64;

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
    pub fn run(
        &self,
        out: &mut [f32],
        work: &(impl Fn(Range<usize>, &mut [f32]) -> f64 + Sync),
    ) -> f64 {
        self.run_rows(0..self.rows, out, work)
    }

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
}

#[cfg(test)]
mod tests {
    use super::*;

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
