//! What is printed: plain lines in a pipe, and colors on a terminal.

use std::error::Error;
use std::io;

use conformance::chapter::Chapter;
use console::style;

use super::Learner;
use super::catalog::Exercise;
use super::checks::{End, Outcome};

impl Learner<'_> {
    /// Where the reader is, and what to do next.
    pub(super) fn show_status(&mut self) -> Result<(), Box<dyn Error>> {
        let all = self.catalog.all();
        let solved =
            all.iter().filter(|exercise| self.progress.is_solved(exercise)).count();
        writeln!(self.out, "{solved} of {} exercises are solved.", all.len())?;
        self.show_next()
    }

    /// What is next after an exercise. Whoever has left an earlier one open has seen its
    /// task, and is only reminded.
    pub(super) fn show_what_follows(
        &mut self,
        solved: &Exercise,
    ) -> Result<(), Box<dyn Error>> {
        match self.next() {
            Some(next) if next.name < solved.name => {
                let next = format!("Still open: {}, {}", next.id(), next.title);
                Ok(writeln!(self.out, "\n{next} (its task: cargo learn)")?)
            }
            _ => self.show_next(),
        }
    }

    /// The next open exercise: its task, its file, and the commands.
    pub(super) fn show_next(&mut self) -> Result<(), Box<dyn Error>> {
        let Some(exercise) = self.next() else { return self.show_finished() };
        let Exercise { name, title, lines, minutes, .. } = exercise;
        writeln!(
            self.out,
            "\n{}",
            style(format!("Next: {}, {title}", exercise.id())).bold()
        )?;
        let chapter = Chapter::numbered(exercise.chapter);
        let chapter = chapter.map_or(String::new(), |chapter| format!(", of {chapter}"));
        writeln!(self.out, "About {lines} lines and {minutes} minutes{chapter}.\n")?;
        for line in exercise.task(self.root)?.lines() {
            writeln!(self.out, "{}", format!("    {line}").trim_end())?;
        }
        writeln!(self.out, "\n  edit   exercises/src/{name}.rs")?;
        writeln!(
            self.out,
            "  check  cargo learn run      (or, at every save, cargo learn watch)"
        )?;
        writeln!(self.out, "  stuck  cargo learn hint")?;
        Ok(())
    }

    /// There is no next one.
    pub(super) fn show_finished(&mut self) -> Result<(), Box<dyn Error>> {
        let next = "All exercises are solved. Race your backend: cargo learn bench";
        Ok(writeln!(self.out, "\n{next}")?)
    }

    /// All exercises, and which are solved.
    pub(super) fn show_list(&mut self) -> Result<(), Box<dyn Error>> {
        writeln!(self.out, "         chapter  lines  minutes")?;
        for exercise in self.catalog.all() {
            let done = if self.progress.is_solved(exercise) { "done" } else { "    " };
            let (done, Exercise { name, title, chapter, lines, minutes, .. }) =
                (style(done).green(), exercise);
            writeln!(
                self.out,
                "  {done}  {chapter:>8}  {lines:>5}  {minutes:>7}  {name}: {title}"
            )?;
        }
        Ok(())
    }

    /// The hints taken so far, and one more.
    pub(super) fn show_one_more_hint(
        &mut self,
        exercise: &Exercise,
    ) -> Result<(), Box<dyn Error>> {
        let (count, of) = (self.progress.one_more_hint(exercise)?, exercise.hints.len());
        writeln!(self.out, "{}, hints {count} of {of}\n", exercise.name)?;
        for (number, hint) in (1..).zip(&exercise.hints).take(count) {
            writeln!(self.out, "  {number}. {hint}")?;
        }
        if count == of {
            let solution = format!("cargo learn diff {} --give-up", exercise.id());
            writeln!(self.out, "\nThere are no more. The solution: {solution}")?;
        }
        Ok(())
    }

    /// Which checks pass, and what the first that does not says.
    pub(super) fn show_outcome(
        &mut self,
        exercise: &Exercise,
        outcome: &Outcome,
    ) -> io::Result<()> {
        let name = &exercise.name;
        let Outcome::Checked(checks) = outcome else {
            let says =
                format!("{name} does not compile yet; the compiler says above why");
            return writeln!(self.out, "{}", style(says).red());
        };
        for check in checks {
            let mark = match check.end {
                End::Passes => style("ok   ").green(),
                End::Fails(_) | End::RunsOn => style("WRONG").red(),
                End::NotRun => style("     "),
            };
            writeln!(self.out, "  {mark}  {}", check.name)?;
        }
        let failures = checks.iter().filter_map(|c| Some((&c.name, c.end.failure()?)));
        let failures: Vec<_> = failures.collect();
        let Some((first, says)) = failures.first() else {
            let solved = format!("{name} is solved.");
            return writeln!(self.out, "{}", style(solved).green().bold());
        };
        writeln!(self.out, "\n{}\n", style(first).bold())?;
        for line in says.lines() {
            writeln!(self.out, "  {line}")?;
        }
        let (open, of) = (failures.len(), checks.len());
        writeln!(self.out, "\n{open} of {of} checks of {name} do not pass yet.")?;
        writeln!(self.out, "A hint, if you like: cargo learn hint {}", exercise.id())
    }
}
