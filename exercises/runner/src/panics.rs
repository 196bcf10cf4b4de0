//! Takes the output of a check apart, removes the test library's text around its panics, and finds
//! the cause that a message names.

use std::{fmt, mem};

/// The message of a gap that is still open.
pub(crate) const NOT_WRITTEN: &str = "not written yet";

/// The output of a test, taken apart.
pub(crate) struct Said {
    /// The lines that the reader's program printed.
    pub(crate) printed: Vec<String>,
    /// The test library's text about the test.
    pub(crate) result: String,
    /// The messages of the panics, and the places of those in the reader's file.
    pub(crate) panics: String,
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
    /// and to standard error go, after the program's own text there, its panics.
    pub(crate) fn new(out: &str, err: &str, name: &str) -> Self {
        let out = out.strip_prefix("\nrunning 1 test\n").unwrap_or(out);
        // We take the last one, because the program could print the same text.
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

/// Returns where the text about the first panic, or another end of the thread, begins.
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

/// Returns whether the library says in this line that a thread panicked.
fn is_frame(line: &str) -> bool {
    line.starts_with("thread '") && line.contains(" panicked at ")
}

/// The parts of a panic that we tell the reader.
#[derive(Default)]
struct Panic {
    message: String,
    /// The innermost place in the reader's file, if the panic was there or in a function that
    /// the reader called.
    place: Option<String>,
}

/// Returns the messages of panics and their places, without the library's text around them.
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
        // This is the last line of a backtrace.
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

/// The path by which a check includes an answer.
const ANSWER_DETOURS: [&str; 2] = ["tests/../src/", r"tests\../src/"];

/// Returns the place that a line names, if it's in an answer.
fn place_in_answer(line: &str) -> Option<String> {
    let mut places = ANSWER_DETOURS.iter().filter_map(|detour| line.split_once(detour));
    places
        .next()
        .map(|(_, place)| format!("exercises/src/{}", place.trim_end_matches(':')))
}

/// Replaces the paths of answers by those that the reader knows.
pub(crate) fn own_paths(text: &str) -> String {
    let [unix, windows] = ANSWER_DETOURS;
    text.replace(unix, "src/").replace(windows, "src/")
}

/// Returns whether a message names a mistake that its check has recognized.
pub(crate) fn names_a_mistake(says: &str) -> bool {
    after(MISTAKE_KEY, says).is_some()
}

/// The text before the name of a mistake that was recognized by its result.
const MISTAKE_KEY: &str = "  mistake ";
/// The text before the cause that a check guesses.
const LIKELY_KEY: &str = "  likely ";

/// Returns the cause that a message names: a mistake, a guess, or "" if there's none.
pub(crate) fn cause(says: &str) -> &str {
    after(MISTAKE_KEY, says).or_else(|| after(LIKELY_KEY, says)).unwrap_or_default()
}

/// Returns a message in which the name of a mistake replaces the cause.
pub(crate) fn with_mistake(says: &str, mistake: &str) -> String {
    let mistake = format!("{MISTAKE_KEY}  {mistake}");
    let mut lines = says.lines();
    match lines.find(|line| line.starts_with(LIKELY_KEY) || line.starts_with(MISTAKE_KEY))
    {
        Some(cause) => says.replace(cause, &mistake),
        None => format!("{}\n\n{mistake}\n", says.trim_end()),
    }
}

/// Returns the text after a key, in the first line that begins with the key.
pub(crate) fn after<'a>(key: &str, says: &'a str) -> Option<&'a str> {
    says.lines().find_map(|line| line.strip_prefix(key)).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_its_cause() {
        for (key, name) in [("likely    ", "the sign"), ("mistake   ", "bits, not nats")]
        {
            let says = format!("wrong for 1\n\n  {key}{name}\n  read      a page\n");
            assert_eq!(cause(&says), name);
        }
        assert_eq!(cause("still running"), "");
    }

    #[test]
    fn a_panic_is_shown_without_its_frame() {
        let wrong = "thread 'a' (7) panicked at exercises/tests/a.rs:3:5:\nwrong for 1\n  \
                     got 2\nnote: run with `RUST_BACKTRACE=1` environment variable to \
                     display a backtrace\n";
        assert_eq!(what_panics_say(wrong), "wrong for 1\n  got 2\n");
        let open = "thread 'a' panicked at exercises/tests/../src/a.rs:3:5:\n\
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
                      \x20  1: inner\n             at ./tests/../src/a.rs:3:5\n\
                      \x20  2: outer\n             at ./tests/../src/a.rs:8:5\n\
                      note: Some details are omitted.\n\n\
                      thread 'a' (7) panicked at exercises/tests/a.rs:3:5:\n\
                      wrong for 1\n\nread\n";
        let says = "shapes differ\n  at exercises/src/a.rs:3:5\nwrong for 1\n\nread\n";
        assert_eq!(what_panics_say(panics), says);
    }

    #[test]
    fn what_the_program_printed_is_told_from_what_the_library_says() {
        let out =
            "\nrunning 1 test\nx = 1\ntest of mine, ytest a::b ... FAILED\n\nfailures:\n";
        let err = "[exercises/tests/../src/a.rs:3:5] x = 1\n\nthread 'a::b' (7) panicked at \
                   exercises/tests/../src/a.rs:3:5:\nno\n";
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
