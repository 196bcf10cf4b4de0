//! Experiments on real data, seconds each, that show how the loss shapes a model.
//!
//! | experiment | asks |
//! |---|---|
//! | `gradients` | Do three ways to the gradient agree, and how far can you trust differences? |
//! | `surprise` | Why is squared error stuck where cross-entropy isn't? |
//! | `digits` | Does every backend learn along the same curve? |
//! | `softmax_twice` | What does the most common bug cost? |
//! | `collapse` | Does it matter that a loss rounds to 0? |
//! | `imbalance` | What do class weights and ignored labels do? |
//! | `smoothing` | What does label smoothing do to confidence? |
//! | `distillation` | What can one model learn from the doubts of another? |
//! | `sonnet` | How does a language model learn, and what surprises it? |
//!
//! Each experiment is a function from a [`Lab`] to a [`Report`], and its test asserts the
//! statements in its findings. Every random number comes from the seed of the lab, so you
//! can repeat a run, bit for bit on the same machine.

mod collapse;
mod digits;
mod distillation;
mod gradients;
mod imbalance;
mod smoothing;
mod softmax_twice;
mod sonnet;
mod surprise;

use anyhow::Result;
use backend::{Backend, CrossEntropy};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::digits::{CLASSES, PIXELS};
use crate::report::{Report, Table};
use crate::{Adam, Examples, Model, Network, TrainingSchedule, fit};

/// A question, and the function that answers it.
pub struct Experiment {
    /// The name that you call the experiment by.
    pub name: &'static str,
    /// The question.
    pub question: &'static str,
    run: fn(&Lab<'_>) -> Result<Report>,
}

/// All experiments, in the order in which the book comes to them.
pub const ALL: [Experiment; 9] = [
    gradients::EXPERIMENT,
    surprise::EXPERIMENT,
    digits::EXPERIMENT,
    softmax_twice::EXPERIMENT,
    collapse::EXPERIMENT,
    imbalance::EXPERIMENT,
    smoothing::EXPERIMENT,
    distillation::EXPERIMENT,
    sonnet::EXPERIMENT,
];

impl Experiment {
    /// Runs the experiment.
    ///
    /// # Errors
    /// None that a lab can cause: an experiment makes only valid calls to a backend.
    pub fn run(&self, lab: &Lab<'_>) -> Result<Report> {
        (self.run)(lab)
    }
}

/// The backends, the seed and the progress display that an experiment works with.
pub struct Lab<'a> {
    /// The backends that the experiment `digits` compares.
    pub backends: &'a [Box<dyn Backend>],
    /// The backend that all other experiments train with.
    pub backend: &'a dyn Backend,
    /// The seed of everything random.
    pub seed: u64,
    /// Receives the name of the present work, the number of steps done, and that of all steps.
    pub progress: &'a dyn Fn(&str, usize, usize),
}

/// The number of hidden units in a network for the digits.
const DIGITS_HIDDEN_UNITS: usize = 64;

/// The learning rate of [`Adam`] for the digits.
const DIGITS_RATE: f32 = 0.01;

impl Lab<'_> {
    fn generator(&self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed)
    }

    /// Returns a network for the digits, before it has learned.
    fn network(&self) -> Network {
        Network::random(PIXELS, DIGITS_HIDDEN_UNITS, CLASSES, &mut self.generator())
    }

    fn schedule(&self, epochs: usize) -> TrainingSchedule {
        TrainingSchedule { epochs, seed: self.seed, ..TrainingSchedule::default() }
    }

    /// Trains with Adam, and returns the mean loss of each epoch.
    fn train<M: Model>(
        &self,
        what: &str,
        loss: &CrossEntropy,
        schedule: TrainingSchedule,
        examples: &Examples<M::Input>,
        model: &mut M,
    ) -> Result<Vec<f64>, backend::Error> {
        let mut losses = Vec::new();
        let mut adam = Adam::new(DIGITS_RATE);
        fit(self.backend, loss, schedule, examples, model, &mut adam, |epoch, _| {
            losses.push(epoch.loss);
            (self.progress)(what, epoch.number, schedule.epochs);
            Ok(())
        })?;
        Ok(losses)
    }

    fn report(
        &self,
        experiment: &str,
        tables: impl IntoIterator<Item = Table>,
        findings: impl IntoIterator<Item = String>,
    ) -> Report {
        Report {
            experiment: experiment.to_owned(),
            seed: self.seed,
            tables: tables.into_iter().collect(),
            findings: findings.into_iter().collect(),
        }
    }
}

/// Returns the mean of some numbers.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Returns half the distance from the smallest number to the largest.
fn half_range(values: impl Iterator<Item = f64>) -> f64 {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (min, max) = values.fold(start, |(min, max), x| (x.min(min), x.max(max)));
    (max - min) / 2.0
}

/// Runs an experiment for its test, with the scalar stage and the seed 1.
#[cfg(test)]
fn report_of(experiment: &Experiment) -> Report {
    let backends: [Box<dyn Backend>; 1] = [Box::new(scalar::Scalar)];
    let progress = &|_: &str, _, _| {};
    let lab = Lab { backends: &backends, backend: &*backends[0], seed: 1, progress };
    experiment.run(&lab).expect("the lab has what it needs")
}
