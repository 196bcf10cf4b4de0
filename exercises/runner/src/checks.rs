//! Compiles an exercise, and runs each of its checks in a process of its own with a time limit:
//! an endless loop, a panic or a stack overflow ends that check, and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, anyhow};
use conformance::laws;
use exercises::catalog::{Exercise, read};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::mistakes::Mistakes;
use crate::panics::{Said, names_a_mistake, own_paths};
use crate::process::{self, cargo};

/// The time that a check may take.
const TIME_LIMIT: Duration = Duration::from_secs(20);
const RUNS_ON_MESSAGE: &str =
    "still running after 20 seconds: does your answer have a loop that doesn't end?";

/// The outcome of checking an exercise.
pub enum Outcome {
    /// The answer doesn't compile, and the compiler has said why.
    DoesNotCompile,
    /// Cargo couldn't start the compiler, and has said why.
    NotBuilt,
    /// The checks have run, in the order of the file.
    Checked(Vec<Check>),
}

/// A check that has run.
pub struct Check {
    /// The name, which is a sentence that is true if the check passes.
    pub name: String,
    /// The end of the check.
    pub end: End,
    /// The lines that the reader's program printed.
    pub printed: Vec<String>,
}

/// The end of a check.
pub enum End {
    /// The check passes: its name is true.
    Passes,
    /// The check fails, with this message.
    Fails(String),
    /// The check was still running when its time was up.
    RunsOn,
    /// An earlier check ran on, and so would this one.
    NotRun,
}

impl End {
    /// Returns the message of a check that doesn't pass.
    pub fn failure(&self) -> Option<&str> {
        match self {
            End::Passes => None,
            End::Fails(says) => Some(says),
            End::RunsOn => Some(RUNS_ON_MESSAGE),
            End::NotRun => Some("not run, because an earlier check doesn't end"),
        }
    }
}

impl Outcome {
    /// Returns whether the exercise is solved.
    pub fn all_pass(&self) -> bool {
        match self {
            Outcome::DoesNotCompile | Outcome::NotBuilt => false,
            Outcome::Checked(checks) => {
                checks.iter().all(|check| check.end.failure().is_none())
            }
        }
    }
}

/// Returns the name and the message of the failing check that says most: the first one that
/// recognizes a mistake, or else the first one that fails.
pub fn most_telling(checks: &[Check]) -> Option<(&str, &str)> {
    let failing = || checks.iter().filter_map(|c| Some((&*c.name, c.end.failure()?)));
    let recognized = failing().find(|(_, says)| names_a_mistake(says));
    recognized.or_else(|| failing().next())
}

/// Compiles the reader's file and runs its checks. On a terminal it shows the progress.
///
/// # Errors
/// Fails if the file is missing or isn't text, or if cargo can't be started.
pub fn run(root: &Path, exercise: &Exercise) -> Result<Outcome> {
    let built = compiled(root, exercise)?;
    // If the file compiles, these are warnings.
    eprint!("{}", built.said);
    let Some(executable) = built.executable(exercise) else {
        return Ok(if built.is_refused {
            Outcome::DoesNotCompile
        } else {
            Outcome::NotBuilt
        });
    };
    let names = names(executable, &read(&exercise.checks(root))?)?;
    let bar = ProgressBar::new(names.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?);
    let mut ends: Vec<Check> = vec![];
    for name in names {
        bar.set_message(name.clone());
        ends.push(match ends.last() {
            Some(Check { end: End::RunsOn | End::NotRun, .. }) => {
                Check { name, end: End::NotRun, printed: vec![] }
            }
            _ => check(executable, name, Backtrace::Kept)?,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Mistakes::read(root)?.name(exercise, &mut ends);
    Ok(Outcome::Checked(ends))
}

/// Compiles the reader's file with its check. Cargo compares only times: if you bring back a copy
/// with its old time, cargo believes that it has built this answer already. So the runner keeps
/// the answer that each build was made of.
fn compiled(root: &Path, exercise: &Exercise) -> Result<Built> {
    let answer = text(&exercise.answer(root), exercise)?;
    let mut built = compile(root, exercise)?;
    if built.is_old
        && built.executable(exercise).is_some_and(|test| !is_of(test, &answer))
    {
        let check = exercise.checks(root);
        // We pretend that the check has changed, so that cargo compiles it again.
        let file = File::options().append(true).open(&check);
        file.and_then(|file| file.set_modified(SystemTime::now()))
            .with_context(|| check.display().to_string())?;
        built = compile(root, exercise)?;
    }
    if let Some(test) = built.executable(exercise) {
        // If we can't write this, the next run compiles once more.
        let _ = fs::write(source_of(test), answer);
    }
    Ok(built)
}

/// Lets cargo compile a check, and shows its progress: in one line that changes on a terminal, or
/// in several lines in a log.
fn compile(root: &Path, exercise: &Exercise) -> Result<Built> {
    const TAKES_LONG: [&str; 3] = ["Blocking", "Compiling", "Downloading"];
    let bar = ProgressBar::new_spinner().with_message("Compiling");
    bar.set_style(ProgressStyle::with_template("{spinner} {elapsed:>3} {wide_msg}")?);
    bar.enable_steady_tick(Duration::from_millis(100));
    let shown = bar.clone();
    let built = Built::from(&mut compile_command(root, &[exercise]), move |line| {
        if shown.is_hidden() && TAKES_LONG.iter().any(|what| line.contains(what)) {
            eprint!("{line}");
        }
        shown.set_message(line.trim().to_owned());
    });
    bar.finish_and_clear();
    built
}

/// Returns whether a test was made of an answer.
fn is_of(test: &Path, answer: &str) -> bool {
    let source = source_of(test);
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    // Cargo may have made the test again without the runner.
    let is_newest = time(&source).is_some_and(|of_source| time(test) <= Some(of_source));
    is_newest && fs::read_to_string(source).is_ok_and(|source| source == answer)
}

/// Returns the path where we keep the answer that a test was made of.
fn source_of(test: &Path) -> PathBuf {
    test.with_added_extension("answer")
}

/// Returns the text of an answer.
fn text(answer: &Path, exercise: &Exercise) -> Result<String> {
    fs::read_to_string(answer).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::NotFound => "isn't there".to_owned(),
            ErrorKind::InvalidData => "isn't text in UTF-8".to_owned(),
            _ => format!("can't be read ({error})"),
        };
        let (answer, id) = (answer.display(), exercise.id());
        anyhow!("{answer} {what}; `cargo learn reset {id}` brings back its start")
    })
}

/// Returns the command that compiles the checks of exercises, without running them.
pub fn compile_command(root: &Path, exercises: &[&Exercise]) -> Command {
    let mut command = cargo(root);
    command.args(["test", "--no-run", "-p", "exercises", "--message-format"]);
    command.arg(match console::colors_enabled_stderr() {
        true => "json-diagnostic-rendered-ansi",
        false => "json",
    });
    for exercise in exercises {
        command.args(["--test", &exercise.name]);
    }
    command.stderr(Stdio::piped());
    command
}

/// The tests that the compiler has made, by name.
pub struct Built {
    executables: BTreeMap<String, PathBuf>,
    /// The compiler's message or, if it wasn't even started, cargo's message.
    pub said: String,
    /// Tells whether the compiler found an error.
    is_refused: bool,
    /// Tells whether cargo found the last test up to date.
    is_old: bool,
}

impl Built {
    /// Runs the compiler, and passes on each line that cargo prints.
    ///
    /// # Errors
    /// Fails if the compiler can't be started.
    pub fn from(
        command: &mut Command,
        each_line: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self> {
        let ended = process::run_with(command, None, each_line)?;
        let mut built = Built {
            executables: BTreeMap::new(),
            said: String::new(),
            is_refused: false,
            is_old: false,
        };
        for message in
            ended.out.lines().filter_map(|line| serde_json::from_str(line).ok())
        {
            built.note(&message);
        }
        let is_right = ended.status.is_some_and(|status| status.success());
        if !is_right && !built.is_refused {
            built.said += &ended.err;
        }
        Ok(built)
    }

    /// Notes the parts of a message of cargo that we need.
    fn note(&mut self, message: &Value) {
        let path = message["executable"].as_str();
        if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), path) {
            self.executables.insert(name.to_owned(), PathBuf::from(path));
            self.is_old = message["fresh"] == true;
        }
        let message = &message["message"];
        self.said += &own_paths(message["rendered"].as_str().unwrap_or(""));
        self.is_refused |= message["level"] == "error";
    }

    /// Returns the test of an exercise, or `None` if it doesn't compile.
    pub fn executable(&self, exercise: &Exercise) -> Option<&Path> {
        self.executables.get(&exercise.name).map(PathBuf::as_path)
    }
}

/// Returns the checks of a test in the order of the file, with the laws in their own order.
///
/// # Errors
/// Fails if the test can't be started.
pub fn names(executable: &Path, source: &str) -> Result<Vec<String>> {
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

/// The choice between a panic with and without the calls that led to it, which tell the reader the
/// line of a mistake. Reading them out of the executable takes ten times as long as most checks.
#[derive(Clone, Copy)]
pub enum Backtrace {
    /// Keeps the calls.
    Kept,
    /// Drops the calls, and keeps the message.
    Dropped,
}

/// Runs a check.
///
/// # Errors
/// Fails if the test can't be started.
pub fn check(executable: &Path, name: String, backtrace: Backtrace) -> Result<Check> {
    let mut command = Command::new(executable);
    command.args(["--exact", &name, "--nocapture"]);
    command.env(
        "RUST_BACKTRACE",
        match backtrace {
            Backtrace::Kept => "1",
            Backtrace::Dropped => "0",
        },
    );
    // With more than one thread, a test is named after it has run: see `Said`.
    command.arg("--test-threads=2").stderr(Stdio::piped());
    let ended = process::run(&mut command, Some(TIME_LIMIT))?;
    let Said { printed, result, panics } = Said::new(&ended.out, &ended.err, &name);
    let end = match ended.status {
        None => End::RunsOn,
        Some(status) if status.success() && result.contains("1 passed") => End::Passes,
        Some(status) if panics.is_empty() => End::Fails(format!(
            "the answer ended the whole program ({status}), so nothing was checked\n"
        )),
        Some(_) => End::Fails(panics),
    };
    Ok(Check { name, end, printed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recognized_mistake_speaks_before_a_guess() {
        let check = |name: &str, says: &str| Check {
            name: name.to_owned(),
            end: if says.is_empty() { End::Passes } else { End::Fails(says.to_owned()) },
            printed: vec![],
        };
        let guess =
            "wrong for 1\n\n  likely    the sign\n  read      book/src/surprise.md\n";
        let known = "wrong for 2\n\n  mistake   bits, not nats\n  read      book/src/surprise.md\n";
        let checks = [check("a", ""), check("b", guess), check("c", known)];
        assert_eq!(most_telling(&checks), Some(("c", known)));
        assert_eq!(most_telling(&checks[..2]), Some(("b", guess)));
        assert_eq!(most_telling(&checks[..1]), None);
    }
}
