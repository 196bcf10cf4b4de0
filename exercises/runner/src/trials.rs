//! Compiles the exercises with their starts, their solutions and their mutants, and runs them.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::Result;
use exercises::catalog::{Exercise, Mutant};
use indicatif::{ProgressBar, ProgressStyle};

use crate::checks::{Backtrace, Check, check, most_telling, names};
use crate::mistakes::Mistakes;
use crate::panics::cause;
use crate::scratch::{Profile, Scratch};
use crate::verify::Source;

/// The message of a planted panic.
const PLANTED_MESSAGE: &str = "planted";

/// A mutant that is rejected, and all its checks.
pub(crate) struct Tried<'a> {
    pub(crate) exercise: &'a Exercise,
    pub(crate) number: usize,
    pub(crate) checks: Vec<Check>,
}

impl Tried<'_> {
    /// Returns a complaint if the mutant's author isn't told the mistake.
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

/// The exercises, and the complaints about them so far.
struct Trials<'s, 'a> {
    scratch: &'s Scratch,
    sources: &'a [Source<'a>],
    bar: ProgressBar,
    complaints: Vec<String>,
}

/// Returns the complaints that only compiling and running brings up. Also collects the mutants,
/// each with the checks that are known to reject it, or with all its checks if nothing is known.
///
/// The exercises are tried together: all their starts, then the first mutant of each, and so on.
/// Cargo compiles one such round with all processors, and all processors run its checks.
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

    let starts = Round {
        what: "starts",
        profile: Profile::Quick,
        answer: |source: &Source<'_>| Some(source.start.clone()),
        is_run: |_: &Exercise, _: &str| true,
    };
    trials.run(starts, |_, checks| {
        let passes = most_telling(&checks).is_none();
        passes.then(|| "its start passes every check".to_owned())
    })?;

    let planted = Round {
        what: "starts with a planted panic",
        profile: Profile::Quick,
        answer: |source: &Source<'_>| {
            let panic = format!("panic!(\"{PLANTED_MESSAGE}\");todo!(");
            Some(source.start.replace("todo!(", &panic))
                .filter(|planted| *planted != source.start)
        },
        is_run: |_: &Exercise, _: &str| true,
    };
    trials.run(planted, |_, checks| {
        let mut failures = checks.iter().filter_map(|check| check.end.failure());
        let is_reported = failures.any(|says| says.contains(PLANTED_MESSAGE));
        (!is_reported)
            .then(|| "no check runs the lines that the reader writes".to_owned())
    })?;

    for number in 0..most {
        let mutants = Round {
            what: &format!("mutants {}", number + 1),
            profile: Profile::Quick,
            answer: |source: &Source<'_>| {
                let Mutant { replace, with, .. } = source.exercise.mutants.get(number)?;
                Some(source.solved().replace(replace, with))
            },
            is_run: |exercise: &Exercise, name: &str| {
                name == exercise.mutants[number].fails
                    || known.is_none_or(|known| known.has(exercise, number, name))
            },
        };
        trials.run(mutants, |source, checks| {
            let exercise = source.exercise;
            let Mutant { fails, with, .. } = &exercise.mutants[number];
            let rejects =
                |check: &Check| check.name == *fails && check.end.failure().is_some();
            if !checks.iter().any(rejects) {
                return Some(format!("`{fails}` does not reject `{with}`"));
            }
            tried.push(Tried { exercise, number, checks });
            None
        })?;
    }

    // The solutions come last, since the tools look at the answers that are left there. They're
    // compiled as the reader's answers are, so a check that passes here passes there.
    let solutions = Round {
        what: "solutions",
        profile: Profile::Reader,
        answer: |source: &Source<'_>| Some(source.solved()),
        is_run: |_: &Exercise, _: &str| true,
    };
    trials.run(solutions, |_, checks| {
        let failure = most_telling(&checks);
        failure.map(|(name, says)| format!("its solution fails {name}: {says}"))
    })?;
    let exercises: Vec<&Exercise> =
        sources.iter().map(|source| source.exercise).collect();
    trials.complaints.extend(scratch.complaints(&exercises)?);
    trials.bar.finish_and_clear();
    Ok(trials.complaints)
}

/// Answers to the exercises, one for each, that are tried together.
struct Round<'r, Answer, IsRun> {
    /// The word for the answers on the progress bar.
    what: &'r str,
    profile: Profile,
    /// Returns the answer to an exercise, or `None` if this round has none.
    answer: Answer,
    /// Tells whether a check of an exercise is run.
    is_run: IsRun,
}

impl<'a> Trials<'_, 'a> {
    /// Compiles the answers of a round and runs their checks, and looks for a complaint about each
    /// answer.
    fn run(
        &mut self,
        round: Round<
            '_,
            impl Fn(&'a Source<'a>) -> Option<String>,
            impl Fn(&Exercise, &str) -> bool + Sync,
        >,
        mut complaint: impl FnMut(&'a Source<'a>, Vec<Check>) -> Option<String>,
    ) -> Result<()> {
        self.bar.set_message(round.what.to_owned());
        let with_answer = self
            .sources
            .iter()
            .filter_map(|source| Some((source, (round.answer)(source)?)));
        let (tried, answers): (Vec<_>, Vec<_>) = with_answer
            .map(|(source, answer)| (source, (source.exercise, answer)))
            .unzip();
        let built = self.scratch.compile(&answers, round.profile)?;
        let executables = tried
            .iter()
            .filter_map(|source| Some((*source, built.executable(source.exercise)?)));
        let executables: Vec<(&Source<'_>, &Path)> = executables.collect();
        let mut of_exercises = checks_of(&executables, &round.is_run)?.into_iter();
        for source in tried {
            let name = &source.exercise.name;
            let found = match built.executable(source.exercise) {
                Some(_) => complaint(source, of_exercises.next().unwrap_or_default()),
                None => Some(format!("does not compile:\n{}", built.said)),
            };
            self.complaints.extend(found.map(|found| format!("{name}: {found}")));
        }
        self.bar.inc(1);
        Ok(())
    }
}

/// Runs the checks of several executables on all processors, and returns them by executable, in
/// the order of the files. Their messages have no backtraces: no complaint needs a line number.
fn checks_of(
    executables: &[(&Source<'_>, &Path)],
    is_run: &(impl Fn(&Exercise, &str) -> bool + Sync),
) -> Result<Vec<Vec<Check>>> {
    let listed = in_parallel(executables, |(source, executable)| {
        let mut names = names(executable, &source.checks)?;
        names.retain(|name| is_run(source.exercise, name));
        Ok(names)
    })?;
    let jobs: Vec<(usize, String)> = listed
        .into_iter()
        .enumerate()
        .flat_map(|(of, names)| names.into_iter().map(move |name| (of, name)))
        .collect();
    let checked = in_parallel(&jobs, |(of, name)| {
        let (_, executable) = executables[*of];
        check(executable, name.clone(), Backtrace::Dropped)
    })?;
    let mut checks: Vec<Vec<Check>> = executables.iter().map(|_| vec![]).collect();
    for ((of, _), check) in jobs.iter().zip(checked) {
        checks[*of].push(check);
    }
    Ok(checks)
}

/// Does jobs on all processors, and returns their results in the order of the jobs.
fn in_parallel<J: Sync, R: Send>(
    jobs: &[J],
    work: impl Fn(&J) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    // Each thread takes the next job that no other thread has taken.
    let take_jobs = || {
        let mut done = vec![];
        while let number = next.fetch_add(1, Ordering::Relaxed)
            && let Some(job) = jobs.get(number)
        {
            done.push((number, work(job)));
        }
        done
    };
    let count = thread::available_parallelism().map_or(1, usize::from).min(jobs.len());
    let mut done: Vec<(usize, Result<R>)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(take_jobs)).collect();
        let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
        ended.flat_map(|done| done.unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
