//! Text that fits the terminal.

use std::io::{self, Write};

use console::{Term, strip_ansi_codes};
use textwrap::{Options, WordSplitter, WrapAlgorithm};

/// The width of lines that don't go to a terminal.
const WIDTH_ELSEWHERE: usize = 80;
/// The width of lines in a wide terminal: longer lines are hard to read.
const MAX_WIDTH: usize = 100;
/// The farthest place from the left at which the second column of a line may begin.
const MAX_COLUMN: usize = 32;

/// Returns how many characters a printed line may have: as many as the terminal shows, up to
/// 100, and 80 if the output goes to a file or another program.
pub fn width() -> usize {
    let terminal = Term::stdout().size_checked();
    terminal.map_or(WIDTH_ELSEWHERE, |(_, columns)| usize::from(columns).min(MAX_WIDTH))
}

/// Breaks the lines of a text that are too long, between words.
pub fn wrapped(text: &str, width: usize) -> String {
    let lines = text.split('\n').map(|line| broken(line, width));
    lines.collect::<Vec<_>>().join("\n")
}

/// Breaks a line between words. The broken parts are aligned below the text of a list item,
/// or below the second column of a table.
fn broken(line: &str, width: usize) -> String {
    if textwrap::core::display_width(line) <= width {
        return line.to_owned();
    }
    let hanging = hanging(&strip_ansi_codes(line)).min(width / 2);
    let indent = " ".repeat(hanging);
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(line, options).join("\n")
}

/// Returns where the text of a line begins: after `- ` or `1. `, at the second column of a
/// table, or at the first character.
fn hanging(line: &str) -> usize {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    indent + marker(text).or_else(|| label(text)).unwrap_or(0)
}

/// Returns the length of a list item's mark.
fn marker(text: &str) -> Option<usize> {
    let number = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - number.len();
    match number.split_once(' ')?.0 {
        "-" if digits == 0 => Some(2),
        "." if digits > 0 => Some(digits + 2),
        _ => None,
    }
}

/// Returns the length of a table's first column. Two spaces end it, since words have one.
fn label(text: &str) -> Option<usize> {
    let (label, rest) = text.split_once("  ")?;
    let length = label.chars().count() + 2 + rest.len() - rest.trim_start().len();
    (length <= MAX_COLUMN).then_some(length)
}

/// Joins the lines of each paragraph, list item and table row of a text, so that they can
/// be broken elsewhere. Lines with a different indentation, such as formulas, stay.
///
/// ```
/// # use text::terminal::joined;
/// let text = "Two lines\nof a paragraph\n\n  x = 1\n  y = 2\n\n- an item\n  of two";
/// let lines = ["Two lines of a paragraph", "", "  x = 1", "  y = 2", "", "- an item of two"];
/// assert_eq!(joined(text.lines()), lines);
/// ```
pub fn joined<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut joined: Vec<String> = vec![];
    // The place where the text of the present list item begins.
    let mut item = 0;
    for line in lines {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let is_item = marker(text).is_some();
        if is_item || indent == 0 && !text.is_empty() {
            item = hanging(line);
        }
        let goes_on = |last: &&mut String| {
            let is_label = hanging(last) > last.len() - last.trim_start().len();
            let is_text = !last.is_empty() && !text.is_empty() && !is_item;
            is_text && indent == hanging(last) && (is_label || indent == item)
        };
        match joined.last_mut().filter(goes_on) {
            Some(last) => *last += &format!(" {text}"),
            None => joined.push(line.to_owned()),
        }
    }
    joined
}

/// A writer that breaks long lines before it passes them on.
pub struct Wrapping<W: Write> {
    out: W,
    width: usize,
    line: Vec<u8>,
}

impl<W: Write> Wrapping<W> {
    /// Wraps a writer whose lines may have `width` characters.
    pub fn new(out: W, width: usize) -> Self {
        Wrapping { out, width, line: vec![] }
    }

    fn pass_on(&mut self) -> io::Result<()> {
        let text = wrapped(&String::from_utf8_lossy(&self.line), self.width);
        self.line.clear();
        self.out.write_all(text.as_bytes())
    }
}

impl<W: Write> Write for Wrapping<W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        for part in text.split_inclusive(|&byte| byte == b'\n') {
            self.line.extend(part);
            if part.ends_with(b"\n") {
                self.pass_on()?;
            }
        }
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str, width: usize) -> String {
        let mut out = vec![];
        let mut wrapping = Wrapping::new(&mut out, width);
        // A line may come in several parts.
        for part in text.as_bytes().chunks(3) {
            wrapping.write_all(part).unwrap();
        }
        wrapping.flush().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_long_line_is_broken_between_words_and_a_short_one_passes() {
        assert_eq!(printed("one two three\nfour  \n", 9), "one two\nthree\nfour  \n");
        assert_eq!(printed("--give-up it all [y/N] ", 30), "--give-up it all [y/N] ");
        assert_eq!(printed("say --give-up", 9), "say\n--give-up");
        assert_eq!(printed("src/a/long/path.rs", 9), "src/a/long/path.rs");
    }

    #[test]
    fn what_follows_a_break_is_aligned_with_the_text() {
        assert_eq!(printed("- one two\n", 6), "- one\n  two\n");
        assert_eq!(printed("12. one two\n", 8), "12. one\n    two\n");
        assert_eq!(printed("  got   one two\n", 12), "  got   one\n      two\n");
        assert_eq!(printed("  got   one two\n", 14), "  got   one\n       two\n");
        assert_eq!(printed("    one two\n", 8), "    one\n    two\n");
    }

    #[test]
    fn colors_have_no_width() {
        let red = "\u{1b}[31mone two\u{1b}[0m\n";
        assert_eq!(printed(red, 7), red);
        assert_eq!(printed(red, 6), "\u{1b}[31mone\ntwo\u{1b}[0m\n");
    }

    #[test]
    fn a_table_of_several_lines_a_row_is_joined_by_rows() {
        let text = "Write:\n\n  step    one\n          two\n  epoch   three";
        let lines = ["Write:", "", "  step    one two", "  epoch   three"];
        assert_eq!(joined(text.lines()), lines);
    }

    #[test]
    fn an_item_goes_on_after_a_formula() {
        let text = "- as\n  is\n    x = 1\n    y = 2\n  with\n  x\n- so";
        let lines = ["- as is", "    x = 1", "    y = 2", "  with x", "- so"];
        assert_eq!(joined(text.lines()), lines);
    }
}
