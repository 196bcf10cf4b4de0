//! The race of the last exercise: `cargo learn bench`.
//!
//! `FourthBackend` first has to keep every law, and to be right on the very batches: what is
//! wrong is not timed. Then it runs in turn with the stages of the course, a plain loop, and a
//! copy of the memory.

#[path = "../src/e27_fourth_backend.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e27_fourth_backend;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::sync::OnceLock;

use anyhow::{Result, anyhow};
use backend::Backend;
use bench::report::RaceReport;
use e27_fourth_backend::FourthBackend;

const ROUNDS: usize = 5;

/// What the first panic says, on whatever thread it happens.
static PANIC: OnceLock<String> = OnceLock::new();

fn main() -> ExitCode {
    println!("The laws first, then {ROUNDS} rounds: this takes a minute or two.\n");
    match race() {
        Ok(report) => {
            println!("Loss and gradient, milliseconds on {}:\n", report.machine);
            println!("{}", table(&report));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn race() -> Result<RaceReport> {
    let mut stages: Vec<Box<dyn Backend>> = vec![Box::new(FourthBackend)];
    stages.extend(bench::stages());
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let _ = PANIC.set(info.payload_as_str().unwrap_or("no message").to_owned());
    }));
    let measure = AssertUnwindSafe(|| RaceReport::measure(&stages, ROUNDS));
    let measured = panic::catch_unwind(measure);
    panic::set_hook(hook);
    match measured {
        Ok(report) => Ok(report?),
        Err(_) => Err(anyhow!(why_it_ended())),
    }
}

/// What is said where a method did not return.
fn why_it_ended() -> String {
    let says = PANIC.get().map_or("no message", String::as_str);
    match says.strip_prefix("not yet implemented") {
        Some(gap) => format!(
            "the fourth backend is not written yet{gap}\n`cargo learn run 27` says what is left"
        ),
        None => format!("what panics is not timed: {says}"),
    }
}

/// A line for each contestant, a column for each shape.
fn table(report: &RaceReport) -> String {
    let mut table = format!("{:18}", "");
    for shape in &report.shapes {
        table += &format!("{:>14}", format!("{} x {}", shape.rows, shape.classes));
    }
    let contestants = report.shapes.first().map_or(0, |shape| shape.milliseconds.len());
    for i in 0..contestants {
        table += &format!("\n{:18}", report.shapes[0].milliseconds[i].0);
        for shape in &report.shapes {
            table += &format!("{:14.2}", shape.milliseconds[i].1);
        }
    }
    table
}
