//! What the loss does to a model: experiments on real data, seconds each.
//!
//! | experiment | asks |
//! |---|---|
//! | `gradients` | whether three ways to the gradient agree, and how far differences can be trusted |
//! | `surprise` | why squared error is stuck where cross-entropy is not |
//! | `digits` | whether every backend learns along the same curve |
//! | `softmax_twice` | what the most common bug costs |
//! | `collapse` | whether it matters that a loss rounds to 0 |
//! | `imbalance` | what class weights and ignored labels do |
//! | `smoothing` | what label smoothing does to confidence |
//! | `distillation` | what one model can learn from the doubts of another |
//! | `sonnet` | how a language model learns, and what it is surprised by |
//!
//! Each is a function from a [`Lab`] to a [`Report`], and says in its findings what its test
//! asserts. A number that is random comes from the seed of the lab, so that a run can be
//! repeated, bit for bit on the same machine.

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
    /// As it is called by.
    pub name: &'static str,
    /// What it asks.
    pub question: &'static str,
    run: fn(&Lab<'_>) -> Result<Report>,
}

/// All of them, in the order in which the book comes to them.
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
    /// Runs it.
    ///
    /// # Errors
    /// None that a lab can cause: what an experiment asks of a backend is valid.
    pub fn run(&self, lab: &Lab<'_>) -> Result<Report> {
        (self.run)(lab)
    }
}

/// What an experiment works with.
pub struct Lab<'a> {
    /// That the experiment `digits` compares.
    pub backends: &'a [Box<dyn Backend>],
    /// That all others train with.
    pub backend: &'a dyn Backend,
    /// Of everything random.
    pub seed: u64,
    /// Is told what is being done, how many steps of it are done, and of how many.
    pub progress: &'a dyn Fn(&str, usize, usize),
}

/// How many hidden units a network for the digits has.
const DIGITS_HIDDEN_UNITS: usize = 64;

/// The learning rate of [`Adam`] for the digits.
const DIGITS_RATE: f32 = 0.01;

impl Lab<'_> {
    fn generator(&self) -> Xoshiro256PlusPlus {
        Xoshiro256PlusPlus::seed_from_u64(self.seed)
    }

    /// A network for the digits, before it has learned.
    fn network(&self) -> Network {
        Network::random(PIXELS, DIGITS_HIDDEN_UNITS, CLASSES, &mut self.generator())
    }

    fn schedule(&self, epochs: usize) -> TrainingSchedule {
        TrainingSchedule { epochs, seed: self.seed, ..TrainingSchedule::default() }
    }

    /// Trains with Adam; returns the mean loss of each epoch.
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

/// The mean of some numbers.
fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Half the distance from the smallest to the largest.
fn half_range(values: impl Iterator<Item = f64>) -> f64 {
    let start = (f64::INFINITY, f64::NEG_INFINITY);
    let (min, max) = values.fold(start, |(min, max), x| (x.min(min), x.max(max)));
    (max - min) / 2.0
}

/// What a test looks at.
#[cfg(test)]
fn report_of(experiment: &Experiment) -> Report {
    let backends: [Box<dyn Backend>; 1] = [Box::new(scalar::Scalar)];
    let progress = &|_: &str, _, _| {};
    let lab = Lab { backends: &backends, backend: &*backends[0], seed: 1, progress };
    experiment.run(&lab).expect("the lab has what it needs")
}
