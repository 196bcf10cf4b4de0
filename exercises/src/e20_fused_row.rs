//! e20, a fused row. Your task is at the top of tests/e20_fused_row.rs.

use std::cell::Cell;

/// A row of logits that counts how often each of them is read.
#[derive(Debug)]
pub struct CountedRow<'a> {
    z: &'a [f32],
    reads: Vec<Cell<usize>>,
}

impl<'a> CountedRow<'a> {
    /// Takes a row. None of its logits has been read yet.
    pub fn new(z: &'a [f32]) -> Self {
        CountedRow { z, reads: vec![Cell::new(0); z.len()] }
    }

    /// Returns the number of logits.
    pub fn classes(&self) -> usize {
        self.z.len()
    }

    /// Returns the logit of a class, and counts the call as a read.
    pub fn get(&self, k: usize) -> f32 {
        self.reads[k].set(self.reads[k].get() + 1);
        self.z[k]
    }

    /// Returns how often the logit of a class was read.
    pub fn reads(&self, k: usize) -> usize {
        self.reads[k].get()
    }
}

/// Returns the first class at the max, and the max, which is NaN if a logit is NaN. It reads
/// each logit once.
pub fn top(z: &CountedRow<'_>) -> (usize, f32) {
    let (mut top, mut max) = (0, f32::NEG_INFINITY);
    for k in 0..z.classes() {
        let z_k = z.get(k);
        if z_k > max || z_k.is_nan() {
            (top, max) = (k, z_k);
        }
    }
    (top, max)
}

/// Returns `exp(z_k - max)`, from 0 to 1. The difference is taken in `f64`.
pub fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}

/// Returns the loss `-ln p_label` of a row, in nats, and fills `grad`, which has one entry per
/// class, with the gradient `(p - y) / divisor`. The loss isn't divided.
///
/// For example, the logits `[0, 0]` with label 0 and the divisor 2 have the loss ln 2 and the
/// gradient `[-0.25, 0.25]`.
pub fn loss_and_grad(
    z: &CountedRow<'_>,
    label: usize,
    divisor: f64,
    grad: &mut [f32],
) -> f64 {
    let (classes, entries) = (z.classes(), grad.len());
    todo!("{classes} logits, label {label:?}, {entries} entries over {divisor:?}")
}
