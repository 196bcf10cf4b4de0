//! The growth of the time: with rows, with classes, and with threads. `cargo run --release -p
//! bench --bin scaling` prints tables; `-- --save` writes `bench/data/scaling.json`, too.
//!
//! A line on logarithmic axes has a slope, which is 1 if the time is in proportion. Below
//! a few thousand logits a call has costs of its own, and the slope is smaller.
#![forbid(unsafe_code)]

use std::env;
use std::hint::black_box;

use anyhow::Result;
use backend::Backend;
use batched::Batched;
use bench::race::{Contestant, Times, race};
use bench::report::DEVIATION;
use bench::scaling::{Curve, Point, Scaling};
use bench::{machine, save, today};
use conformance::case::Case;
use conformance::random::Random;

const ROUNDS: usize = 7;
/// The lengths, over four decades.
const LENGTHS: [usize; 9] = [1, 3, 10, 32, 100, 316, 1000, 3162, 10_000];
const HELD_CLASSES: usize = 1000;
const HELD_ROWS: usize = 32;
/// The fewest classes, which are multiplied by each of the lengths.
const FEWEST_CLASSES: usize = 10;

fn main() -> Result<()> {
    let backend = Batched::default();
    let rows = curve(&backend, HELD_CLASSES, &LENGTHS, |rows| (rows, HELD_CLASSES));
    let classes = LENGTHS.map(|size| FEWEST_CLASSES * size);
    let classes = curve(&backend, HELD_ROWS, &classes, |classes| (HELD_ROWS, classes));
    let scaling = Scaling {
        command: "cargo run --release -p bench --bin scaling -- --save".to_owned(),
        date: today(),
        machine: machine(),
        rows,
        classes,
        threads: threads()?,
    };
    print_points(&format!("rows, of {HELD_CLASSES} classes"), &scaling.rows.points);
    println!("slope {:.3}\n", scaling.rows.slope);
    print_points(&format!("classes, in {HELD_ROWS} rows"), &scaling.classes.points);
    println!("slope {:.3}\n", scaling.classes.slope);
    print_points("threads, at 4096 x 1000", &scaling.threads);
    if env::args().any(|argument| argument == "--save") {
        save("scaling.json", &scaling)?;
    }
    Ok(())
}

fn print_points(title: &str, points: &[Point]) {
    println!("{title:>22}            ms");
    for Point { at, milliseconds } in points {
        println!("{at:>22}  {milliseconds:12.5}");
    }
}

fn curve(
    backend: &dyn Backend,
    held: usize,
    lengths: &[usize],
    shape: fn(usize) -> (usize, usize),
) -> Curve {
    let cases: Vec<Case> = lengths
        .iter()
        .map(|&length| {
            let (rows, classes) = shape(length);
            Random::new(1).labels(rows, classes, DEVIATION)
        })
        .collect();
    let contestants = cases.iter().map(|case| contestant(backend, case)).collect();
    let points = points(lengths, &timed(contestants, &cases));
    let slope = slope(&points[points.len() - 4..]);
    Curve { held, points, slope }
}

fn threads() -> Result<Vec<Point>> {
    let counts: Vec<usize> = (1..=rayon::current_num_threads()).collect();
    let backends = counts
        .iter()
        .map(|&threads| Batched::with_threads(threads))
        .collect::<Result<Vec<_>, _>>()?;
    let cases = [Random::new(1).labels(4096, 1000, DEVIATION)];
    let contestants =
        backends.iter().map(|backend| contestant(backend, &cases[0])).collect();
    Ok(points(&counts, &timed(contestants, &cases)))
}

/// Returns a contestant for loss and gradient, in as much of the buffer as they need.
fn contestant<'a>(backend: &'a dyn Backend, case: &'a Case) -> Contestant<'a> {
    let batch = case.batch();
    Contestant::new(backend.name(), move |buffer| {
        let out = batch.grad_out(&mut buffer[..case.logits.len()]);
        black_box(backend.forward_backward(out.expect("it has its length")));
    })
}

fn timed(contestants: Vec<Contestant<'_>>, cases: &[Case]) -> Vec<Times> {
    let longest = cases.iter().map(|case| case.logits.len()).max().unwrap_or(0);
    race(contestants, &mut vec![0.0; longest], ROUNDS)
}

fn points(at: &[usize], times: &[Times]) -> Vec<Point> {
    let pairs = at.iter().zip(times);
    pairs.map(|(&at, times)| Point { at, milliseconds: times.milliseconds() }).collect()
}

/// Returns the slope of the line of least squares through the logarithms.
fn slope(points: &[Point]) -> f64 {
    let logs = points.iter().map(|p| ((p.at as f64).ln(), p.milliseconds.ln()));
    let logs: Vec<(f64, f64)> = logs.collect();
    let count = logs.len() as f64;
    let mean_x = logs.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logs.iter().map(|(_, y)| y).sum::<f64>() / count;
    let products = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum::<f64>();
    let squares = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>();
    products / squares
}
