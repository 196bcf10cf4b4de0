//! The program `cargo learn`, which leads you through the exercises.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use runner::process::stop_children_with_the_runner;
use text::program;

fn main() -> ExitCode {
    program::run(|arguments, out| {
        stop_children_with_the_runner()?;
        runner::run(&runner::root(), arguments, out)
    })
}
