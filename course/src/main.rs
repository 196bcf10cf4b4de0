//! `cargo run`: the tour; `cargo run -- experiment`: what the loss does to a model;
//! `cargo learn`: the exercises.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use course::text::{self, Wrapping};
use course::{experiments, learn};

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
    /// The exercises: what is next, checked, hinted at. `cargo learn` is short for it.
    #[command(override_usage = "cargo learn [COMMAND]")]
    Learn(learn::Arguments),
}

fn main() -> ExitCode {
    let width = text::width();
    let command = match Arguments::try_parse() {
        Ok(Arguments { command }) => command,
        Err(usage) => return show(&usage, width),
    };
    let mut out = Wrapping::new(io::stdout().lock(), width);
    let stages = course::stages();
    let result = match command {
        None => course::tour::run(&stages, &mut out).map(|()| true),
        Some(Command::Experiment(of)) => {
            experiments::run(&of, &stages, &mut out).map(|()| true)
        }
        Some(Command::Learn(what)) => {
            let stopped = learn::process::stop_children_with_the_runner();
            stopped.and_then(|()| learn::run(&learn::root(), &what, &mut out))
        }
    };
    let flushed = out.flush();
    match result.and_then(|is_right| Ok((is_right, flushed?))) {
        Ok((true, ())) => ExitCode::SUCCESS,
        Ok((false, ())) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", text::wrapped(&format!("error: {error}"), width));
            ExitCode::FAILURE
        }
    }
}

/// Shows a help text, or what's wrong with the arguments.
fn show(usage: &clap::Error, width: usize) -> ExitCode {
    let (to_stderr, text) = (usage.use_stderr(), usage.render());
    let has_colors = if to_stderr {
        console::colors_enabled_stderr()
    } else {
        console::colors_enabled()
    };
    let text = if has_colors { text.ansi().to_string() } else { text.to_string() };
    let mut to: Box<dyn Write> =
        if to_stderr { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
    // If nobody reads on, that's all right.
    let _ = to.write_all(text::wrapped(&text, width).as_bytes());
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}

/// Whether the reader of the output, `head` perhaps, has seen enough.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
