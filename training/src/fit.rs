//! The training loop.

use backend::{Backend, CrossEntropy, Error};
use ndarray::Array2;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::examples::shuffled;
use crate::model::row_major;
use crate::{Examples, Model, Optimizer};

/// The length of a training, and the size of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainingSchedule {
    /// The number of times that each example is seen.
    pub epochs: usize,
    /// The number of examples in a step.
    pub rows_per_step: usize,
    /// The seed of the order in which the examples are seen.
    pub seed: u64,
}

impl Default for TrainingSchedule {
    fn default() -> Self {
        TrainingSchedule { epochs: 40, rows_per_step: 32, seed: 1 }
    }
}

/// The report of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// The number of the epoch, from 1.
    pub number: usize,
    /// The mean loss over the steps of the epoch, in nats.
    pub loss: f64,
}

/// Trains a model on examples, and reports each epoch together with the model at its end.
///
/// # Errors
/// If the loss refuses a batch, for example because it has 3 class weights for 10
/// classes; or if the report fails.
pub fn fit<M: Model>(
    backend: &dyn Backend,
    loss: &CrossEntropy,
    schedule: TrainingSchedule,
    examples: &Examples<M::Input>,
    model: &mut M,
    optimizer: &mut impl Optimizer,
    report: impl FnMut(Epoch, &M) -> Result<(), Error>,
) -> Result<(), Error> {
    let step = |model: &mut M, examples: &Examples<M::Input>| {
        train_step(backend, loss, examples, model, optimizer)
    };
    epochs(schedule, examples, model, step, report)
}

/// Takes a model through epochs of steps, each of which returns the loss before the step.
///
/// # Errors
/// If a step or the report fails.
pub fn epochs<M: Model, E>(
    schedule: TrainingSchedule,
    examples: &Examples<M::Input>,
    model: &mut M,
    mut step: impl FnMut(&mut M, &Examples<M::Input>) -> Result<f64, E>,
    mut report: impl FnMut(Epoch, &M) -> Result<(), E>,
) -> Result<(), E> {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(schedule.seed);
    for number in 1..=schedule.epochs {
        let order = shuffled(examples.len(), &mut generator);
        let mut losses = Vec::new();
        for indices in order.chunks(schedule.rows_per_step.max(1)) {
            losses.push(step(model, &examples.select(indices))?);
        }
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        report(Epoch { number, loss: mean }, model)?;
    }
    Ok(())
}

/// Takes one step of training, and returns the loss before the step.
///
/// # Errors
/// If the loss refuses the batch, as in [`fit`].
// ANCHOR: train_step
pub fn train_step<M: Model>(
    backend: &dyn Backend,
    loss: &CrossEntropy,
    examples: &Examples<M::Input>,
    model: &mut M,
    optimizer: &mut impl Optimizer,
) -> Result<f64, Error> {
    let (logits, kept) = model.forward(&examples.inputs);
    let mut by_logits = Array2::zeros(logits.dim());

    let batch = loss.batch(row_major(&logits), &examples.labels, logits.ncols())?;
    let grad = by_logits.as_slice_mut().expect("a new array is row-major");
    let value = backend.forward_backward(batch.grad_out(grad)?);

    let gradient = model.backward(&examples.inputs, &kept, &by_logits);
    optimizer.step(model, &gradient);
    Ok(f64::from(value))
}
// ANCHOR_END: train_step
