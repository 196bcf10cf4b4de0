//! Makes the start of an exercise from its solution, which is the only source.
//!
//! A gap of a solution is marked, and the mark holds the line that the start has in its place:
//!
//! ```text
//! pub fn surprise(p: f64) -> f64 {
//!     // gap: todo!("{p:?}")
//!     -p.ln()
//!     // end of gap
//! }
//! ```

use anyhow::{Result, ensure};

/// The mark before each line that only the start has.
const GAP_MARK: &str = "// gap: ";
const END_MARK: &str = "// end of gap";

/// Returns the start: in each gap, the marked lines replace the lines of the solution.
///
/// # Errors
/// Fails if a gap has no end, or an end has no beginning.
pub fn starter(solution: &str) -> Result<String> {
    let mut text = String::new();
    for line in lines(solution)? {
        match line {
            Line::Shared(line) => text += &format!("{line}\n"),
            Line::Shipped { indent, line } => text += &format!("{indent}{line}\n"),
            Line::Solution(_) => {}
        }
    }
    Ok(text)
}

/// Returns the solution without the marks.
///
/// # Errors
/// Fails like [`starter`].
pub fn solution(marked: &str) -> Result<String> {
    let lines = lines(marked)?.into_iter().filter_map(|line| match line {
        Line::Shared(line) | Line::Solution(line) => Some(format!("{line}\n")),
        Line::Shipped { .. } => None,
    });
    Ok(lines.collect())
}

/// Returns only the lines of the gaps.
///
/// # Errors
/// Fails like [`starter`].
pub fn answers(marked: &str) -> Result<Vec<&str>> {
    let lines = lines(marked)?.into_iter().filter_map(|line| match line {
        Line::Solution(line) => Some(line.trim()),
        _ => None,
    });
    Ok(lines.collect())
}

enum Line<'a> {
    /// A line outside the gaps.
    Shared(&'a str),
    /// A line that the start has instead of a gap.
    Shipped { indent: &'a str, line: &'a str },
    /// A line in a gap.
    Solution(&'a str),
}

fn lines(marked: &str) -> Result<Vec<Line<'_>>> {
    let mut in_gap = false;
    let mut lines = vec![];
    for (number, line) in (1..).zip(marked.lines()) {
        let trimmed = line.trim_start();
        let indent = &line[..line.len() - trimmed.len()];
        if let Some(line) = trimmed.strip_prefix(GAP_MARK) {
            in_gap = true;
            lines.push(Line::Shipped { indent, line });
        } else if trimmed == END_MARK {
            ensure!(in_gap, "line {number} ends a gap that was not begun");
            in_gap = false;
        } else if in_gap {
            lines.push(Line::Solution(line));
        } else {
            lines.push(Line::Shared(line));
        }
    }
    ensure!(!in_gap, "the last gap is not ended");
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKED: &str = "\
fn half(x: f64) -> f64 {
    // gap: let unused = x;
    // gap: todo!(\"{x}\")
    // by two
    x / 2.0
    // end of gap
}
";

    #[test]
    fn starter_and_solution_agree_outside_the_gaps() {
        let starter = starter(MARKED).unwrap();
        let open =
            "fn half(x: f64) -> f64 {\n    let unused = x;\n    todo!(\"{x}\")\n}\n";
        assert_eq!(starter, open);
        let solved = "fn half(x: f64) -> f64 {\n    // by two\n    x / 2.0\n}\n";
        assert_eq!(solution(MARKED).unwrap(), solved);
        assert_eq!(answers(MARKED).unwrap(), ["// by two", "x / 2.0"]);
    }

    #[test]
    fn marks_that_do_not_match_are_said() {
        let open = starter("// gap: x\n").unwrap_err().to_string();
        assert_eq!(open, "the last gap is not ended");
        let ended = solution("\n// end of gap\n").unwrap_err().to_string();
        assert_eq!(ended, "line 2 ends a gap that was not begun");
    }
}
