//! An exercise compiled, and each of its checks run by itself, with a time limit: an endless
//! loop, a panic or an overflowed stack ends that check, and nothing else.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::mem;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use conformance::laws;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::catalog::{Exercise, read};
use super::process::{self, cargo};

/// How long a check may run.
const LIMIT: Duration = Duration::from_secs(20);
const RUNS_ON: &str =
    "still running after 20 seconds: is there a loop that does not end?";

/// What a gap says that is still open.
pub(super) const NOT_WRITTEN: &str = "not written yet";

/// What came of checking an exercise.
pub enum Outcome {
    /// The compiler has said why.
    DoesNotCompile,
    /// Cargo couldn't start the compiler, and has said why.
    NotBuilt,
    /// Each check, in the order of the file.
    Checked(Vec<Check>),
}

/// One check.
pub struct Check {
    /// What is true if it passes.
    pub name: String,
    /// How it ended.
    pub end: End,
    /// The lines that the reader's program printed.
    pub printed: Vec<String>,
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
            Outcome::DoesNotCompile | Outcome::NotBuilt => false,
            Outcome::Checked(checks) => {
                checks.iter().all(|check| check.end.failure().is_none())
            }
        }
    }
}

/// The failing check that says most, by its name, and its message: the first check that
/// recognizes a mistake, or else the first that fails.
pub fn most_telling(checks: &[Check]) -> Option<(&str, &str)> {
    let failing = || checks.iter().filter_map(|c| Some((&*c.name, c.end.failure()?)));
    let recognized = failing().find(|(_, says)| names_a_mistake(says));
    recognized.or_else(|| failing().next())
}

/// Whether a message names a mistake that its check has recognized.
pub fn names_a_mistake(says: &str) -> bool {
    after(MISTAKE, says).is_some()
}

/// Before the name of a mistake that a check recognizes by its result.
const MISTAKE: &str = "  mistake ";
/// Before the cause that a check guesses at.
const LIKELY: &str = "  likely ";

/// Returns the cause that a message names: a mistake, a guess, or "" if it names none.
pub fn cause(says: &str) -> &str {
    after(MISTAKE, says).or_else(|| after(LIKELY, says)).unwrap_or_default()
}

fn after<'a>(key: &str, says: &'a str) -> Option<&'a str> {
    says.lines().find_map(|line| line.strip_prefix(key)).map(str::trim)
}

/// Compiles the reader's file and runs its checks. On a terminal it shows what takes long.
///
/// # Errors
/// If the file is missing or no text, or if cargo cannot be started.
pub fn run(root: &Path, exercise: &Exercise) -> Result<Outcome, Box<dyn Error>> {
    let built = compiled(root, exercise)?;
    // Warnings, if it compiles.
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
            _ => check(executable, name)?,
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Outcome::Checked(ends))
}

/// Compiles the reader's file with its check. Cargo compares only times, so it takes an answer
/// that is older than the last build for the answer that was built: a copy that was brought
/// back with its time, for example. So the runner keeps the answer that each build was made of.
fn compiled(root: &Path, exercise: &Exercise) -> Result<Built, Box<dyn Error>> {
    let answer = text(&exercise.answer(root), exercise)?;
    let mut built = compile(root, exercise)?;
    if built.is_old
        && built.executable(exercise).is_some_and(|test| !is_of(test, &answer))
    {
        let check = exercise.checks(root);
        // As if the check had changed, so that cargo compiles it again.
        let file = File::options().append(true).open(&check);
        file.and_then(|file| file.set_modified(SystemTime::now()))
            .map_err(|error| format!("{}: {error}", check.display()))?;
        built = compile(root, exercise)?;
    }
    if let Some(test) = built.executable(exercise) {
        // If this can't be written, the next run compiles once more.
        let _ = fs::write(source_of(test), answer);
    }
    Ok(built)
}

/// Lets cargo compile a check, and shows what it does or waits for: in a line that changes on
/// a terminal, and in several lines in a log.
fn compile(root: &Path, exercise: &Exercise) -> Result<Built, Box<dyn Error>> {
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

/// Whether a test was made of an answer.
fn is_of(test: &Path, answer: &str) -> bool {
    let source = source_of(test);
    let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    // Cargo may have made the test anew without the runner.
    let is_newest = time(&source).is_some_and(|of_source| time(test) <= Some(of_source));
    is_newest && fs::read_to_string(source).is_ok_and(|source| source == answer)
}

/// Where the answer is kept that a test was made of.
fn source_of(test: &Path) -> PathBuf {
    test.with_added_extension("answer")
}

/// Returns an answer.
fn text(answer: &Path, exercise: &Exercise) -> Result<String, String> {
    fs::read_to_string(answer).map_err(|error| {
        let what = match error.kind() {
            ErrorKind::NotFound => "is not there".to_owned(),
            ErrorKind::InvalidData => "is not text in UTF-8".to_owned(),
            _ => format!("cannot be read ({error})"),
        };
        let (answer, id) = (answer.display(), exercise.id());
        format!("{answer} {what}; `cargo learn reset {id}` brings its start back")
    })
}

/// Returns the command that compiles the checks of exercises, and runs none.
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

/// The tests that a compiler has made, by name.
pub struct Built {
    executables: BTreeMap<String, PathBuf>,
    /// What the compiler said; if it was not even started, what cargo said.
    pub said: String,
    /// Whether the compiler found an error.
    is_refused: bool,
    /// Whether cargo found the last test up to date.
    is_old: bool,
}

impl Built {
    /// Runs the compiler, and passes on what cargo says on the way.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn from(
        command: &mut Command,
        each_line: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self, Box<dyn Error>> {
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

    /// Takes what matters from a message of cargo.
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
pub fn check(executable: &Path, name: String) -> Result<Check, Box<dyn Error>> {
    let mut command = Command::new(executable);
    command.args(["--exact", &name, "--nocapture"]).env("RUST_BACKTRACE", "1");
    // More than one, so that a test is named after it has run: see `Said`.
    command.arg("--test-threads=2").stderr(Stdio::piped());
    let ended = process::run(&mut command, Some(LIMIT))?;
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

/// The output of a test, taken apart.
struct Said {
    /// The lines that the reader's program printed.
    printed: Vec<String>,
    /// What the test library says of the test.
    result: String,
    /// What the panics say, and where those in the reader's file were.
    panics: String,
}

impl Said {
    /// Takes the output of one test apart. To standard output, the test library writes
    ///
    /// ```text
    ///
    /// running 1 test
    /// what the program prints
    /// test NAME ... ok
    ///
    /// test result: ok. 1 passed; ...
    /// ```
    ///
    /// and to standard error go, after what the program writes there, its panics.
    fn new(out: &str, err: &str, name: &str) -> Self {
        let out = out.strip_prefix("\nrunning 1 test\n").unwrap_or(out);
        // The last of them, since the program could print the same.
        let (out, result) =
            out.split_at(out.rfind(&format!("test {name}")).unwrap_or(out.len()));
        let (err, panics) = err.split_at(first_panic(err).unwrap_or(err.len()));
        let lines = out.lines().chain(err.trim_end().lines());
        Said {
            printed: lines.map(own_paths).collect(),
            result: result.to_owned(),
            panics: what_panics_say(panics),
        }
    }
}

/// Returns where the first panic, or another end of the thread, is told of.
fn first_panic(err: &str) -> Option<usize> {
    let mut start = 0;
    for line in err.split_inclusive('\n') {
        if is_frame(line) || line.contains("has overflowed its stack") {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// Whether the library says in a line that a thread panicked.
fn is_frame(line: &str) -> bool {
    line.starts_with("thread '") && line.contains(" panicked at ")
}

/// What is told of a panic.
#[derive(Default)]
struct Panic {
    message: String,
    /// The innermost place in the reader's file, if the panic was there or in a function that
    /// the reader called.
    place: Option<String>,
}

/// Returns what panics say and where they were, without what the library says around it.
fn what_panics_say(panics: &str) -> String {
    let mut said = vec![];
    let mut panic = Panic::default();
    let mut in_backtrace = false;
    for line in panics.lines() {
        if is_frame(line) {
            said.push(mem::take(&mut panic));
            in_backtrace = false;
        }
        if is_frame(line) || in_backtrace {
            panic.place = panic.place.or_else(|| place_in_answer(line));
        } else if line != "stack backtrace:"
            && !line.starts_with("note: run with `RUST_BACK")
        {
            panic.message += &format!("{line}\n");
        }
        in_backtrace |= line == "stack backtrace:";
        // Its last line.
        in_backtrace &= !line.starts_with("note: ");
    }
    said.push(panic);
    said.iter().map(Panic::to_string).collect()
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message.trim().replace("not yet implemented", NOT_WRITTEN);
        if !message.is_empty() {
            writeln!(f, "{message}")?;
        }
        self.place.iter().try_for_each(|place| writeln!(f, "  at {place}"))
    }
}

/// How an answer is called by the check that includes it.
const DETOURS: [&str; 2] = ["checks/../src/", r"checks\../src/"];

/// Returns the place of which a line tells, if it's in an answer.
fn place_in_answer(line: &str) -> Option<String> {
    let mut places = DETOURS.iter().filter_map(|detour| line.split_once(detour));
    places
        .next()
        .map(|(_, place)| format!("exercises/src/{}", place.trim_end_matches(':')))
}

/// Calls answers as the reader does.
fn own_paths(text: &str) -> String {
    let [unix, windows] = DETOURS;
    text.replace(unix, "src/").replace(windows, "src/")
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
        let guess = "wrong for 1\n\n  likely    the sign\n  read      chapter 1\n";
        let known = "wrong for 2\n\n  mistake   bits, not nats\n  read      chapter 1\n";
        let checks = [check("a", ""), check("b", guess), check("c", known)];
        assert_eq!(most_telling(&checks), Some(("c", known)));
        assert_eq!(most_telling(&checks[..2]), Some(("b", guess)));
        assert_eq!(most_telling(&checks[..1]), None);
        assert_eq!(
            [guess, known, RUNS_ON].map(cause),
            ["the sign", "bits, not nats", ""]
        );
    }

    #[test]
    fn a_panic_is_shown_without_its_frame() {
        let wrong = "thread 'a' (7) panicked at exercises/checks/a.rs:3:5:\nwrong for 1\n  \
                     got 2\nnote: run with `RUST_BACKTRACE=1` environment variable to \
                     display a backtrace\n";
        assert_eq!(what_panics_say(wrong), "wrong for 1\n  got 2\n");
        let open = "thread 'a' panicked at exercises/checks/../src/a.rs:3:5:\n\
                    not yet implemented: half of 1\n";
        let says = "not written yet: half of 1\n  at exercises/src/a.rs:3:5\n";
        assert_eq!(what_panics_say(open), says);
        assert_eq!(what_panics_say(""), "");
    }

    #[test]
    fn a_panic_in_a_library_is_told_with_the_place_of_the_call() {
        let panics = "thread 'a' (7) panicked at /home/me/ndarray/src/lib.rs:9:9:\n\
                      shapes differ\nstack backtrace:\n\
                      \x20  0: panic\n             at /home/me/ndarray/src/lib.rs:9:9\n\
                      \x20  1: inner\n             at ./checks/../src/a.rs:3:5\n\
                      \x20  2: outer\n             at ./checks/../src/a.rs:8:5\n\
                      note: Some details are omitted.\n\n\
                      thread 'a' (7) panicked at exercises/checks/a.rs:3:5:\n\
                      wrong for 1\n\nread\n";
        let says = "shapes differ\n  at exercises/src/a.rs:3:5\nwrong for 1\n\nread\n";
        assert_eq!(what_panics_say(panics), says);
    }

    #[test]
    fn what_the_program_printed_is_told_from_what_the_library_says() {
        let out =
            "\nrunning 1 test\nx = 1\ntest of mine, ytest a::b ... FAILED\n\nfailures:\n";
        let err = "[exercises/checks/../src/a.rs:3:5] x = 1\n\nthread 'a::b' (7) panicked at \
                   exercises/checks/../src/a.rs:3:5:\nno\n";
        let Said { printed, result, panics } = Said::new(out, err, "a::b");
        let lines = ["x = 1", "test of mine, y", "[exercises/src/a.rs:3:5] x = 1"];
        assert_eq!(printed, lines);
        assert_eq!(result, "test a::b ... FAILED\n\nfailures:\n");
        assert_eq!(panics, "no\n  at exercises/src/a.rs:3:5\n");
        let Said { printed, panics, .. } = Said::new(
            "\nrunning 1 test\nx",
            "\nthread 'a' (1) has overflowed its stack\n",
            "a",
        );
        assert_eq!(printed, ["x"]);
        assert_eq!(panics, "thread 'a' (1) has overflowed its stack\n");
    }
}
