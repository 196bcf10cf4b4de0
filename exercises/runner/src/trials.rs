//! The exercises compiled with their starts, their solutions and their mutants, and run.

use std::path::Path;

use anyhow::Result;
use exercises::catalog::{Exercise, Mutant};
use indicatif::{ProgressBar, ProgressStyle};

use crate::checks::{Check, check, most_telling, names};
use crate::mistakes::Mistakes;
use crate::panics::cause;
use crate::scratch::Scratch;
use crate::verify::Source;

/// What a planted panic says.
const PLANTED_MESSAGE: &str = "planted";

/// A mutant that is rejected, and all its checks.
pub(crate) struct Tried<'a> {
    pub(crate) exercise: &'a Exercise,
    pub(crate) number: usize,
    pub(crate) checks: Vec<Check>,
}

impl Tried<'_> {
    /// Says if its author isn't told the mistake.
    pub(crate) fn complaint(&mut self, mistakes: &Mistakes) -> Option<String> {
        let Tried { exercise, number, checks } = self;
        let Mutant { with, says, .. } = &exercise.mutants[*number];
        mistakes.name(exercise, checks);
        let cause = cause(most_telling(checks).unwrap_or_default().1);
        let name = &exercise.name;
        (cause != says)
            .then(|| format!("{name}: `{with}` is told `{cause}`, not `{says}`"))
    }
}

/// The exercises, and what is wrong with them.
struct Trials<'s, 'a> {
    scratch: &'s Scratch,
    sources: &'a [Source<'a>],
    bar: ProgressBar,
    complaints: Vec<String>,
}

/// What is found by compiling and running. Also collects the mutants, each with the checks that
/// are known to reject it, or with all checks if nothing is known.
pub(crate) fn trials<'a>(
    scratch: &Scratch,
    sources: &'a [Source<'a>],
    known: Option<&Mistakes>,
    tried: &mut Vec<Tried<'a>>,
) -> Result<Vec<String>> {
    let most = sources.iter().map(|s| s.exercise.mutants.len()).max().unwrap_or(0);
    let bar = ProgressBar::new(3 + most as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}")?);
    let mut trials = Trials { scratch, sources, bar, complaints: vec![] };

    let start = |source: &Source<'_>| Some(source.start.clone());
    trials.run("starts", start, |source, executable| {
        let passes = most_telling(&checks(source, executable, |_| true)?).is_none();
        Ok(passes.then(|| "its start passes every check".to_owned()))
    })?;

    let planted = |source: &Source<'_>| {
        let panic = format!("panic!(\"{PLANTED_MESSAGE}\");todo!(");
        Some(source.start.replace("todo!(", &panic))
            .filter(|planted| *planted != source.start)
    };
    trials.run("starts with a planted panic", planted, |source, executable| {
        let checks = checks(source, executable, |_| true)?;
        let mut failures = checks.iter().filter_map(|check| check.end.failure());
        let is_reported = failures.any(|says| says.contains(PLANTED_MESSAGE));
        Ok((!is_reported).then(|| "no check runs what the reader writes".to_owned()))
    })?;

    for number in 0..most {
        let mutated = |source: &Source<'_>| {
            let Mutant { replace, with, .. } = source.exercise.mutants.get(number)?;
            Some(source.solved().replace(replace, with))
        };
        trials.run(
            &format!("mutants {}", number + 1),
            mutated,
            |source, executable| {
                let exercise = source.exercise;
                let Mutant { fails, with, .. } = &exercise.mutants[number];
                let checks = checks(source, executable, |name| {
                    name == fails
                        || known.is_none_or(|known| known.has(exercise, number, name))
                })?;
                let rejects =
                    |check: &Check| check.name == *fails && check.end.failure().is_some();
                if !checks.iter().any(rejects) {
                    return Ok(Some(format!("`{fails}` does not reject `{with}`")));
                }
                tried.push(Tried { exercise, number, checks });
                Ok(None)
            },
        )?;
    }

    // Last, since the tools look at what was left there.
    trials.run(
        "solutions",
        |source| Some(source.solved()),
        |source, executable| {
            let checks = checks(source, executable, |_| true)?;
            let failure = most_telling(&checks);
            Ok(failure.map(|(name, says)| format!("its solution fails {name}: {says}")))
        },
    )?;
    let exercises: Vec<&Exercise> =
        sources.iter().map(|source| source.exercise).collect();
    trials.complaints.extend(scratch.complaints(&exercises)?);
    trials.bar.finish_and_clear();
    Ok(trials.complaints)
}

/// Runs checks, in the order of the file.
fn checks(
    source: &Source<'_>,
    executable: &Path,
    is_run: impl Fn(&String) -> bool,
) -> Result<Vec<Check>> {
    let names = names(executable, &source.checks)?.into_iter().filter(is_run);
    names.map(|name| check(executable, name)).collect()
}

impl<'a> Trials<'_, 'a> {
    /// Compiles exercises with some answers, all at once, and looks for a complaint about each.
    fn run(
        &mut self,
        what: &str,
        answer: impl Fn(&'a Source<'a>) -> Option<String>,
        mut complaint: impl FnMut(&'a Source<'a>, &Path) -> Result<Option<String>>,
    ) -> Result<()> {
        self.bar.set_message(what.to_owned());
        let with_answer =
            self.sources.iter().filter_map(|source| Some((source, answer(source)?)));
        let (tried, answers): (Vec<_>, Vec<_>) = with_answer
            .map(|(source, answer)| (source, (source.exercise, answer)))
            .unzip();
        let built = self.scratch.compile(&answers)?;
        for source in tried {
            let name = &source.exercise.name;
            let found = match built.executable(source.exercise) {
                Some(executable) => complaint(source, executable)?,
                None => Some(format!("does not compile:\n{}", built.said)),
            };
            self.complaints.extend(found.map(|found| format!("{name}: {found}")));
        }
        self.bar.inc(1);
        Ok(())
    }
}
