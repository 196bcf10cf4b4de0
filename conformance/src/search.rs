//! A search for inputs on which a backend is as wrong as it can be.
//!
//! Random inputs say little about a bound, because their errors even out. This search starts
//! from rows of a few different logits, in which every exponential of a sum is rounded the
//! same way, or from any batch at all, with options of any size. Then it climbs: it changes a
//! number a little, keeps the change if the worst error grows relative to its tolerance, and
//! starts over when nothing helps any more.

use std::time::{Duration, Instant};

use backend::{Backend, CrossEntropy};

use crate::case::{Case, Targets};
use crate::compare::{forward_backward, log_softmax, losses, softmax};
use crate::oracle;
use crate::random::Random;
use crate::tolerance::Exact;

/// The worst result that a search has found.
#[derive(Clone, Debug)]
pub struct Worst {
    /// The largest error of a result over its tolerance: above 1, the bound doesn't hold.
    pub error_over_tolerance: f64,
    /// The input.
    pub case: Case,
    /// The name of the result.
    pub result: &'static str,
}

/// The number of changes in a row without progress that ends a climb.
const PATIENCE: usize = 300;

/// Searches for the given time, and returns the worst result.
///
/// Each seed gives a different search.
pub fn worst(backend: &dyn Backend, seed: u64, time: Duration) -> Worst {
    let start = Instant::now();
    let mut random = Random::new(seed);
    let mut worst: Option<Worst> = None;
    while worst.is_none() || start.elapsed() < time {
        let found = climb(backend, &mut random);
        if worst.as_ref().is_none_or(|worst| found.is_worse_than(worst)) {
            worst = Some(found);
        }
    }
    worst.expect("there is at least one climb")
}

fn climb(backend: &dyn Backend, random: &mut Random) -> Worst {
    let start = match random.one_of(4) {
        0 => random.anything(),
        1 => extremes(random),
        _ => levels(random),
    };
    let mut top = judge(backend, start);
    let mut failures = 0;
    while failures < PATIENCE {
        let changed = change(random, &top.case);
        failures += 1;
        if changed.try_batch().is_ok() {
            let found = judge(backend, changed);
            if found.is_worse_than(&top) {
                (top, failures) = (found, 0);
            }
        }
    }
    top
}

impl Worst {
    fn is_worse_than(&self, other: &Self) -> bool {
        self.error_over_tolerance > other.error_over_tolerance
    }
}

/// Returns the worst result of a case.
fn judge(backend: &dyn Backend, case: Case) -> Worst {
    let expected = oracle::expected(&case.batch());
    let log_p: Vec<f64> =
        case.rows_of_logits().iter().flat_map(oracle::log_probabilities).collect();
    let of_p: Vec<Exact> =
        log_p.iter().map(|log_p| Exact::of_probability(log_p.exp(), 1)).collect();
    let of_log_p: Vec<Exact> =
        log_p.iter().map(|&log_p| Exact::of_label(log_p, case.classes)).collect();
    let (forward, grad) = forward_backward(backend, &case, 0.0);
    let results = [
        ("forward", vec![forward], vec![expected.forward]),
        ("losses", losses(backend, &case, 0.0), expected.losses),
        ("grad", grad, expected.grad),
        ("softmax", softmax(backend, &case, 0.0), of_p),
        ("log_softmax", log_softmax(backend, &case, 0.0), of_log_p),
    ];
    let (mut largest, mut of) = (0.0, "none");
    for (result, got, exact) in results {
        for (got, exact) in got.into_iter().zip(exact) {
            let error = exact.error_over_tolerance(got);
            if error > largest {
                (largest, of) = (error, result);
            }
        }
    }
    Worst { error_over_tolerance: largest, case, result: of }
}

/// Makes a row of a few different logits: one above, one below, and the others repeated in an
/// order in which sums in lanes or in pairs meet the same numbers again and again.
fn levels(random: &mut Random) -> Case {
    let most = random.pick(&[8, 66, 300]);
    let classes = 2 + random.one_of(most);
    let far = random.pick(&[1.0, 20.0, 110.0]);
    let offset = random.pick(&[0.0, 0.0, 100.0, 1e4]);
    let (lanes, different) = (random.pick(&[1, 16]), random.pick(&[1, 2, 4]));
    let (distances, last) = (random.units(different), far * random.units(1)[0]);
    // Levels far from each other wouldn't matter to the same sum.
    let near = random.pick(&[0.0, 0.3, 1.0]);
    let level = |k: usize| match k {
        0 => 0.0,
        k if k + 1 == classes => last,
        k => {
            far * (distances[0] * (1.0 - near) + near * distances[k / lanes % different])
        }
    };
    let logits: Vec<f32> = (0..classes).map(|k| offset - level(k)).collect();
    let label = random.pick(&[0, classes - 1, classes / 2]);
    if random.one_of(4) != 0 {
        return Case::labels("levels", logits, [label], classes).summed();
    }
    let weights = random.units(2);
    let q =
        (0..classes).map(|k| if k == label { weights[0] } else { weights[1] / 100.0 });
    let case = Case::distributions("levels", logits, q.collect::<Vec<_>>(), classes);
    case.under(random.options(classes, false).expect("the options are within bounds"))
}

/// Makes a batch with sizes up to both ends of the range of `f32`.
fn extremes(random: &mut Random) -> Case {
    let case = random.anything();
    let mut sizes = |count: usize| -> Vec<f32> {
        const EXTREME_SIZES: [f32; 9] =
            [0.0, 1e-45, 1e-40, 1e-30, 1e-12, 1.0, 1e12, 1e30, 1e36];
        (0..count).map(|_| random.pick(&EXTREME_SIZES)).collect()
    };
    let (epsilon, weights) = (sizes(1)[0].min(1.0), sizes(case.classes));
    let mut extreme = case.clone();
    let smoothed = match &mut extreme.targets {
        Targets::Distributions(q) => {
            let sizes = sizes(q.len());
            q.iter_mut().zip(sizes).for_each(|(q, size)| *q *= size.min(1e12));
            CrossEntropy::default().label_smoothing(epsilon)
        }
        Targets::Labels(_) if case.classes == 1 || random.one_of(2) == 0 => {
            CrossEntropy::default().label_smoothing(epsilon)
        }
        Targets::Labels(_) => {
            CrossEntropy::default().label_smoothing_over_others(epsilon)
        }
    };
    let loss = smoothed.and_then(|loss| loss.class_weights(weights));
    extreme = extreme.under(loss.expect("the sizes are valid"));
    if random.one_of(2) == 0 {
        extreme = extreme.summed();
    }
    if extreme.try_batch().is_ok() { extreme } else { case }
}

/// Returns the case with one number changed. If other numbers have the same value, all of
/// them change, or only this one.
fn change(random: &mut Random, case: &Case) -> Case {
    let mut case = case.clone();
    let together = random.one_of(2) == 0;
    match &mut case.targets {
        Targets::Distributions(q) if random.one_of(2) == 0 => {
            change_number(random, q, together);
        }
        _ => change_number(random, &mut case.logits, together),
    }
    case
}

fn change_number(random: &mut Random, numbers: &mut [f32], together: bool) {
    let before = numbers[random.one_of(numbers.len())];
    let steps = 1 << random.one_of(20);
    let bits = before.to_bits();
    let nudged = if random.one_of(2) == 0 {
        bits.wrapping_add(steps)
    } else {
        bits.wrapping_sub(steps)
    };
    let after = match random.one_of(40) {
        0 => f32::MIN,
        1 => 0.0,
        2 => -before,
        _ => f32::from_bits(nudged),
    };
    // NaN and infinity have laws of their own. Here, they would end the climb.
    if !after.is_finite() {
        return;
    }
    let mut changed = false;
    for number in numbers.iter_mut().filter(|number| **number == before) {
        if together || !changed {
            *number = after;
            changed = true;
        }
    }
}
