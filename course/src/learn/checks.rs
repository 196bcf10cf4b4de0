//! An exercise compiled, and each of its checks run by itself, with a time limit: an endless
//! loop, a panic or an overflowed stack ends that check, and nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use conformance::laws;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::catalog::{Exercise, read};
use super::process::{self, cargo};

/// How long a check may run.
const LIMIT: Duration = Duration::from_secs(20);
const RUNS_ON: &str =
    "still running after 20 seconds: is there a loop that does not end?";

/// What came of checking an exercise.
pub enum Outcome {
    /// The compiler has said why.
    DoesNotCompile,
    /// Each check, in the order of the file.
    Checked(Vec<Check>),
}

/// One check.
pub struct Check {
    /// What is true if it passes.
    pub name: String,
    /// How it ended.
    pub end: End,
}

/// How a check ended.
pub enum End {
    /// What its name says is true.
    Passes,
    /// It is not, and this is what was said.
    Fails(String),
    /// Its time was up.
    RunsOn,
    /// One before it ran on, and so would this one.
    NotRun,
}

impl End {
    /// What is said of a check that did not pass.
    pub fn failure(&self) -> Option<&str> {
        match self {
            End::Passes => None,
            End::Fails(says) => Some(says),
            End::RunsOn => Some(RUNS_ON),
            End::NotRun => Some("not run, since one before it does not end"),
        }
    }
}

impl Outcome {
    /// Whether the exercise is solved.
    pub fn all_pass(&self) -> bool {
        match self {
            Outcome::DoesNotCompile => false,
            Outcome::Checked(checks) => {
                checks.iter().all(|check| check.end.failure().is_none())
            }
        }
    }
}

/// Compiles the reader's file and runs its checks, with a bar on a terminal.
///
/// # Errors
/// If the file is missing or no text, or if cargo cannot be started.
pub fn run(root: &Path, exercise: &Exercise) -> Result<Outcome, Box<dyn Error>> {
    must_be_text(&exercise.answer(root), exercise)?;
    let mut command = compile_command(root, &[exercise]);
    // The compiler speaks to the reader.
    let built = Built::from(&mut command)?;
    let Some(executable) = built.executable(exercise) else {
        return Ok(Outcome::DoesNotCompile);
    };
    let names = names(executable, &read(&exercise.checks(root))?)?;
    let bar = ProgressBar::new(names.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}")?);
    let mut checks: Vec<Check> = vec![];
    for name in names {
        bar.set_message(name.clone());
        let end = match checks.last() {
            Some(Check { end: End::RunsOn | End::NotRun, .. }) => End::NotRun,
            _ => end(executable, &name)?,
        };
        checks.push(Check { name, end });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Outcome::Checked(checks))
}

fn must_be_text(answer: &Path, exercise: &Exercise) -> Result<(), Box<dyn Error>> {
    let Err(error) = fs::read_to_string(answer) else { return Ok(()) };
    let what = match error.kind() {
        ErrorKind::NotFound => "is not there".to_owned(),
        ErrorKind::InvalidData => "is not text in UTF-8".to_owned(),
        _ => format!("cannot be read ({error})"),
    };
    let id = exercise.id();
    Err(format!(
        "{} {what}; `cargo learn reset {id}` brings its start back",
        answer.display()
    )
    .into())
}

/// Compiles the checks of exercises, and runs none.
pub fn compile_command(root: &Path, exercises: &[&Exercise]) -> Command {
    let mut command = cargo(root);
    command.args(["test", "--quiet", "--no-run", "-p", "exercises"]);
    command.arg("--message-format=json-render-diagnostics");
    for exercise in exercises {
        command.args(["--test", &exercise.name]);
    }
    command
}

/// The tests that a compiler has made, by name.
pub struct Built {
    executables: BTreeMap<String, PathBuf>,
    /// What the compiler said, if it was not to say it to the reader.
    pub said: String,
}

impl Built {
    /// Runs the compiler.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn from(command: &mut Command) -> Result<Self, Box<dyn Error>> {
        let ended = process::run(command, None)?;
        let mut executables = BTreeMap::new();
        for message in
            ended.out.lines().filter_map(|line| serde_json::from_str(line).ok())
        {
            let message: Value = message;
            let path = message["executable"].as_str();
            if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), path) {
                executables.insert(name.to_owned(), PathBuf::from(path));
            }
        }
        Ok(Built { executables, said: ended.err })
    }

    /// The test of an exercise; `None` if it does not compile.
    pub fn executable(&self, exercise: &Exercise) -> Option<&Path> {
        self.executables.get(&exercise.name).map(PathBuf::as_path)
    }
}

/// The checks of a test, in the order in which the file has them, and laws in theirs.
///
/// # Errors
/// If the test cannot be started.
pub fn names(executable: &Path, source: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let list =
        process::run(Command::new(executable).args(["--list", "--format=terse"]), None)?;
    let names = list.out.lines().filter_map(|line| line.strip_suffix(": test"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    let laws = laws::all();
    names.sort_by_key(|name| {
        let own = name.rsplit("::").next().unwrap_or(name);
        let in_file = source.find(&format!("fn {own}(")).unwrap_or(source.len());
        (in_file, laws.iter().position(|law| law.name == own))
    });
    Ok(names)
}

/// Runs a check.
///
/// # Errors
/// If the test cannot be started.
pub fn end(executable: &Path, name: &str) -> Result<End, Box<dyn Error>> {
    let mut command = Command::new(executable);
    command.args(["--exact", name, "--nocapture"]).env("RUST_BACKTRACE", "0");
    let ended = process::run(command.stderr(Stdio::piped()), Some(LIMIT))?;
    Ok(match ended.status {
        None => End::RunsOn,
        Some(status) if !status.success() => End::Fails(without_frame(&ended.err)),
        Some(_) if ended.out.contains("1 passed") => End::Passes,
        Some(_) => End::Fails(
            "the answer ended the whole program, so nothing was checked".to_owned(),
        ),
    })
}

/// What a panic says, without what the library says around it.
fn without_frame(err: &str) -> String {
    let is_frame = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("thread '") && line.contains(" panicked at ")
            || line.starts_with("note: run with `RUST_BACKTRACE")
    };
    let lines: Vec<&str> = err.lines().filter(|line| !is_frame(line)).collect();
    lines.join("\n").trim().replace("not yet implemented: ", "not written yet: ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_shown_without_its_frame() {
        let err = "\nthread 'a' (7) panicked at checks/a.rs:3:5:\nwrong for 1\n  got 2\n\
                   note: run with `RUST_BACKTRACE=1` environment variable to display a \
                   backtrace\n";
        assert_eq!(without_frame(err), "wrong for 1\n  got 2\n");
        let open =
            "thread 'a' panicked at src/a.rs:3:5:\nnot yet implemented: half of 1\n";
        assert_eq!(without_frame(open), "not written yet: half of 1\n");
    }
}
