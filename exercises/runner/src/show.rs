//! Prints plain lines into a pipe, and colors on a terminal. Lines may be long, because the
//! program breaks those that don't fit.

use std::io;

use anyhow::Result;
use console::style;
use exercises::catalog::Exercise;
use text::{counted, terminal::joined};

use crate::Learner;
use crate::checks::{End, Outcome, most_telling};
use crate::panics::NOT_WRITTEN;

/// The number of printed lines that we show, half of them from the end.
const MAX_PRINTED_LINES: usize = 12;
/// The number of characters that we show of each of these lines.
const MAX_LINE_CHARACTERS: usize = 240;

impl Learner<'_> {
    /// Shows how far the reader is, and the next exercise.
    pub(super) fn show_status(&mut self) -> Result<()> {
        let all = self.catalog.all();
        let solved =
            all.iter().filter(|exercise| self.progress.is_solved(exercise)).count();
        let of = counted(all.len(), "exercise");
        writeln!(self.out, "You've solved {solved} of {of}.")?;
        self.show_next()
    }

    /// Shows the next exercise after a solved one. If the reader left an earlier exercise open,
    /// they've seen its task, and this only reminds them.
    pub(super) fn show_what_follows(&mut self, solved: &Exercise) -> Result<()> {
        match self.next() {
            Some(next) if next.name < solved.name => {
                let next = format!("Still open: {}, {}", next.id(), next.title);
                Ok(writeln!(self.out, "\n{next} (its task: cargo learn)")?)
            }
            _ => self.show_next(),
        }
    }

    /// Shows the next open exercise: its task, its file, and the commands.
    pub(super) fn show_next(&mut self) -> Result<()> {
        let Some(exercise) = self.next() else { return self.show_finished() };
        let Exercise { name, title, page, lines, minutes, .. } = exercise;
        writeln!(
            self.out,
            "\n{}",
            style(format!("Next: {}, {title}", exercise.id())).bold()
        )?;
        let lines = counted(*lines as usize, "line");
        let minutes = counted(*minutes as usize, "minute");
        writeln!(
            self.out,
            "You'll need about {lines} and {minutes}, after book/src/{page}.md.\n"
        )?;
        self.show_task(exercise)?;
        writeln!(self.out, "\n  edit   exercises/src/{name}.rs")?;
        writeln!(
            self.out,
            "  check  cargo learn run      (or cargo learn watch, which checks at every save)"
        )?;
        writeln!(self.out, "  stuck  cargo learn hint")?;
        Ok(())
    }

    /// Shows the task, with a line for each paragraph.
    fn show_task(&mut self, exercise: &Exercise) -> Result<()> {
        let (mut task, mut in_fence) = (vec![], false);
        for line in exercise.markdown(self.root)?.lines() {
            // On a page these marks stand around a formula, but in a terminal they're noise.
            if line.trim_start().starts_with("```") {
                in_fence = !in_fence;
                continue;
            }
            task.push(format!("{}{line}", if in_fence { "  " } else { "" }));
        }
        for line in joined(task.iter().map(String::as_str)) {
            writeln!(self.out, "{}", format!("  {line}").trim_end())?;
        }
        Ok(())
    }

    /// Shows the exercise that `watch` checks: its name, its files, and its task if it's new.
    pub(super) fn show_head(&mut self, exercise: &Exercise) -> Result<()> {
        let Exercise { name, title, .. } = exercise;
        let title = format!("{}, {title}", exercise.id());
        writeln!(self.out, "{}\n", style(title).bold())?;
        writeln!(self.out, "  edit  exercises/src/{name}.rs")?;
        writeln!(self.out, "  task  exercises/tests/{name}.rs\n")?;
        // If the file can't be read, its check says why.
        if self.is_untouched(exercise).unwrap_or(false) {
            self.show_task(exercise)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Shows that there's no next exercise.
    pub(super) fn show_finished(&mut self) -> Result<()> {
        let next =
            "You've solved all the exercises. Race your backend: cargo learn bench";
        Ok(writeln!(self.out, "\n{next}")?)
    }

    /// Lists all exercises, and shows which ones are solved.
    pub(super) fn show_list(&mut self) -> Result<()> {
        writeln!(self.out, "      page          lines min")?;
        for exercise in self.catalog.all() {
            let done = if self.progress.is_solved(exercise) { "done" } else { "    " };
            let (done, Exercise { name, title, page, lines, minutes, .. }) =
                (style(done).green(), exercise);
            writeln!(
                self.out,
                "{done}  {page:13} {lines:>5} {minutes:>3}  {name}: {title}"
            )?;
        }
        Ok(())
    }

    /// Shows the hints taken so far, and one more.
    pub(super) fn show_one_more_hint(&mut self, exercise: &Exercise) -> Result<()> {
        let noted = self.progress.one_more_hint(exercise);
        let (count, of) = (self.progress.hints(exercise), exercise.hints.len());
        writeln!(self.out, "{}, hints {count} of {of}\n", exercise.name)?;
        for (number, hint) in (1..).zip(&exercise.hints).take(count) {
            writeln!(self.out, "  {number}. {hint}")?;
        }
        if count == of {
            let solution = format!("cargo learn diff {} --give-up", exercise.id());
            writeln!(
                self.out,
                "\nThat was the last hint. To see the solution: {solution}"
            )?;
        }
        Ok(self.warn_unless_saved(noted)?)
    }

    /// Shows which checks pass, the lines that the reader's program printed, and the message of
    /// the failing check that says most.
    pub(super) fn show_outcome(
        &mut self,
        exercise: &Exercise,
        outcome: &Outcome,
    ) -> io::Result<()> {
        let (name, id) = (&exercise.name, exercise.id());
        let checks = match outcome {
            Outcome::Checked(checks) => checks,
            Outcome::DoesNotCompile => {
                let says = format!(
                    "{name} doesn't compile yet: see the compiler's message above"
                );
                return writeln!(self.out, "{}", style(says).red());
            }
            Outcome::NotBuilt => {
                let says = format!("{name} can't be compiled: see cargo's message above");
                return writeln!(self.out, "{}", style(says).red());
            }
        };
        let untouched = self.is_untouched(exercise).unwrap_or(false);
        let mut has_more = false;
        for check in checks {
            let mark = match &check.end {
                End::Passes => style("ok   ").green(),
                End::Fails(says) if untouched || says.starts_with(NOT_WRITTEN) => {
                    style("OPEN ").yellow()
                }
                End::Fails(_) | End::RunsOn => style("WRONG").red(),
                End::NotRun => style("     "),
            };
            writeln!(self.out, "  {mark}  {}", check.name)?;
            has_more |= self.show_printed(&check.printed)?;
        }
        if has_more {
            let all = format!("cargo test -p exercises --test {name} -- --nocapture");
            writeln!(self.out, "\nTo see everything that your program prints: {all}")?;
        }
        let Some((name_of_check, says)) = most_telling(checks) else {
            let solved = format!("{name} is solved.");
            return writeln!(self.out, "{}", style(solved).green().bold());
        };
        writeln!(self.out, "\n{}\n", style(name_of_check).bold())?;
        for line in says.lines() {
            writeln!(self.out, "  {line}")?;
        }
        let open = checks.iter().filter(|check| check.end.failure().is_some()).count();
        let of = counted(checks.len(), "check");
        let pass = if open == 1 { "doesn't pass" } else { "don't pass" };
        writeln!(self.out, "\n{open} of {of} of {name} {pass} yet.")?;
        writeln!(self.out, "If you'd like a hint: cargo learn hint {id}")
    }

    /// Shows the lines that the reader's program printed, below the name of the check. Returns
    /// whether there are more lines than it shows.
    fn show_printed(&mut self, lines: &[String]) -> io::Result<bool> {
        let left_out = lines.len().saturating_sub(MAX_PRINTED_LINES);
        let mut has_more = left_out > 0;
        for (number, line) in lines.iter().enumerate() {
            let from_end = lines.len() - number;
            if left_out > 0 && number == MAX_PRINTED_LINES / 2 {
                writeln!(self.out, "         | ...")?;
            }
            if number < MAX_PRINTED_LINES / 2 || from_end <= MAX_PRINTED_LINES / 2 {
                let shown: String = line.chars().take(MAX_LINE_CHARACTERS).collect();
                let end = if shown.len() < line.len() { " ..." } else { "" };
                has_more |= !end.is_empty();
                writeln!(self.out, "         | {shown}{end}")?;
            }
        }
        Ok(has_more)
    }
}
