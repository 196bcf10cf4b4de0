//! The tour, `cargo run`, and the experiments on the effect of the loss, `cargo run -- experiment`.
//!
//! This room is a program for visitors, and nothing depends on it. Code that another room
//! could use belongs to that room: an experiment to `training`, a measurement to `bench`.
#![forbid(unsafe_code)]

mod chart;
mod experiments;
mod scenes;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use text::program;

/// Cross-Entropy, Three Ways: a tour of the course, in a few seconds.
///
/// The same batch through every stage, what breaks without care, and a classifier that
/// learns real handwritten digits.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Runs an experiment on real data: what the loss does to a model.
    Experiment(experiments::Options),
}

fn main() -> ExitCode {
    program::run(|Arguments { command }, out| {
        let stages = bench::stages();
        match command {
            None => scenes::show(&stages, out)?,
            Some(Command::Experiment(options)) => {
                experiments::run(options, &stages, out)?;
            }
        }
        Ok(true)
    })
}
