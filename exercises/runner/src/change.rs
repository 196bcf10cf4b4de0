//! Shows differences from the solution, and brings back starts and earlier answers.

use std::fs;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};

use anyhow::{Context, Result, bail, ensure};
use console::style;
use similar::{ChangeTag, TextDiff};

use crate::files::{copies, keep, write_whole};
use exercises::catalog::{Exercise, read};
use exercises::gaps;

use crate::Learner;

impl Learner<'_> {
    /// Shows how the reader's file differs from the solution.
    pub(super) fn show_diff(&mut self, exercise: &Exercise, give_up: bool) -> Result<()> {
        if !give_up && !self.progress.is_solved(exercise) {
            bail!(not_yet(exercise));
        }
        let own = read(&exercise.answer(self.root))?;
        let solution = gaps::solution(&read(&exercise.solution(self.root))?)?;
        if own == solution {
            writeln!(self.out, "{} is the solution, letter for letter", exercise.name)?;
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

    /// Brings back the start of exercises, after asking, and keeps a copy of each answer.
    pub(super) fn reset(&mut self, exercises: &[&Exercise], yes: bool) -> Result<()> {
        let mut changed = vec![];
        for exercise in exercises {
            let start = self.start(exercise)?;
            // A file that is missing or isn't text differs, too.
            if fs::read(exercise.answer(self.root)).ok().as_ref() != Some(&start) {
                changed.push((exercise, start));
            }
        }
        if changed.is_empty() {
            writeln!(
                self.out,
                "you haven't changed anything, so there is nothing to reset"
            )?;
            return Ok(());
        }
        let names: Vec<&str> = changed.iter().map(|(e, _)| e.name.as_str()).collect();
        if !yes && !confirmed(&names.join(", "), self.out)? {
            writeln!(self.out, "nothing was reset")?;
            return Ok(());
        }
        for (exercise, start) in changed {
            let (name, id) = (&exercise.name, exercise.id());
            let kept = self.replace_answer(exercise, &start)?;
            let forgotten = self.progress.forget(exercise);
            writeln!(self.out, "{name} is as it was at the start.")?;
            if let Some(number) = kept {
                let restore = format!("cargo learn restore {id} {number}");
                writeln!(self.out, "`{restore}` brings your answer back.")?;
            }
            self.warn_unless_saved(forgotten)?;
        }
        Ok(())
    }

    /// Brings back an answer that [`reset`](Self::reset) kept: the newest copy, or the
    /// copy with this number. Keeps a copy of the present answer, too.
    pub(super) fn restore(
        &mut self,
        exercise: &Exercise,
        number: Option<u32>,
    ) -> Result<()> {
        let (name, id) = (&exercise.name, exercise.id());
        let copies = copies(&exercise.answer(self.root))?;
        let is_meant =
            |(found, _): &&(u32, _)| number.is_none_or(|meant| meant == *found);
        let Some((_, copy)) = copies.iter().rfind(is_meant) else {
            let of_number = number.map_or(String::new(), |number| format!(" {number}"));
            bail!(
                "there is no copy{of_number} of {name}; `cargo learn reset {id}` keeps one"
            );
        };
        let text = fs::read(copy)?;
        self.replace_answer(exercise, &text)?;
        let copy = self.short(copy).display();
        writeln!(self.out, "{name} is as it was when {copy} was kept.")?;
        writeln!(self.out, "`cargo learn run {id}` checks it.")?;
        Ok(())
    }

    /// Replaces an answer. Keeps the old answer, unless it's the start or the same as the new one,
    /// and returns the number of its copy.
    fn replace_answer(
        &mut self,
        exercise: &Exercise,
        text: &[u8],
    ) -> Result<Option<u32>> {
        let answer = exercise.answer(self.root);
        let place = self.short(&answer).display();
        let not_replaced = || format!("{place} is as it was");
        let before = match fs::read(&answer) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            before => Some(before.with_context(not_replaced)?),
        };
        let start = self.start(exercise)?;
        let kept = match before {
            Some(before) if before != start && before != text => {
                let (number, copy) = keep(&answer).with_context(not_replaced)?;
                let copy = self.short(&copy).display();
                writeln!(self.out, "Your answer is kept in {copy}.")?;
                Some(number)
            }
            _ => None,
        };
        write_whole(&answer, text).with_context(not_replaced)?;
        Ok(kept)
    }
}

/// Returns the reason why the solution isn't shown.
fn not_yet(exercise: &Exercise) -> String {
    let (name, id) = (&exercise.name, exercise.id());
    format!(
        "you haven't solved {name} yet: `cargo learn run {id}` checks it, and \
         `cargo learn diff {id} --give-up` shows you the solution anyway"
    )
}

/// Asks the reader whether to reset these exercises.
fn confirmed(names: &str, out: &mut dyn Write) -> Result<bool> {
    ensure!(io::stdin().is_terminal(), "this would reset {names}: add --yes to do it");
    write!(out, "Reset {names}? We'll keep a copy of your answer. [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
