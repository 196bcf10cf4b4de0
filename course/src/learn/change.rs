//! Differences from the solution, and the way back to the start.

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use console::style;
use similar::{ChangeTag, TextDiff};

use super::catalog::{Exercise, read};
use super::{Learner, gaps};

impl Learner<'_> {
    /// How the reader's file differs from the solution.
    pub(super) fn show_diff(
        &mut self,
        exercise: &Exercise,
        give_up: bool,
    ) -> Result<(), Box<dyn Error>> {
        if !give_up && !self.progress.is_solved(exercise) {
            return Err(not_yet(exercise).into());
        }
        let own = read(&exercise.answer(self.root))?;
        let solution = gaps::solution(&read(&exercise.solution(self.root))?)?;
        if own == solution {
            writeln!(self.out, "{} is the solution, to the letter", exercise.name)?;
            return Ok(());
        }
        writeln!(self.out, "{}: yours (-) and the solution (+)\n", exercise.name)?;
        let diff = TextDiff::from_lines(own.as_str(), solution.as_str());
        for group in diff.grouped_ops(3) {
            for change in group.iter().flat_map(|change| diff.iter_changes(change)) {
                let line = change.value().trim_end_matches('\n');
                let shown = match change.tag() {
                    ChangeTag::Delete => style(format!("-{line}")).red(),
                    ChangeTag::Insert => style(format!("+{line}")).green(),
                    ChangeTag::Equal => style(format!(" {line}")),
                };
                writeln!(self.out, "{shown}")?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Brings the start of exercises back, after asking; a copy of each answer stays beside it.
    pub(super) fn reset(
        &mut self,
        exercises: &[&Exercise],
        yes: bool,
    ) -> Result<(), Box<dyn Error>> {
        let mut changed = vec![];
        for exercise in exercises {
            let start = gaps::starter(&read(&exercise.solution(self.root))?)?;
            // A file that is missing, or no text, differs, too.
            if fs::read(exercise.answer(self.root)).ok().as_deref()
                != Some(start.as_bytes())
            {
                changed.push((exercise, start));
            }
        }
        if changed.is_empty() {
            writeln!(self.out, "nothing was changed, so there is nothing to reset")?;
            return Ok(());
        }
        let names: Vec<&str> = changed.iter().map(|(e, _)| e.name.as_str()).collect();
        if !yes && !confirmed(&names.join(", "), self.out)? {
            writeln!(self.out, "nothing was reset")?;
            return Ok(());
        }
        for (exercise, start) in changed {
            let answer = exercise.answer(self.root);
            if answer.exists() {
                let copy = free_place_beside(&answer);
                fs::rename(&answer, &copy)?;
                let copy = copy.strip_prefix(self.root).unwrap_or(&copy).display();
                writeln!(self.out, "your answer is kept in {copy}")?;
            }
            fs::write(&answer, start)?;
            self.progress.forget(exercise)?;
            writeln!(self.out, "{} is as it was at the start", exercise.name)?;
        }
        Ok(())
    }
}

/// Why the solution is not shown.
fn not_yet(exercise: &Exercise) -> String {
    let (name, id) = (&exercise.name, exercise.id());
    format!(
        "{name} is not solved: `cargo learn run {id}` checks it, and \
         `cargo learn diff {id} --give-up` shows the solution all the same"
    )
}

fn confirmed(names: &str, out: &mut dyn Write) -> Result<bool, Box<dyn Error>> {
    if !io::stdin().is_terminal() {
        return Err(format!("this would reset {names}: say --yes").into());
    }
    write!(out, "Reset {names}? A copy of your answer is kept. [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// `NAME.rs.1`, or the next number that is free.
fn free_place_beside(answer: &Path) -> PathBuf {
    let numbered = |number: usize| answer.with_extension(format!("rs.{number}"));
    (1..).map(numbered).find(|path| !path.exists()).expect("some number is free")
}
