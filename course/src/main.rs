//! `cargo run`: the tour; `cargo run -- experiment`: what the loss does to a model.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use course::experiments;

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
    Experiment(experiments::Arguments),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let mut out = io::stdout().lock();
    let stages = course::stages();
    let result = match command {
        None => course::tour::run(&stages, &mut out),
        Some(Command::Experiment(of)) => experiments::run(&of, &stages, &mut out),
    };
    match result.and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the reader of the output, `head` perhaps, has seen enough.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
