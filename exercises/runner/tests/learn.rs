//! The runner of the exercises, as you meet it, on a course of one exercise.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use clap::Parser;
use exercises::gaps;
use runner::Arguments;

const CATALOG: &str = r#"
[[exercise]]
name = "e01_half"
title = "One half"
page = "half"
minutes = 1
lines = 1
teaches = ["halves"]
needs = []
hints = ["A nudge.", "An idea.", "Nearly there."]

[[exercise.mutant]]
replace = "x / 2.0"
with = "x * 2.0"
reason = "upside down"
fails = "half_of_two_is_one"
says = "upside down"

[[exercise.mutant]]
replace = "x / 2.0"
with = "1.0"
reason = "right for one input"
fails = "half_of_zero_is_zero"
says = "1 for any x"
"#;

const SOLUTION: &str = r#"pub fn half(x: f64) -> f64 {
    // gap: todo!("half of {x:?}")
    x / 2.0
    // end of gap
}
"#;

const CHECKS: &str = r#"//! Write `half`.

#[path = "../src/e01_half.rs"]
mod e01_half;

#[test]
fn half_of_two_is_one() {
    let got = e01_half::half(2.0);
    assert!(
        got == 1.0,
        "wrong for 2\n\n  got       {got}\n  likely    not one half\n"
    );
}

#[test]
fn half_of_zero_is_zero() {
    let got = e01_half::half(0.0);
    assert!(
        got == 0.0,
        "wrong for 0\n\n  got       {got}\n  likely    not one half\n"
    );
}
"#;

const MISTAKES: &str = r#"{"e01_half": {
    "half_of_two_is_one: 2": {"0": "4"},
    "half_of_zero_is_zero: 0": {"1": "1"}
}}"#;

const MANIFEST: &str = r#"
[package]
name = "exercises"
version = "0.0.0"
edition = "2024"
"#;

/// A course of one exercise, in a folder of its own that's removed when the test ends.
struct Course(PathBuf);

impl Course {
    fn new(name: &str) -> Self {
        let root = std::env::temp_dir().join(format!("learn-{name}-{}", process::id()));
        for folder in ["src", "tests", "solutions", "benches"] {
            fs::create_dir_all(root.join("exercises").join(folder))
                .expect("a folder of its own");
        }
        fs::create_dir_all(root.join("book/src")).expect("a folder of its own");
        for (file, text) in [
            ("Cargo.toml", "[workspace]\nmembers = [\"exercises\"]\nresolver = \"3\"\n"),
            ("rustfmt.toml", ""),
            ("clippy.toml", ""),
            ("exercises/Cargo.toml", MANIFEST),
            ("exercises/exercises.toml", CATALOG),
            ("exercises/mistakes.json", MISTAKES),
            ("book/src/SUMMARY.md", "- [Half](half.md)\n"),
            ("exercises/README.md", "<!-- exercises -->\n<!-- end of exercises -->\n"),
            ("exercises/src/lib.rs", ""),
            ("exercises/tests/e01_half.rs", CHECKS),
            ("exercises/solutions/e01_half.rs", SOLUTION),
        ] {
            fs::write(root.join(file), text).expect("a folder of its own");
        }
        let mut lock = Command::new(env!("CARGO"));
        assert!(
            lock.arg("generate-lockfile")
                .current_dir(&root)
                .status()
                .expect("a folder of its own")
                .success()
        );
        let course = Course(root);
        course.answer(gaps::starter(SOLUTION).expect("its gaps are ended"));
        course
    }

    fn file(&self) -> PathBuf {
        self.0.join("exercises/src/e01_half.rs")
    }

    fn answer(&self, text: impl AsRef<[u8]>) {
        fs::write(self.file(), text).expect("a folder of its own");
    }

    /// Writes an answer that has this one line.
    fn line(&self, line: &str) {
        self.answer(format!("pub fn half(x: f64) -> f64 {{\n    {line}\n}}\n"));
    }

    /// Returns the text that a command prints, or its error, and whether all is right.
    fn learn(&self, words: &str) -> (String, bool) {
        let words = ["learn"].into_iter().chain(words.split_whitespace());
        let arguments = Arguments::parse_from(words);
        let mut out = vec![];
        let result = runner::run(&self.0, &arguments, &mut out);
        let printed = String::from_utf8(out).expect("it is text");
        match result {
            Ok(right) => (printed, right),
            Err(error) => (format!("{printed}{error:#}"), false),
        }
    }

    #[track_caller]
    fn says(&self, words: &str, right: bool, expected: &[&str]) {
        let (printed, is_right) = self.learn(words);
        for part in expected {
            assert!(printed.contains(part), "{words}: no `{part}` in\n{printed}");
        }
        assert_eq!(is_right, right, "{words}:\n{printed}");
    }
}

impl Drop for Course {
    fn drop(&mut self) {
        // If we can't remove the folder, it stays among the temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_exercise_goes_from_open_to_solved_and_back() {
    let course = Course::new("way");
    course.says(
        "",
        true,
        &["0 of 1 exercise.", "Next: e01, One half", "  Write `half`."],
    );
    course.says("", true, &["about 1 line and 1 minute, after book/src/half.md."]);
    course.says(
        "run",
        false,
        &[
            "OPEN   half_of_two_is_one",
            "not written yet: half of 2.0\n    at exercises/src/e01_half.rs:2:5",
        ],
    );
    course.says("diff 1", false, &["you haven't solved e01_half yet", "--give-up"]);
    course.says("hint", true, &["hints 1 of 3", "1. A nudge."]);
    course.says("hint half", true, &["hints 2 of 3", "2. An idea."]);

    course.line("x * 2.0");
    let wrong = [
        "mistake   upside down",
        "ok     half_of_zero",
        "1 of 2 checks",
        "learn hint e01",
    ];
    course.says("run 1", false, &wrong);
    course.line("x * 0.5");
    course.says("run", true, &["e01_half is solved", "solved all the exercises"]);
    course.says("list", true, &["done"]);
    course.says("diff 1", true, &["-    x * 0.5", "+    x / 2.0"]);

    // If the answer is wrong again, the exercise is open again.
    course.line("x");
    course.says("run 1", false, &["WRONG  half_of_two_is_one"]);
    course.says("", true, &["0 of 1"]);
}

#[test]
fn what_an_answer_does_cannot_stop_the_runner() {
    let course = Course::new("survival");
    course.line("panic!(\"on purpose, {x}\")");
    course.says("run", false, &["on purpose, 2"]);
    course.line("#[allow(unconditional_recursion)] fn down(x: f64) -> f64 { down(x) + 1.0 } down(x)");
    course.says("run", false, &["overflowed its stack"]);
    course.line("std::process::exit(x as i32 + 3)");
    course.says("run", false, &["WRONG"]);
    course.line("std::process::exit(0 * x as i32)");
    course.says("run", false, &["WRONG  half_of_two_is_one", "ended the whole program"]);
    course.line("x /");
    course.says("run", false, &["doesn't compile yet"]);
    course.answer([0xff, 0xfe]);
    course.says("run", false, &["isn't text in UTF-8", "cargo learn reset e01"]);
    fs::remove_file(course.file()).unwrap();
    course.says("run", false, &["isn't there", "cargo learn reset e01"]);
    course.says("reset 1", false, &["would reset e01_half", "--yes"]);
    course.says("reset 1 --yes", true, &["e01_half is as it was at the start"]);
    course.says("run", false, &["not written yet"]);
}

#[test]
fn the_check_that_recognizes_a_mistake_speaks_first() {
    let course = Course::new("speaker");
    course.line("x + 1.0");
    let both_fail =
        ["WRONG  half_of_two_is_one", "WRONG  half_of_zero_is_zero", "2 of 2"];
    course.says("run", false, &both_fail);
    let (printed, _) = course.learn("run");
    assert!(printed.contains("got       1\n    mistake   1 for any x"), "{printed}");
    assert!(!printed.contains("not one half"), "{printed}");
}

/// A check that takes all of its time spares the reader the time of the others.
#[test]
#[ignore = "takes 20 seconds; .ci/run runs it"]
fn a_loop_that_does_not_end_is_stopped_once() {
    let course = Course::new("loop");
    course.line("loop { std::hint::black_box(x); }");
    let start = Instant::now();
    course.says("run", false, &["still running after 20 seconds", "2 of 2 checks"]);
    assert!(start.elapsed() < Duration::from_secs(35));
}

#[test]
fn reset_keeps_every_answer() {
    let course = Course::new("reset");
    course.says("reset --all --yes", true, &["you haven't changed anything"]);
    for (number, line) in [(1, "x"), (2, "x + 1.0")] {
        course.line(line);
        let kept = format!("kept in exercises/src/e01_half.rs.{number}");
        course.says("reset --all --yes", true, &[&kept]);
        let kept = course.file().with_extension(format!("rs.{number}"));
        assert!(fs::read_to_string(kept).unwrap().contains(line));
    }
}

#[test]
fn an_answer_comes_back_after_a_reset() {
    let course = Course::new("restore");
    course.says("restore 1", false, &["no copy of e01_half", "cargo learn reset e01"]);
    course.line("x * 0.5");
    course.says("run", true, &["e01_half is solved"]);
    course.says("reset 1 --yes", true, &["cargo learn restore e01 1"]);
    course.says("run 1", false, &["OPEN"]);
    course.says("restore 1", true, &["as it was when exercises/src/e01_half.rs.1"]);
    course.says("run 1", true, &["e01_half is solved"]);

    // Nothing is lost on the way, and you can name an older copy.
    course.line("x * 0.25");
    let kept = ["Your answer is kept in exercises/src/e01_half.rs.2"];
    course.says("restore 1", true, &kept);
    course.says("run 1", true, &["e01_half is solved"]);
    course.says("restore 1 2", true, &["when exercises/src/e01_half.rs.2"]);
    assert!(fs::read_to_string(course.file()).unwrap().contains("x * 0.25"));
    course.says("restore 1 3", false, &["no copy 3 of e01_half"]);
}

/// A copy keeps the time of its file if `cp -p` or an archive makes it.
#[test]
fn an_answer_that_is_older_than_the_build_is_compiled() {
    let course = Course::new("times");
    course.line("x * 0.5");
    let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let set_back = || {
        let file = File::options().append(true).open(course.file()).unwrap();
        file.set_modified(an_hour_ago).unwrap();
    };
    set_back();
    course.says("run", true, &["e01_half is solved"]);
    course.says("reset 1 --yes", true, &[]);
    course.says("run 1", false, &["OPEN"]);
    course.line("x * 0.5");
    set_back();
    course.says("run 1", true, &["e01_half is solved"]);

    // The runner compiles the answer even if you've compiled an earlier one by hand.
    course.line("x");
    let mut by_hand = Command::new(env!("CARGO"));
    by_hand.args(["test", "--quiet", "--no-run", "-p", "exercises"]);
    assert!(by_hand.current_dir(&course.0).status().unwrap().success());
    course.line("x * 0.5");
    set_back();
    course.says("run 1", true, &["e01_half is solved"]);
}

#[test]
fn what_an_answer_prints_is_shown_with_each_check() {
    let course = Course::new("prints");
    course.line("println!(\"x is {x}\"); dbg!(x * 0.5)");
    let printed = [
        "ok     half_of_two_is_one\n         | x is 2\n         | [exercises/src/e01_half.rs:2:",
        "ok     half_of_zero_is_zero\n         | x is 0\n",
        "e01_half is solved",
    ];
    course.says("run", true, &printed);

    course.line(
        "for i in 1..=1_000_000 { println!(\"step {i}\"); } [x / 2.0][1.min(x as usize)]",
    );
    let printed = [
        "| step 6\n         | ...\n         | step 999995\n",
        "ok     half_of_zero_is_zero",
        "index out of bounds: the len is 1 but the index is 1\n    at exercises/src/e01_half.rs:2:",
        "-- --nocapture",
    ];
    course.says("run 1", false, &printed);

    course.line("println!(\"{}\", \"0123456789\".repeat(100)); x / 2.0");
    course.says("run 1", true, &["6789 ...\n", "-- --nocapture", "e01_half is solved"]);
}

/// Makes every write to a file fail, as if the disk were full.
#[cfg(target_os = "linux")]
fn fill_up(file: &Path) {
    std::os::unix::fs::symlink("/dev/full", file).expect("a folder of its own");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_hides_no_result_and_takes_no_answer() {
    let course = Course::new("full");
    let progress = course.0.join("exercises/.progress.json");
    let full = "Your progress can't be saved: No space left";
    fill_up(&progress.with_added_extension("new"));
    course.line("x * 0.5");
    course.says("run", true, &["e01_half is solved", full]);
    assert!(!progress.with_added_extension("new").is_symlink());
    fill_up(&progress.with_added_extension("new"));
    course.says("hint 1", true, &["1. A nudge.", full]);

    // The copy can't be written, and then the start can't.
    for file in ["e01_half.rs.1.new", "e01_half.rs.new"] {
        fill_up(&course.file().with_file_name(file));
        let says = ["exercises/src/e01_half.rs is as it was", "No space left"];
        course.says("reset 1 --yes", false, &says);
        assert!(fs::read_to_string(course.file()).unwrap().contains("x * 0.5"));
        assert!(!course.file().with_file_name(file).is_symlink());
    }
    fill_up(&progress.with_added_extension("new"));
    course.says("reset 1 --yes", true, &["is as it was at the start", full]);
}

#[test]
fn what_cargo_says_is_not_taken_for_an_error_in_an_answer() {
    let course = Course::new("cargo");
    write(&course.0.join("Cargo.toml"), "no manifest");
    course.says("run", false, &["e01_half can't be compiled: see cargo's message above"]);
}

/// Returns the command that runs the program itself in a course of one exercise.
fn program(course: &Course, words: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_runner"));
    program.args(words).env("CARGO_MANIFEST_DIR", course.0.join("exercises/runner"));
    program
}

#[test]
fn a_reader_who_waits_for_another_cargo_sees_it() {
    let course = Course::new("waits");
    course.says("run", false, &["OPEN"]);
    let other = File::open(course.0.join("target/debug/.cargo-lock")).unwrap();
    other.lock().unwrap();
    let mut run = program(&course, &["run"]);
    run.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines();
    // The package cache, which all cargos of a machine share, may be locked, too.
    let waits = |line: &String| line.contains("file lock on") && !line.contains("cache");
    let said = lines.by_ref().map_while(Result::ok).find(waits);
    other.unlock().unwrap();
    run.wait().unwrap();
    assert!(said.is_some());
    // The first call in a fresh clone compiles for minutes, and cargo says so unless it's quiet.
    let aliases = include_str!("../../../.cargo/config.toml");
    assert!(aliases.contains("learn = ") && !aliases.contains("--quiet"));
}

#[test]
fn no_line_is_wider_than_80_characters() {
    let title =
        "One half, and a title that is as long as that of an exercise may ever be";
    let course = Course::new("width");
    let catalog = CATALOG.replace("One half", title);
    write(&course.0.join("exercises/exercises.toml"), &catalog);
    let line =
        "//! Write `half`, a function that returns one half of what it is given.\n";
    let task = line.repeat(2) + "//!\n";
    write(&course.0.join("exercises/tests/e01_half.rs"), &(task + CHECKS));
    for words in [vec![], vec!["list"], vec!["hint"], vec!["diff", "1"], vec!["--help"]] {
        let output = program(&course, &words).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{words:?}: {line}");
        }
        // A paragraph is broken where it must be, and nowhere else.
        let broken = "it is given. Write\n  `half`, a function";
        assert!(!words.is_empty() || text.contains(broken), "{text}");
    }
}

#[test]
fn an_exercise_that_nobody_knows_is_answered_with_the_nearest() {
    let course = Course::new("unknown");
    course.says("run hlaf", false, &["no exercise `hlaf`", "e01_half"]);
    course.says("hint 7", false, &["no exercise `7`"]);
}

#[test]
fn progress_that_is_no_json_is_said_and_not_repaired() {
    let course = Course::new("progress");
    fs::write(course.0.join("exercises/.progress.json"), "{\"solved\": [").unwrap();
    course.says("", false, &[".progress.json", "delete it to begin again"]);
}

#[test]
fn verify_accepts_what_is_right_and_says_what_is_not() {
    let course = Course::new("verify");
    let right = "1 exercise, 2 mutants, 2 of them told their mistake, 0 complaints";
    course.says("verify --write", true, &[right]);

    let catalog = |change: [&str; 2], complaint: &str| {
        let [from, to] = change;
        assert!(CATALOG.contains(from));
        write(&course.0.join("exercises/exercises.toml"), &CATALOG.replacen(from, to, 1));
        course.says("verify", false, &[complaint, "1 complaint\n"]);
        write(&course.0.join("exercises/exercises.toml"), CATALOG);
    };
    catalog(["x * 2.0", "x * 0.5"], "`half_of_two_is_one` does not reject `x * 0.5`");
    catalog(["x * 2.0", "x *"], "does not compile");
    catalog(["half_of_zero_is_zero", "no_such_check"], "`no_such_check` does not reject");
    let mistakes = course.0.join("exercises/mistakes.json");
    write(&mistakes, "{}");
    let mistold = "`1.0` is told `not one half`, not `1 for any x`";
    course.says("verify", false, &[mistold, "2 complaints\n"]);
    course.says("verify --write", true, &[right]);
    catalog(["A nudge.", "It is x / 2.0."], "a line of the solution is in");
    catalog(["replace = \"x / 2.0\"", "replace = \"y\""], "has `y` 0 times");

    let checks = course.0.join("exercises/tests/e01_half.rs");
    write(&checks, &CHECKS.replace("e01_half::half(2.0)", "(2.0 / 2.0)"));
    course.says("verify", false, &["does not reject `x * 2.0`"]);
    write(&checks, CHECKS);
    course.line("x / 2.0");
    course.says("verify", false, &["the file isn't the start that its solution gives"]);
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a folder of its own");
}

#[test]
fn a_process_ends_when_its_time_is_up() {
    let start = Instant::now();
    let limit = Some(Duration::from_millis(50));
    let ended = runner::process::run(Command::new("sleep").arg("60"), limit).unwrap();
    assert!(ended.status.is_none());
    assert!(start.elapsed() < Duration::from_secs(30));
}
