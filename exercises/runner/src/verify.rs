//! Checks the exercises themselves, for authors and for CI.
//!
//! Every start compiles and fails. Every solution passes, is formatted and has no warning. Both
//! agree outside the gaps. Every mutant fails the check that it names, and the message that its
//! author would see names that mistake and no other. Hints hold no line of the solution. And no
//! exercise needs a skill that only a later one teaches.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::mistakes::Mistakes;
use crate::overview;
use crate::scratch::Scratch;
use crate::trials::{Tried, trials};
use exercises::catalog::{Catalog, Exercise, read};
use exercises::gaps;
use text::counted;

const HINTS_PER_EXERCISE: usize = 3;
const MIN_MUTANTS: usize = 2;

/// Prints every complaint about the exercises. Returns whether there is none.
///
/// # Errors
/// Fails if a file can't be read or written, or if the compiler can't be started.
pub fn verify(
    root: &Path,
    catalog: &Catalog,
    exercises: &[&Exercise],
    write: bool,
    out: &mut dyn Write,
) -> Result<bool> {
    let mut sources = vec![];
    for exercise in exercises {
        let solution = read(&exercise.solution(root))?;
        sources.push(Source {
            exercise,
            checks: read(&exercise.checks(root))?,
            start: gaps::starter(&solution).with_context(|| exercise.name.clone())?,
            solution,
        });
    }
    if write {
        for source in &sources {
            fs::write(source.exercise.answer(root), &source.start)?;
        }
        overview::write(root, catalog)?;
    }
    let mut complaints = order(catalog, &read(&root.join("book/src/SUMMARY.md"))?);
    complaints.extend(overview::complaint(root, catalog)?);
    for source in &sources {
        complaints.extend(source.complaints(root));
    }
    let mut tried = vec![];
    let mut mistakes = Mistakes::read(root)?;
    if complaints.is_empty() {
        let (scratch, known) = (Scratch::new(root)?, (!write).then_some(&mistakes));
        complaints.extend(trials(&scratch, &sources, known, &mut tried)?);
    }
    if write && !tried.is_empty() {
        exercises.iter().for_each(|exercise| mistakes.forget(exercise));
        tried.iter().for_each(|Tried { exercise, number, checks }| {
            mistakes.note(exercise, *number, checks);
        });
        mistakes.write(root)?;
    }
    let mistold: Vec<String> =
        tried.iter_mut().filter_map(|tried| tried.complaint(&mistakes)).collect();
    let named = tried.len() - mistold.len();
    complaints.extend(mistold);
    for complaint in &complaints {
        writeln!(out, "{complaint}")?;
    }
    let mutants: usize = exercises.iter().map(|exercise| exercise.mutants.len()).sum();
    let exercises = counted(exercises.len(), "exercise");
    let (mutants, found) =
        (counted(mutants, "mutant"), counted(complaints.len(), "complaint"));
    writeln!(out, "{exercises}, {mutants}, {named} of them told their mistake, {found}")?;
    Ok(complaints.is_empty())
}

/// An exercise with its files.
pub(crate) struct Source<'a> {
    pub(crate) exercise: &'a Exercise,
    pub(crate) checks: String,
    solution: String,
    pub(crate) start: String,
}

/// Returns the complaints about the order of the exercises: they follow the pages of the book,
/// and need only skills that an earlier one teaches.
fn order(catalog: &Catalog, summary: &str) -> Vec<String> {
    let mut complaints = vec![];
    let mut taught = BTreeSet::new();
    let mut last = None;
    for exercise in catalog.all() {
        let name = &exercise.name;
        for need in exercise.needs.iter().filter(|need| !taught.contains(*need)) {
            complaints.push(format!("{name}: no earlier exercise teaches `{need}`"));
        }
        for tag in &exercise.teaches {
            if !taught.insert(tag) {
                complaints.push(format!("{name}: `{tag}` was taught before"));
            }
        }
        let place = place(summary, &exercise.page);
        if place.is_none() {
            complaints.push(format!("{name}: the book has no page `{}`", exercise.page));
        } else if place < last {
            complaints.push(format!("{name}: its page comes before that of the last"));
        }
        last = place;
    }
    complaints
}

/// Returns where the table of contents has a page, or `None` if the book doesn't have it.
fn place(summary: &str, page: &str) -> Option<usize> {
    summary.find(&format!("({page}.md)"))
}

impl Source<'_> {
    /// Returns the complaints that don't need a compiler.
    fn complaints(&self, root: &Path) -> Vec<String> {
        let Exercise { name, hints, mutants, .. } = self.exercise;
        let mut complaints = vec![];
        if read(&self.exercise.answer(root)).ok().as_ref() != Some(&self.start) {
            complaints.push(format!(
                "{name}: the file isn't the start that its solution gives"
            ));
        }
        for page in pages(&self.checks) {
            if !root.join(format!("book/src/{page}.md")).exists() {
                complaints.push(format!("{name}: the book has no page `{page}`"));
            }
        }
        if hints.len() != HINTS_PER_EXERCISE {
            complaints
                .push(format!("{name}: {} hints, not {HINTS_PER_EXERCISE}", hints.len()));
        }
        for line in gaps::answers(&self.solution).unwrap_or_default() {
            let tells = |hint: &&String| line.len() > 6 && hint.contains(line);
            if let Some(hint) = hints.iter().find(tells) {
                complaints.push(format!("{name}: a line of the solution is in `{hint}`"));
            }
        }
        if mutants.len() < MIN_MUTANTS {
            complaints.push(format!("{name}: fewer than {MIN_MUTANTS} mutants"));
        }
        for mutant in mutants {
            let found = self.solution.matches(&mutant.replace).count();
            if found != 1 {
                let replace = &mutant.replace;
                complaints
                    .push(format!("{name}: the solution has `{replace}` {found} times"));
            }
        }
        complaints
    }

    /// Returns the solution without the marks of its gaps.
    pub(crate) fn solved(&self) -> String {
        gaps::solution(&self.solution).expect("the gaps were read before")
    }
}

/// Returns the pages that the lessons of a check name.
fn pages(checks: &str) -> impl Iterator<Item = &str> {
    let lessons = checks.split("lesson(").skip(1);
    let names = lessons.filter_map(|lesson| lesson.trim_start().strip_prefix('"'));
    names.filter_map(|name| Some(name.split_once('"')?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_that_an_exercise_names_is_in_the_book() {
        let root = crate::root();
        let summary = read(&root.join("book/src/SUMMARY.md")).unwrap();
        let catalog = Catalog::read(&root).unwrap();
        assert_eq!(order(&catalog, &summary), [""; 0]);
        let mut count = 0;
        for exercise in catalog.all() {
            for page in pages(&read(&exercise.checks(&root)).unwrap()) {
                assert!(place(&summary, page).is_some(), "{}: {page}", exercise.name);
                count += 1;
            }
        }
        assert!(count > 200, "{count} lessons");
    }
}
