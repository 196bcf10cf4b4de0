//! e23, a benchmark that flatters. Your task is at the top of tests/e23_unfair_benchmark.rs.

use std::hint::black_box;

use backend::Batch;
use conformance::oracle;

/// A contestant: fills the gradient of a batch, N x C numbers, and returns the loss.
pub type Contestant<'a> = dyn FnMut(&Batch<'_>, &mut [f32]) -> f32 + 'a;

/// Returns how many times as fast as theirs ours is on a batch: 2 if ours takes half the time.
/// Returns `None` if one of them is wrong on this batch.
///
/// `clock` returns the seconds since some moment, and there is at least one round.
pub fn times_faster(
    ours: &mut Contestant<'_>,
    theirs: &mut Contestant<'_>,
    batch: &Batch<'_>,
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Option<f64> {
    // gap: // Both have tests of their own, and here we only care about speed.
    // Check, then time: a contestant that skips the work would win every race.
    if !is_right(ours, batch) || !is_right(theirs, batch) {
        return None;
    }
    // end of gap

    // All runs fill the same memory. A contestant doesn't care what was there before.
    let mut grad = vec![0.0; batch.rows() * batch.classes()];

    // The first runs meet cold caches and a processor that saves energy, so they don't count.
    for _ in 0..WARM_UP {
        // gap: black_box(ours(batch, &mut grad));
        black_box(ours(batch, &mut grad));
        black_box(theirs(batch, &mut grad));
        // end of gap
    }

    let (mut of_ours, mut of_theirs) = (vec![], vec![]);
    for _ in 0..rounds {
        // They take turns, so that a slow minute hurts both alike.
        let start = clock();
        // If the compiler saw that the loss isn't used, it could leave out the whole run.
        black_box(ours(batch, &mut grad));
        of_ours.push(clock() - start);

        let start = clock();
        // gap: // It gets its own memory, so that it can't profit from what ours just computed.
        // gap: let mut grad = vec![0.0; batch.rows() * batch.classes()];
        // The system hands out fresh memory page by page, when it's first written, and that would
        // happen while the clock runs. So theirs gets the same memory as ours.
        // end of gap
        black_box(theirs(batch, &mut grad));
        of_theirs.push(clock() - start);
    }

    // gap: // Noise can only add time, so the shortest run is the most honest one.
    // gap: let ours = of_ours.into_iter().fold(f64::INFINITY, f64::min);
    // gap: // The mean leaves nothing out.
    // gap: let theirs = of_theirs.iter().sum::<f64>() / rounds as f64;
    // Both get the same statistic. Of many times, one interruption hardly moves the median.
    let ours = median(of_ours);
    let theirs = median(of_theirs);
    // end of gap
    Some(theirs / ours)
}

/// The number of runs of each contestant that don't count.
const WARM_UP: usize = 2;

/// Returns whether a contestant's loss and gradient are right. Its memory is new and full of
/// NaN, so it can't hand in the result of another contestant.
fn is_right(contestant: &mut Contestant<'_>, batch: &Batch<'_>) -> bool {
    let mut grad = vec![f32::NAN; batch.rows() * batch.classes()];
    let loss = contestant(batch, &mut grad);
    let exact = oracle::expected(batch);
    let mut entries = grad.iter().zip(&exact.grad);
    exact.forward.accepts(loss) && entries.all(|(&grad, exact)| exact.accepts(grad))
}

/// Returns the median: half of the times are below it.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        (times[middle - 1] + times[middle]) / 2.0
    }
}
