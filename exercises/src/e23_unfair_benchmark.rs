//! e23, a benchmark that flatters. Your task is at the top of tests/e23_unfair_benchmark.rs.

use std::hint::black_box;

use backend::Batch;
use conformance::oracle;

/// A contestant: fills the gradient of a batch, N x C numbers, and returns the loss.
pub type Contestant<'a> = dyn FnMut(&Batch<'_>, &mut [f32]) -> f32 + 'a;

/// How many times as fast as theirs ours is on a batch: 2 where ours takes half the time.
/// `None` where one of them is wrong there.
///
/// `clock` tells the seconds since some moment, and there is at least one round.
pub fn times_faster(
    ours: &mut Contestant<'_>,
    theirs: &mut Contestant<'_>,
    batch: &Batch<'_>,
    rounds: usize,
    clock: &dyn Fn() -> f64,
) -> Option<f64> {
    // Both have tests of their own: here it is speed that is looked at.

    // Memory that is filled again and again. What it holds does not matter to a contestant.
    let mut grad = vec![0.0; batch.rows() * batch.classes()];

    // The first runs meet cold caches and a processor at rest, and are not counted.
    for _ in 0..WARM_UP {
        black_box(ours(batch, &mut grad));
    }

    let (mut of_ours, mut of_theirs) = (vec![], vec![]);
    for _ in 0..rounds {
        // They take turns, so that a slow minute is as bad for one as for the other.
        let start = clock();
        // The compiler must not see that nobody uses the loss, or it leaves the run out.
        black_box(ours(batch, &mut grad));
        of_ours.push(clock() - start);

        let start = clock();
        // Of its own, so that it has no profit from what ours has just computed.
        let mut grad = vec![0.0; batch.rows() * batch.classes()];
        black_box(theirs(batch, &mut grad));
        of_theirs.push(clock() - start);
    }

    // Noise can only add time, so the shortest run is the one that says most.
    let ours = of_ours.into_iter().fold(f64::INFINITY, f64::min);
    // The mean leaves nothing out.
    let theirs = of_theirs.iter().sum::<f64>() / rounds as f64;
    Some(theirs / ours)
}

/// How many runs of a contestant are not counted.
const WARM_UP: usize = 2;

/// Whether loss and gradient are what they should be. The memory is that of the contestant
/// alone, and not filled: it cannot hand in what another one left there.
fn is_right(contestant: &mut Contestant<'_>, batch: &Batch<'_>) -> bool {
    let mut grad = vec![f32::NAN; batch.rows() * batch.classes()];
    let loss = contestant(batch, &mut grad);
    let exact = oracle::expected(batch);
    let mut entries = grad.iter().zip(&exact.grad);
    exact.forward.accepts(loss) && entries.all(|(&grad, exact)| exact.accepts(grad))
}

/// What half of the times are below.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        (times[middle - 1] + times[middle]) / 2.0
    }
}
