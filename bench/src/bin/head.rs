//! The linear head's time and memory: `cargo run --release -p bench --features
//! head --bin head`.
//!
//! Each line of the table is a process of its own, since a process can't reset the
//! largest amount of memory that it has held: `... --bin head ROWS DEPTH CLASSES
//! SCHEDULE`, where SCHEDULE is `rows` or `vocabulary`, or `products` for the three matrix products
//! alone, which no schedule can do without. Extra memory is the peak resident size that Linux
//! reports, beyond the inputs and the gradients.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use backend::CrossEntropy;
use batched::Batched;
use batched::linear_head::{HeadGrads, LinearHead, Schedule};
use conformance::random::Random;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use ndarray::Array2;

const DEPTH: usize = 1024;
const CLASSES: usize = 32_000;
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [rows, depth, classes, schedule] = &arguments[..] {
        return measure(rows.parse()?, depth.parse()?, classes.parse()?, schedule);
    }
    println!(
        "| rows x depth x classes | schedule | ms | extra MiB |\n| --- | --- | --- | --- |"
    );
    for rows in [1024, 8192] {
        for schedule in ["rows", "vocabulary"] {
            let shape = [rows, DEPTH, CLASSES].map(|length| length.to_string());
            let status =
                Command::new(env::current_exe()?).args(shape).arg(schedule).status()?;
            ensure!(status.success(), "{schedule} with {rows} rows failed: {status}");
        }
    }
    Ok(())
}

fn measure(rows: usize, depth: usize, classes: usize, schedule: &str) -> Result<()> {
    let mut random = Random::new(1);
    let hidden =
        Array2::from_shape_vec((rows, depth), random.normals(rows * depth, 1.0))?;
    let scale = 3.0 / (depth as f32).sqrt();
    let weights = random.normals(classes * depth, scale);
    let weights = Array2::from_shape_vec((classes, depth), weights)?;
    let labels = random.below(rows, classes);
    let head = LinearHead::new(hidden.view(), weights.view())?;
    let mut grads = head.zero_grads();
    // We write to the gradients, so that Linux gives them their memory before we measure.
    grads.hidden.fill(1.0);
    grads.weights.fill(1.0);
    let before = kib_of("VmRSS:");
    let schedule_of = match schedule {
        "rows" => Some(Schedule::default()),
        "vocabulary" => Some(Schedule::Vocabulary(512)),
        "products" => None,
        _ => bail!("{schedule} is no schedule"),
    };
    let loss = CrossEntropy::default();
    let backend = Batched::default();
    let mut logits =
        Array2::ones(if schedule_of.is_none() { (rows, classes) } else { (0, 0) });
    let mut run = || -> Result<()> {
        match schedule_of {
            Some(schedule) => {
                let grads = &mut grads;
                black_box(
                    backend
                        .head_loss_and_grads(&loss, &head, &labels, schedule, grads)?,
                );
            }
            None => products(&hidden, &weights, &mut logits, &mut grads),
        }
        Ok(())
    };
    run()?;
    let extra = kib_of("VmHWM:").zip(before).map(|(most, before)| most - before);
    let mut milliseconds = vec![];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run()?;
        milliseconds.push(1e3 * start.elapsed().as_secs_f64());
    }
    milliseconds.sort_by(f64::total_cmp);
    let extra = extra.map_or("unknown".into(), |kib| format!("{:.1}", kib / 1024.0));
    let median = milliseconds[ROUNDS / 2];
    println!("| {rows} x {depth} x {classes} | {schedule} | {median:.0} | {extra} |");
    Ok(())
}

/// Computes the logits, and with the logits in the place of their gradient, the two products that
/// make the gradients of the head. It has the library of stage 3, and all threads.
fn products(
    hidden: &Array2<f32>,
    weights: &Array2<f32>,
    logits: &mut Array2<f32>,
    grads: &mut HeadGrads,
) {
    let (hidden, weights) = (matrix(hidden), matrix(weights));
    multiply(logits, hidden, weights.transpose());
    let grad = matrix(logits);
    multiply(&mut grads.hidden, grad, weights);
    multiply(&mut grads.weights, grad.transpose(), hidden);
}

fn matrix(array: &Array2<f32>) -> MatRef<'_, f32> {
    let numbers = array.as_slice().expect("a new array is row-major");
    MatRef::from_row_major_slice(numbers, array.nrows(), array.ncols())
}

fn multiply(out: &mut Array2<f32>, a: MatRef<'_, f32>, b: MatRef<'_, f32>) {
    let (rows, columns) = out.dim();
    let numbers = out.as_slice_mut().expect("a new array is row-major");
    let out = MatMut::from_row_major_slice_mut(numbers, rows, columns);
    matmul(out, Accum::Replace, a, b, 1.0, Par::rayon(0));
}

/// Returns the KiB that this process holds (`VmRSS:`), or has held at most (`VmHWM:`).
fn kib_of(what: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
