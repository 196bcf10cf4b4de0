//! The runner behind `cargo learn`: it leads a reader through the exercises, and checks them.
//!
//! The runner is a program, and only its own tests use this library: other crates take the
//! catalog of the exercises from [`exercises`]. The runner never links an answer, so an answer
//! that doesn't compile can't stop it. The messages about answers are in the checks, not here.
//!
//! | module | its job |
//! |---|---|
//! | [`checks`] | compiles an exercise, and runs each of its checks with a time limit |
//! | `mistakes` | holds the results of known mistakes, and recognizes an answer by them |
//! | `panics` | words the message of a failing check for the reader |
//! | `files` | writes files whole or not at all, and keeps copies of answers |
//! | [`process`] | ends a process when its time is up, or when you stop the runner |
//! | [`progress`] | keeps the solved exercises in a file that git ignores |
//! | [`show`] | prints |
//! | [`watch`] | checks again whenever you save a file |
//! | [`change`] | shows differences from the solution, and brings starts and answers back |
//! | [`verify`] | checks the exercises themselves, for authors and for CI |
//! | `trials` | does the part of that which needs a compiler |
//! | [`overview`] | lists all exercises in one table, for teachers |
//! | [`scratch`] | copies the exercises, and compiles answers in the copy |
#![forbid(unsafe_code)]

pub mod change;
pub mod checks;
mod files;
mod mistakes;
pub mod overview;
mod panics;
pub mod process;
pub mod progress;
pub mod scratch;
pub mod show;
mod trials;
pub mod verify;
pub mod watch;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Parser, Subcommand};
use exercises::catalog::{Catalog, Exercise, read};
use exercises::gaps;
use progress::Progress;

/// Leads you through the exercises: shows the next one, checks it, and gives hints.
#[derive(Parser)]
#[command(bin_name = "cargo learn", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Lists all exercises, and shows which ones you've solved.
    List,
    /// Checks the exercise that you name, or else the next open one.
    Run { exercise: Option<String> },
    /// Checks again whenever you save. Press a key for the next exercise, a hint or the list.
    Watch,
    /// Shows a hint, and one more each time.
    Hint { exercise: Option<String> },
    /// Shows how your answer differs from the solution, once it passes.
    Diff {
        exercise: String,
        /// Show the solution even if your answer doesn't pass.
        #[arg(long)]
        give_up: bool,
    },
    /// Brings back the start of one exercise or of all, and keeps a copy of your answer.
    Reset {
        #[arg(required_unless_present = "all")]
        exercise: Option<String>,
        #[arg(long, conflicts_with = "exercise")]
        all: bool,
        /// Don't ask first.
        #[arg(long)]
        yes: bool,
    },
    /// Brings back an answer that `reset` has kept.
    Restore {
        exercise: String,
        /// 1 for the copy whose name ends in `.rs.1`; the newest copy, unless you name one
        number: Option<u32>,
    },
    /// Races the backend of the last exercise against the stages of the course.
    Bench,
    /// For authors: checks that starts, solutions, checks and hints are as they should be.
    Verify {
        /// Verify only this exercise.
        exercise: Option<String>,
        /// Write every start from its solution, replacing the file that's there, and write the
        /// results of every known mistake.
        #[arg(long)]
        write: bool,
    },
}

/// Runs a command on the exercises below a root. Returns whether everything that was checked is
/// right.
///
/// # Errors
/// Fails if there's no such exercise, or if a file or process fails.
pub fn run(root: &Path, arguments: &Arguments, out: &mut dyn Write) -> Result<bool> {
    let (catalog, progress) = (&Catalog::read(root)?, Progress::read(root)?);
    let mut learner = Learner { root, catalog, progress, out };
    match &arguments.command {
        None => learner.show_status()?,
        Some(Command::List) => learner.show_list()?,
        Some(Command::Run { exercise: Some(name) }) => {
            return learner.check(catalog.find(name)?);
        }
        Some(Command::Run { exercise: None }) => return learner.check_next(),
        Some(Command::Watch) => learner.watch()?,
        Some(Command::Hint { exercise: Some(name) }) => {
            learner.show_one_more_hint(catalog.find(name)?)?;
        }
        Some(Command::Hint { exercise: None }) => learner.hint_at_next()?,
        Some(Command::Diff { exercise, give_up }) => {
            learner.show_diff(catalog.find(exercise)?, *give_up)?;
        }
        Some(Command::Reset { exercise, yes, .. }) => {
            learner.reset(&catalog.one_or_all(exercise.as_deref())?, *yes)?;
        }
        Some(Command::Restore { exercise, number }) => {
            learner.restore(catalog.find(exercise)?, *number)?;
        }
        Some(Command::Bench) => return process::bench(root),
        Some(Command::Verify { exercise, write }) => {
            let chosen = catalog.one_or_all(exercise.as_deref())?;
            return verify::verify(root, catalog, &chosen, *write, learner.out);
        }
    }
    Ok(true)
}

/// The things that the commands share: the exercises, the reader's progress, and the output.
struct Learner<'a> {
    root: &'a Path,
    catalog: &'a Catalog,
    progress: Progress,
    out: &'a mut dyn Write,
}

impl<'a> Learner<'a> {
    /// Returns the first exercise that isn't solved.
    fn next(&self) -> Option<&'a Exercise> {
        self.catalog.all().iter().find(|exercise| !self.progress.is_solved(exercise))
    }

    fn check_next(&mut self) -> Result<bool> {
        match self.next() {
            Some(exercise) => self.check(exercise),
            None => self.show_finished().map(|()| true),
        }
    }

    fn hint_at_next(&mut self) -> Result<()> {
        match self.next() {
            Some(exercise) => self.show_one_more_hint(exercise),
            None => self.show_finished(),
        }
    }

    /// Checks an exercise, and shows the mistake or the next exercise.
    fn check(&mut self, exercise: &Exercise) -> Result<bool> {
        let solved = self.show_check(exercise)?;
        if solved {
            self.show_what_follows(exercise)?;
        }
        Ok(solved)
    }

    /// Checks an exercise, shows the result, and notes whether it's solved. The reader sees the
    /// result even if it can't be noted.
    fn show_check(&mut self, exercise: &Exercise) -> Result<bool> {
        let outcome = checks::run(self.root, exercise)?;
        let solved = outcome.all_pass();
        let noted = self.progress.note(exercise, solved);
        self.show_outcome(exercise, &outcome)?;
        self.warn_unless_saved(noted)?;
        Ok(solved)
    }

    fn warn_unless_saved(&mut self, noted: io::Result<()>) -> io::Result<()> {
        match noted {
            Ok(()) => Ok(()),
            Err(error) => writeln!(self.out, "\nYour progress can't be saved: {error}"),
        }
    }

    /// Returns whether the reader's file is still the start.
    fn is_untouched(&self, exercise: &Exercise) -> Result<bool> {
        Ok(fs::read(exercise.answer(self.root))? == self.start(exercise)?)
    }

    /// Returns the start of an exercise.
    fn start(&self, exercise: &Exercise) -> Result<Vec<u8>> {
        Ok(gaps::starter(&read(&exercise.solution(self.root))?)?.into_bytes())
    }

    /// Returns a path as the reader calls it, from the root of the repository.
    fn short<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root).unwrap_or(path)
    }
}

/// Returns the root of the repository. Cargo tells this program where the repository is now:
/// if you move it together with its `target` folder, cargo doesn't build the program again.
pub fn root() -> PathBuf {
    let built_in = || env!("CARGO_MANIFEST_DIR").into();
    let runner = env::var_os("CARGO_MANIFEST_DIR").map_or_else(built_in, PathBuf::from);
    runner.ancestors().nth(2).unwrap_or(&runner).to_owned()
}
