//! The runner behind `cargo learn`: it leads a reader through the exercises, and checks them.
//!
//! It is a program, and its library is for its own tests: other rooms take the catalog of the
//! exercises from [`exercises`]. The runner never links an answer, so an answer that doesn't
//! compile can't stop it. What a check says of an answer belongs to the check, not here.
//!
//! | module | what it is |
//! |---|---|
//! | [`checks`] | an exercise compiled, and each of its checks run with a time limit |
//! | `mistakes` | the results of known mistakes, and how an answer is recognized by them |
//! | `panics` | what a check says when it fails, worded for the reader |
//! | `files` | files that are written whole or not at all, and copies of answers |
//! | [`process`] | a process that ends when its time is up, or when the runner is stopped |
//! | [`progress`] | what has been solved, in a file that git ignores |
//! | [`show`] | what is printed |
//! | [`watch`] | checks again whenever a file is saved |
//! | [`change`] | differences from the solution, the way back to the start, and the way forth |
//! | [`verify`] | whether the exercises themselves are right, for authors and for CI |
//! | `trials` | which of that only compiling and running them shows |
//! | [`overview`] | all exercises in one table, for teachers |
//! | [`scratch`] | a copy of the exercises, in which answers are tried |
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

/// The exercises: what is next, checked, hinted at.
#[derive(Parser)]
#[command(bin_name = "cargo learn", version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// All exercises, and which are solved.
    List,
    /// Checks an exercise: the next open one, unless it is named.
    Run { exercise: Option<String> },
    /// Checks again whenever a file is saved. Keys bring the next exercise, a hint or the list.
    Watch,
    /// A hint, and each time one more.
    Hint { exercise: Option<String> },
    /// How an answer differs from the solution, once it passes.
    Diff {
        exercise: String,
        /// Show the solution before that.
        #[arg(long)]
        give_up: bool,
    },
    /// Brings the start back, of one exercise or of all. A copy of the answer is kept.
    Reset {
        #[arg(required_unless_present = "all")]
        exercise: Option<String>,
        #[arg(long, conflicts_with = "exercise")]
        all: bool,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Brings an answer back that `reset` has kept.
    Restore {
        exercise: String,
        /// 1 for the copy whose name ends in `.rs.1`; the newest copy, unless you name one
        number: Option<u32>,
    },
    /// Races the backend of the last exercise against the stages of the course.
    Bench,
    /// For authors: whether starts, solutions, checks and hints are as they should be.
    Verify {
        /// Only this one.
        exercise: Option<String>,
        /// Write every start from its solution, over whatever is there, and the results of every
        /// known mistake.
        #[arg(long)]
        write: bool,
    },
}

/// Does what was asked for, with the exercises below a root. The answer is whether all that
/// was checked is right.
///
/// # Errors
/// If there is no such exercise, or a file or process fails.
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

/// What the commands share: the exercises, what is known of the reader, and where to print.
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

    /// Checks an exercise, and says what is wrong or what is next.
    fn check(&mut self, exercise: &Exercise) -> Result<bool> {
        let solved = self.show_check(exercise)?;
        if solved {
            self.show_what_follows(exercise)?;
        }
        Ok(solved)
    }

    /// Checks an exercise, says what is wrong, and notes whether it's solved. The reader sees
    /// the result even if it can't be noted.
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

    /// Whether the reader's file is still what was shipped.
    fn is_untouched(&self, exercise: &Exercise) -> Result<bool> {
        Ok(fs::read(exercise.answer(self.root))? == self.start(exercise)?)
    }

    /// Returns what an exercise is shipped as.
    fn start(&self, exercise: &Exercise) -> Result<Vec<u8>> {
        Ok(gaps::starter(&read(&exercise.solution(self.root))?)?.into_bytes())
    }

    /// Returns a path as the reader calls it, from the root of the repository.
    fn short<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(self.root).unwrap_or(path)
    }
}

/// The root of the repository: where it is now, if cargo runs this program, since one that was
/// moved with its `target` folder is not built again.
pub fn root() -> PathBuf {
    let built_in = || env!("CARGO_MANIFEST_DIR").into();
    let runner = env::var_os("CARGO_MANIFEST_DIR").map_or_else(built_in, PathBuf::from);
    runner.ancestors().nth(2).unwrap_or(&runner).to_owned()
}
