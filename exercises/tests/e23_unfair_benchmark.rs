//! The author of a library publishes a benchmark, `times_faster`. It says that "ours"
//! is four times as fast as "theirs". Its comments all sound reasonable. But if you
//! race a program against itself with it, the program is four times as fast as itself.
//!
//! Three tricks favor "ours", and a fourth lets a wrong result win. Find each of them and
//! repair it, so that neither contestant gets anything that the other doesn't get. If a
//! contestant's result is wrong, the answer is `None`. You're given `is_right` and
//! `median`. The clock is fine, and some lines that look odd are fair and have to stay:
//! `black_box`, and that the two take turns.
//!
//! The checks use a simulated machine, so they know how long each run takes. A run takes
//! longer if the contestant hasn't run often before, if its memory is fresh, and if there's
//! noise or an interruption. `clock` is the clock of that machine.

#[path = "../src/e23_unfair_benchmark.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e23_unfair_benchmark;

use std::cell::Cell;

use backend::Batch;
use conformance::case::Case;
use conformance::oracle;
use conformance::random::Random;
use e23_unfair_benchmark::times_faster;
use exercises::lesson;

/// Seconds are added and subtracted in `f64`.
const OF_THE_CLOCK: f64 = 1e-9;

#[test]
fn a_slow_start_favors_nobody() {
    let program = Program { cold: 8.0, ..Program::STEADY };
    let input = "a program against itself, slow in its first runs: times as fast";
    let lesson = lesson(
        "measure",
        "a run that one of them alone has before the clock: a check is a run, too",
    );
    lesson.near(input, race(&program, &program, 1), 1.0, OF_THE_CLOCK);
}

#[test]
fn slow_memory_favors_nobody() {
    let lesson = lesson("measure", "fresh memory, which is slow, for one of them alone");
    let program = Program { fresh: 4.0, ..Program::STEADY };
    let input = "a program against itself, slow on fresh memory: times as fast";
    lesson.near(input, race(&program, &program, 1), 1.0, OF_THE_CLOCK);
}

#[test]
fn noise_favors_nobody() {
    let lesson =
        lesson("measure", "one statistic for ours, and a different one for theirs");
    let program = Program { noise: &NOISE, ..Program::STEADY };
    for rounds in [5, 10] {
        let input =
            format!("a program against itself, noise, {rounds} rounds: times as fast");
        // Of these times the shortest is 0.75, the median 1 and the mean 1.1.
        lesson.near(input, race(&program, &program, rounds), 1.0, OF_THE_CLOCK);
    }
}

#[test]
fn an_interruption_favors_nobody() {
    let lesson = lesson("measure", "one run that is interrupted decides the race");
    let program = Program::STEADY;
    let interrupted = Program { interrupted: Some(6), ..Program::STEADY };
    let of_theirs = race(&program, &interrupted, 9);
    lesson.near("theirs interrupted once: times as fast", of_theirs, 1.0, OF_THE_CLOCK);
    let of_ours = race(&interrupted, &program, 9);
    lesson.near("ours interrupted once: times as fast", of_ours, 1.0, OF_THE_CLOCK);
}

#[test]
fn what_is_faster_is_said_to_be() {
    let lesson = lesson("measure", "not their time over ours");
    let slow = Program { seconds: 3.0, ..Program::STEADY };
    let fast = race(&Program::STEADY, &slow, 5);
    lesson.near("1 s a run against 3 s: times as fast", fast, 3.0, OF_THE_CLOCK);
    let fast = race(&slow, &Program::STEADY, 5);
    lesson.near("3 s a run against 1 s: times as fast", fast, 1.0 / 3.0, OF_THE_CLOCK);
}

#[test]
fn wrong_results_win_nothing() {
    let lesson = lesson(
        "measure",
        "results aren't compared with the right ones, loss and gradient",
    );
    let right = Program::STEADY;
    for (name, outcome) in [
        ("does nothing", Outcome::Nothing),
        ("returns the right loss, and fills nothing", Outcome::LossAlone),
        ("fills the right gradient, and returns 0", Outcome::GradAlone),
        ("is right in all but the last number", Outcome::AllButOne),
        ("returns NaN", Outcome::NanLoss),
    ] {
        let wrong = Program { outcome, ..Program::STEADY };
        lesson.equal(format!("ours {name}"), raced(&wrong, &right, 5), None);
        lesson.equal(format!("theirs {name}"), raced(&right, &wrong, 5), None);
        // Two that agree may both be wrong.
        lesson.equal(format!("each {name}"), raced(&wrong, &wrong, 5), None);
    }
}

#[test]
fn a_program_is_as_fast_as_itself() {
    let lesson =
        lesson("measure", "the two do not get the same: at least one trick is left");
    let program = Program { cold: 8.0, fresh: 4.0, noise: &NOISE, ..Program::STEADY };
    for rounds in [5, 1, 10] {
        let input = format!("a program against itself, {rounds} rounds: times as fast");
        lesson.near(input, race(&program, &program, rounds), 1.0, OF_THE_CLOCK);
    }
}

/// How a program takes its time.
#[derive(Clone, Copy)]
struct Program {
    /// A run, if nothing is in its way.
    seconds: f64,
    /// In the first run besides; in the second half of it, in the third a third.
    cold: f64,
    /// On memory that is still 0 everywhere, as it is when it is new.
    fresh: f64,
    /// Factors, one after the other.
    noise: &'static [f64],
    /// The run that the system interrupts.
    interrupted: Option<usize>,
    outcome: Outcome,
}

/// What a program hands in.
#[derive(Clone, Copy)]
enum Outcome {
    Right,
    Nothing,
    LossAlone,
    GradAlone,
    AllButOne,
    NanLoss,
}

const NOISE: [f64; 5] = [1.0, 1.25, 0.75, 1.5, 1.0];

impl Program {
    const STEADY: Program = Program {
        seconds: 1.0,
        cold: 0.0,
        fresh: 0.0,
        noise: &[1.0],
        interrupted: None,
        outcome: Outcome::Right,
    };

    /// As a contestant on a machine where it is now so late.
    fn on<'a>(
        &'a self,
        now: &'a Cell<f64>,
        case: &'a Case,
    ) -> impl FnMut(&Batch<'_>, &mut [f32]) -> f32 + 'a {
        let exact = oracle::expected(&case.batch());
        let right: Vec<f32> = exact.grad.iter().map(|exact| exact.value as f32).collect();
        let mut runs = 0;
        move |_, grad| {
            let is_fresh = grad.iter().all(|&g| g == 0.0);
            let mut seconds = self.seconds + self.cold / (runs + 1) as f64;
            seconds += if is_fresh { self.fresh } else { 0.0 };
            seconds *= self.noise[runs % self.noise.len()];
            seconds += if self.interrupted == Some(runs) { 1000.0 } else { 0.0 };
            now.set(now.get() + seconds);
            runs += 1;
            let (loss, last) = (exact.forward.value as f32, right.len() - 1);
            match self.outcome {
                Outcome::Nothing => return 0.0,
                Outcome::LossAlone => return loss,
                Outcome::AllButOne => grad[..last].copy_from_slice(&right[..last]),
                _ => grad.copy_from_slice(&right),
            }
            match self.outcome {
                Outcome::GradAlone => 0.0,
                Outcome::NanLoss => f32::NAN,
                _ => loss,
            }
        }
    }
}

/// What the benchmark says of two programs.
fn raced(ours: &Program, theirs: &Program, rounds: usize) -> Option<f64> {
    let (case, now) = (Random::new(23).labels(3, 5, 3.0), Cell::new(0.0));
    let (mut ours, mut theirs) = (ours.on(&now, &case), theirs.on(&now, &case));
    times_faster(&mut ours, &mut theirs, &case.batch(), rounds, &|| now.get())
}

/// The same of two that are right.
#[track_caller]
fn race(ours: &Program, theirs: &Program, rounds: usize) -> f64 {
    let refused = lesson("measure", "a contestant that is right is refused");
    let times = raced(ours, theirs, rounds);
    refused.holds("two contestants that are right", times, "Some", times.is_some());
    times.unwrap_or(f64::NAN)
}
