//! Who takes part: the stages, a plain loop, and a copy of the memory.

use std::hint::black_box;

use backend::{Backend, Batch};
use conformance::case::Case;
use conformance::oracle;
use rayon::prelude::*;

use super::Contestant;

/// A backend on a batch, loss and gradient.
///
/// # Panics
/// If the backend is wrong on this very batch: what is wrong is not timed.
pub fn forward_backward<'a>(backend: &'a dyn Backend, case: &'a Case) -> Contestant<'a> {
    check(backend, case);
    let batch = case.batch();
    Contestant::new(backend.name(), move |grad| {
        let out = batch.grad_out(grad).expect("the buffer has the length of the logits");
        black_box(backend.forward_backward(out));
    })
}

/// Asserts that a backend is right on a batch.
///
/// # Panics
/// If it is not.
pub fn check(backend: &dyn Backend, case: &Case) {
    let batch = case.batch();
    let expected = oracle::expected(&batch);
    let mut grad = vec![0.0; case.logits.len()];
    let out = batch.grad_out(&mut grad).expect("the buffer has the length of the logits");
    let losses = [backend.forward_backward(out), backend.forward(&batch)];
    let right = losses.into_iter().all(|loss| expected.forward.accepts(loss))
        && grad.iter().zip(&expected.grad).all(|(&got, exact)| exact.accepts(got));
    assert!(right, "{} is wrong on {case}", backend.name());
}

/// The logits copied into the buffer: every logit read and every number written once, the
/// least that a gradient could do.
pub fn copy(case: &Case) -> Contestant<'_> {
    Contestant::new("copy", |buffer| {
        black_box(buffer).copy_from_slice(black_box(&case.logits));
    })
}

/// The same on all threads, a slice each.
pub fn copy_on_all_threads(case: &Case) -> Contestant<'_> {
    let slice = case.logits.len().div_ceil(rayon::current_num_threads());
    Contestant::new("copy, all threads", move |buffer| {
        let slices = black_box(buffer).par_chunks_mut(slice);
        let logits = black_box(&case.logits).par_chunks(slice);
        slices.zip(logits).for_each(|(buffer, logits)| buffer.copy_from_slice(logits));
    })
}

/// The logits read: the least that a loss could do.
pub fn read(numbers: &[f32]) -> Contestant<'_> {
    Contestant::new("read", |_| {
        let (chunks, _) = numbers.as_chunks::<64>();
        let mut bits = [0; 64];
        for chunk in chunks {
            for (bits, number) in bits.iter_mut().zip(chunk) {
                *bits |= number.to_bits();
            }
        }
        black_box(bits);
    })
}

/// What one writes before one knows better, and what the stages are measured against.
pub fn plain(case: &Case) -> Contestant<'_> {
    let batch = case.batch();
    Contestant::new("plain f32", move |grad| {
        black_box(plain_f32(&batch, grad));
    })
}

/// The textbook in `f32`, for labels alone: the max subtracted, one running sum, the
/// library's `exp`.
pub fn plain_f32(batch: &Batch<'_>, grad: &mut [f32]) -> f32 {
    let mut sum_of_losses = 0.0;
    let scale = 1.0 / batch.divisor() as f32;
    for (row, grad) in batch.iter().flatten().zip(grad.chunks_exact_mut(batch.classes()))
    {
        let max = row.logits().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (exp, z_k) in grad.iter_mut().zip(row.logits()) {
            *exp = (z_k - max).exp();
            sum += *exp;
        }
        for exp in grad.iter_mut() {
            *exp *= scale / sum;
        }
        let label = row.target().label().unwrap_or(0);
        grad[label] -= scale;
        sum_of_losses += sum.ln() + (max - row.logits()[label]);
    }
    sum_of_losses * scale
}
