//! The training loop.

use backend::{Backend, CrossEntropy, Error};
use ndarray::Array2;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::digits::shuffled;
use crate::{Digits, Linear, LinearGradient, PIXELS, Sgd};

/// How long to train, and in what steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How often each digit is seen.
    pub epochs: usize,
    /// How many digits a step looks at.
    pub rows_per_step: usize,
    /// The learning rate.
    pub rate: f32,
    /// Of the order in which the digits are seen.
    pub seed: u64,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule { epochs: 40, rows_per_step: 32, rate: 0.5, seed: 1 }
    }
}

/// What is known after each epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Epoch {
    /// From 1.
    pub number: usize,
    /// The mean loss over the steps of the epoch, in nats.
    pub loss: f64,
}

/// Trains a linear layer on digits, from zeros, and reports each epoch.
///
/// # Errors
/// If the loss refuses a batch, as it does where its class weights are not ten.
pub fn fit(
    backend: &dyn Backend,
    loss: &CrossEntropy,
    digits: &Digits,
    schedule: Schedule,
    mut report: impl FnMut(Epoch),
) -> Result<Linear, Error> {
    let mut layer = Linear::zeros(PIXELS, Digits::CLASSES);
    let sgd = Sgd { rate: schedule.rate };
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(schedule.seed);
    for number in 1..=schedule.epochs {
        let order = shuffled(digits.len(), &mut generator);
        let mut losses = Vec::new();
        for indices in order.chunks(schedule.rows_per_step.max(1)) {
            let step = digits.select(indices);
            losses.push(train_step(backend, loss, &step, &mut layer, sgd)?);
        }
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        report(Epoch { number, loss: mean });
    }
    Ok(layer)
}

/// One step of training; returns the loss before it.
// ANCHOR: train_step
fn train_step(
    backend: &dyn Backend,
    loss: &CrossEntropy,
    digits: &Digits,
    layer: &mut Linear,
    sgd: Sgd,
) -> Result<f64, Error> {
    let logits = layer.logits(&digits.images);
    let mut by_logits = Array2::zeros(logits.dim());

    let z = logits.as_slice().expect("logits are row-major");
    let batch = loss.batch(z, &digits.labels, logits.ncols())?;
    let grad = by_logits.as_slice_mut().expect("a new array is row-major");
    let value = backend.forward_backward(batch.grad_out(grad)?);

    sgd.step(layer, &LinearGradient::new(&digits.images, &by_logits));
    Ok(f64::from(value))
}
// ANCHOR_END: train_step
