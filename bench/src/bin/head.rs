//! The linear head's time and memory: `cargo run --release -p bench --features
//! head --bin head`.
//!
//! Each line of the table is a process of its own, since a process can't reset the
//! largest amount of memory that it has held: `... --bin head ROWS DEPTH CLASSES
//! SCHEDULE`, where SCHEDULE is `rows` or `vocabulary`. Extra memory is the peak resident
//! size that Linux reports, beyond the inputs and the gradients.
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
    let run = |grads: &mut HeadGrads| -> Result<()> {
        let schedule = match schedule {
            "rows" => Schedule::default(),
            "vocabulary" => Schedule::Vocabulary(512),
            _ => bail!("{schedule} is no schedule"),
        };
        let loss = CrossEntropy::default();
        let backend = Batched::default();
        black_box(backend.head_loss_and_grads(&loss, &head, &labels, schedule, grads)?);
        Ok(())
    };
    run(&mut grads)?;
    let extra = kib_of("VmHWM:").zip(before).map(|(most, before)| most - before);
    let mut milliseconds = vec![];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run(&mut grads)?;
        milliseconds.push(1e3 * start.elapsed().as_secs_f64());
    }
    milliseconds.sort_by(f64::total_cmp);
    let extra = extra.map_or("unknown".into(), |kib| format!("{:.1}", kib / 1024.0));
    let median = milliseconds[ROUNDS / 2];
    println!("| {rows} x {depth} x {classes} | {schedule} | {median:.0} | {extra} |");
    Ok(())
}

/// Returns the KiB that this process holds (`VmRSS:`), or has held at most (`VmHWM:`).
fn kib_of(what: &str) -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(what))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
