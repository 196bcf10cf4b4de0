//! The start and the end of a program: its lines fit the terminal, its exit code tells the outcome.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use crate::terminal::{Wrapping, width, wrapped};

/// Reads the arguments of a program, runs it, and shows the error that it ends with. The exit
/// code tells success from failure: the program returns `false` if it ran to its end, but found
/// something wrong.
pub fn run<Arguments: Parser>(
    program: impl FnOnce(&Arguments, &mut dyn Write) -> Result<bool>,
) -> ExitCode {
    let width = width();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return show(&usage, width),
    };
    let mut out = Wrapping::new(io::stdout().lock(), width);
    let result = program(&arguments, &mut out);
    let flushed = out.flush();
    match result.and_then(|is_right| Ok((is_right, flushed?))) {
        Ok((true, ())) => ExitCode::SUCCESS,
        Ok((false, ())) => ExitCode::FAILURE,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", wrapped(&format!("error: {error:#}"), width));
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
    // If the reader has gone, the text has no place left to go.
    let _ = to.write_all(wrapped(&text, width).as_bytes());
    ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(2))
}

/// Returns whether the reader of the output, `head` perhaps, has seen enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
