//! The gain of each change, step by step from the first stage to the last. `cargo run
//! --release -p bench --bin steps` prints it; `-- --save` writes `bench/data/steps.json`.
//!
//! The steps are loss and gradient, and four ways through a row for its loss (`losses_by`), both
//! in nanoseconds per logit. All take turns, so their ratios hold even if the machine is busy.
#![forbid(unsafe_code)]

use std::env;
use std::hint::black_box;

use anyhow::Result;
use backend::Backend;
use batched::Batched;
use bench::contestants::{
    Refused, check, copy, copy_on_all_threads, forward_backward, plain,
};
use bench::race::{Contestant, race};
use bench::report::DEVIATION;
use bench::{machine, save, today};
use conformance::case::Case;
use conformance::random::Random;
use rayon::ThreadPoolBuilder;
use scalar::Scalar;
use serde::Serialize;
use vectorized::{InstructionSet, Passes, Vectorized};

const ROUNDS: usize = 9;
/// The shapes: within a core's cache, row by row; and far beyond all caches.
const SHAPES: [(usize, usize); 2] = [(4096, 1000), (512, 32000)];
/// The shapes for which stage 2 uses rows as lanes, on one thread.
const FEW_CLASSES_SHAPES: [(usize, usize); 2] = [(65536, 10), (32768, 32)];

#[derive(Serialize)]
struct Steps {
    command: String,
    date: String,
    machine: String,
    threads: usize,
    shapes: Vec<StepTimes>,
    few_classes: Vec<StepTimes>,
}

#[derive(Serialize)]
struct StepTimes {
    rows: usize,
    classes: usize,
    /// The times by name, in nanoseconds per logit.
    nanoseconds: serde_json::Map<String, serde_json::Value>,
}

fn main() -> Result<()> {
    // We measure on a thread of the pool itself, as training would run: a thread that waits
    // outside may find two of the pool's threads on one core, while its own core is idle.
    let (shapes, few_classes) = ThreadPoolBuilder::new().build()?.install(|| {
        (
            SHAPES.map(each(stages_and_passes)),
            FEW_CLASSES_SHAPES.map(each(rows_one_by_one_and_as_lanes)),
        )
    });
    let steps = Steps {
        command: "cargo run --release -p bench --bin steps -- --save".to_owned(),
        date: today(),
        machine: machine(),
        threads: rayon::current_num_threads(),
        shapes: shapes.into_iter().collect::<Result<_, _>>()?,
        few_classes: few_classes.into_iter().collect::<Result<_, _>>()?,
    };
    for StepTimes { rows, classes, nanoseconds } in
        steps.shapes.iter().chain(&steps.few_classes)
    {
        println!("{rows} x {classes}, ns a logit");
        for (name, time) in nanoseconds {
            println!("  {name:<20} {:>9.3}", time.as_f64().unwrap_or(f64::NAN));
        }
    }
    if env::args().any(|argument| argument == "--save") {
        save("steps.json", &steps)?;
    }
    Ok(())
}

/// Turns a measurement of a case into a measurement of a shape.
fn each(
    measure: impl Fn(&Case) -> Result<StepTimes>,
) -> impl Fn((usize, usize)) -> Result<StepTimes> {
    move |(rows, classes)| measure(&Random::new(1).labels(rows, classes, DEVIATION))
}

fn stages_and_passes(case: &Case) -> Result<StepTimes> {
    let instructions = InstructionSet::available();
    let sets: Vec<(String, Vectorized)> = instructions
        .iter()
        .map(|&set| (format!("{set:?}").to_lowercase(), Vectorized::with(set)))
        .collect();
    let batched = Batched::default();
    let mut contestants = vec![forward_backward(&Scalar, case)?, plain(case)];
    for (name, backend) in sets.iter().rev() {
        contestants.push(named(name, backend, case)?);
    }
    contestants.push(named("batched", &batched, case)?);
    contestants.push(copy(case));
    contestants.push(copy_on_all_threads(case));
    let widest = &Vectorized::default();
    for passes in [Passes::Textbook, Passes::Two, Passes::Online, Passes::One] {
        let name = format!("{passes:?}").to_lowercase();
        contestants.push(Contestant::new(name, move |_| {
            black_box(widest.losses_by(passes, &case.batch()));
        }));
    }
    Ok(StepTimes::of(case, contestants))
}

/// Measures rows one by one, and rows as lanes.
fn rows_one_by_one_and_as_lanes(case: &Case) -> Result<StepTimes> {
    let widest = &Vectorized::default();
    let batch = case.batch();
    let row_by_row = move |grad: &mut [f32]| {
        let grads = grad.chunks_mut(batch.classes()).enumerate();
        let sums = grads.map(|(row, grad)| {
            let row = batch.part(row..row + 1);
            widest.backward_with_sum(row.grad_out(grad).expect("one row of it"))
        });
        black_box(sums.sum::<f64>());
    };
    let contestants = vec![
        Contestant::new("row by row", row_by_row),
        named("rows as lanes", widest, case)?,
        copy(case),
    ];
    Ok(StepTimes::of(case, contestants))
}

impl StepTimes {
    fn of(case: &Case, contestants: Vec<Contestant<'_>>) -> Self {
        let times = race(contestants, &mut vec![0.0; case.logits.len()], ROUNDS);
        let a_logit = 1e6 / case.logits.len() as f64;
        let nanoseconds = times.into_iter().map(|times| {
            (
                times.name.replace(", ", "_").replace([' ', '-'], "_"),
                (times.milliseconds() * a_logit).into(),
            )
        });
        StepTimes {
            rows: case.batch().rows(),
            classes: case.classes,
            nanoseconds: nanoseconds.collect(),
        }
    }
}

/// Returns a contestant for loss and gradient with a name of its own, if its results are right.
fn named<'a>(
    name: &str,
    backend: &'a dyn Backend,
    case: &'a Case,
) -> Result<Contestant<'a>, Refused> {
    check(backend, case)?;
    let batch = case.batch();
    Ok(Contestant::new(name, move |grad| {
        let out = batch.grad_out(grad).expect("the buffer has the length of the logits");
        black_box(backend.forward_backward(out));
    }))
}
