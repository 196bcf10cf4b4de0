//! The contestants: the stages, a plain loop, and a copy of the memory.

use std::error::Error;
use std::fmt;
use std::hint::black_box;

use backend::{Backend, Batch};
use conformance::case::Case;
use conformance::law::Broken;
use conformance::{laws, oracle};
use rayon::prelude::*;

use crate::race::Contestant;

/// Returns a contestant: a backend that computes loss and gradient of a batch.
///
/// # Errors
/// If [`check`] fails: we don't time wrong results.
pub fn forward_backward<'a>(
    backend: &'a dyn Backend,
    case: &'a Case,
) -> Result<Contestant<'a>, Refused> {
    check(backend, case)?;
    let batch = case.batch();
    Ok(Contestant::new(backend.name(), move |grad| {
        let out = batch.grad_out(grad).expect("the buffer has the length of the logits");
        black_box(backend.forward_backward(out));
    }))
}

/// The reason why a backend isn't timed.
#[derive(Debug)]
pub enum Refused {
    /// The backend breaks a law.
    Law(Box<Broken>),
    /// The backend keeps the laws, but its results for this batch are wrong.
    Batch {
        /// The name of the backend.
        backend: String,
        /// The name of the batch.
        batch: String,
    },
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Law(broken) => write!(f, "what is wrong is not timed: {broken}"),
            Refused::Batch { backend, batch } => {
                write!(f, "what is wrong is not timed: `{backend}` is, on {batch}")
            }
        }
    }
}

impl Error for Refused {}

/// Holds a backend to every law.
///
/// # Errors
/// The first law that the backend breaks.
pub fn admit(backend: &dyn Backend) -> Result<(), Refused> {
    let mut laws = laws::all().into_iter();
    laws.try_for_each(|law| law.check(backend)).map_err(Refused::Law)
}

/// Compares loss and gradient of a batch with their exact values.
///
/// # Errors
/// [`Refused::Batch`] if they're farther away than the laws allow.
pub fn check(backend: &dyn Backend, case: &Case) -> Result<(), Refused> {
    let batch = case.batch();
    let expected = oracle::expected(&batch);
    let mut grad = vec![0.0; case.logits.len()];
    let out = batch.grad_out(&mut grad).expect("the buffer has the length of the logits");
    let losses = [backend.forward_backward(out), backend.forward(&batch)];
    let right = losses.into_iter().all(|loss| expected.forward.accepts(loss))
        && grad.iter().zip(&expected.grad).all(|(&got, exact)| exact.accepts(got));
    if right {
        return Ok(());
    }
    Err(Refused::Batch { backend: backend.name().to_owned(), batch: case.to_string() })
}

/// Copies the logits into the buffer on one thread: every logit is read and every number written
/// once, the least that a gradient could do.
pub fn copy(case: &Case) -> Contestant<'_> {
    Contestant::new("copy", |buffer| copy_plainly(&case.logits, buffer))
}

/// Copies the logits on all threads.
pub fn copy_on_all_threads(case: &Case) -> Contestant<'_> {
    Contestant::new("copy, all threads", |buffer| {
        on_all_threads(&case.logits, buffer, copy_plainly);
    })
}

/// Copies the logits on one thread by the system's `memcpy`.
pub fn memcpy(case: &Case) -> Contestant<'_> {
    Contestant::new("memcpy", |buffer| copy_by_memcpy(&case.logits, buffer))
}

/// Copies the logits on all threads by the system's `memcpy`.
pub fn memcpy_on_all_threads(case: &Case) -> Contestant<'_> {
    Contestant::new("memcpy, all threads", |buffer| {
        on_all_threads(&case.logits, buffer, copy_by_memcpy);
    })
}

/// Copies numbers on all threads, a slice each.
pub fn on_all_threads(from: &[f32], to: &mut [f32], copy: fn(&[f32], &mut [f32])) {
    let slice = from.len().div_ceil(rayon::current_num_threads());
    let slices = to.par_chunks_mut(slice).zip(from.par_chunks(slice));
    slices.for_each(|(to, from)| copy(from, to));
}

/// Copies numbers as the stages store theirs: each line of the cache is read before it's written.
///
/// The system's `memcpy` stores a long array past the cache, which saves that read, and safe
/// Rust has no name for such a store. So we copy pieces of 64 KiB, which are too short for it.
pub fn copy_plainly(from: &[f32], to: &mut [f32]) {
    const PIECE: usize = 16_384;
    for (from, to) in from.chunks(PIECE).zip(to.chunks_mut(PIECE)) {
        copy_by_memcpy(from, to);
    }
}

fn copy_by_memcpy(from: &[f32], to: &mut [f32]) {
    // We hide the pieces from the compiler, which may join them into one copy.
    black_box(to).copy_from_slice(black_box(from));
}

/// Reads the logits, the least that a loss could do.
pub fn read(case: &Case) -> Contestant<'_> {
    Contestant::new("read", |_| read_all(&case.logits))
}

/// Reads every number once.
pub fn read_all(numbers: &[f32]) {
    let (chunks, _) = numbers.as_chunks::<64>();
    let mut bits = [0; 64];
    for chunk in chunks {
        for (bits, number) in bits.iter_mut().zip(chunk) {
            *bits |= number.to_bits();
        }
    }
    black_box(bits);
}

/// Runs the loop that you'd write first; the stages are measured against it.
pub fn plain(case: &Case) -> Contestant<'_> {
    let batch = case.batch();
    Contestant::new("plain f32", move |grad| {
        black_box(plain_f32(&batch, grad));
    })
}

/// Computes the textbook's loss and gradient in `f32`, for labels alone: with the max
/// subtracted, one running sum, and the library's `exp`.
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

#[cfg(test)]
mod tests {
    use conformance::{mutants, random::Random};

    use super::*;

    #[test]
    fn a_copy_leaves_nothing_out() {
        let from: Vec<f32> = (0..40_001).map(|i| i as f32).collect();
        for copy in [copy_plainly, copy_by_memcpy] {
            let mut to = vec![-1.0; from.len()];
            on_all_threads(&from, &mut to, copy);
            assert_eq!(to, from);
        }
    }

    #[test]
    fn a_wrong_backend_is_refused_by_the_name_of_the_law() {
        for mutant in mutants::all().into_iter().step_by(6) {
            let refused = admit(&mutant).unwrap_err().to_string();
            let first = laws::all().into_iter().find(|law| law.check(&mutant).is_err());
            assert!(refused.contains(first.unwrap().name), "{refused}");
            assert!(refused.contains(mutant.name), "{refused}");
        }
        assert!(admit(&scalar::Scalar).is_ok());
    }

    #[test]
    fn a_backend_that_is_wrong_on_the_very_batch_is_refused() {
        let case = Random::new(1).labels(3, 4, 3.0);
        let wrong = mutants::all().into_iter().find(|m| check(m, &case).is_err());
        let refused = check(&wrong.expect("some mistake shows"), &case).unwrap_err();
        assert!(matches!(refused, Refused::Batch { .. }), "{refused}");
        assert!(check(&scalar::Scalar, &case).is_ok());
    }
}
