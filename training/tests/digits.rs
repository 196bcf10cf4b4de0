//! The classifier learns the digits, from a loss that's known at the start.

use backend::{CrossEntropy, Error};
use scalar::Scalar;
use training::{Linear, Score, Sgd, TrainingSchedule, digits, fit};

/// Returns a linear layer after some epochs, and the mean loss of each epoch.
fn trained(epochs: usize, loss: &CrossEntropy) -> Result<(Linear, Vec<f64>), Error> {
    let (train, _) = digits::embedded().split(1);
    let schedule = TrainingSchedule { epochs, ..TrainingSchedule::default() };
    let mut layer = Linear::zeros(digits::PIXELS, digits::CLASSES);
    let mut losses = Vec::new();
    let mut sgd = Sgd { rate: 0.5 };
    fit(&Scalar, loss, schedule, &train, &mut layer, &mut sgd, |epoch, _| {
        losses.push(epoch.loss);
        Ok(())
    })?;
    Ok((layer, losses))
}

#[test]
fn softmax_regression_learns_the_digits() {
    let (_, test) = digits::embedded().split(1);
    let (layer, losses) = trained(40, &CrossEntropy::default()).unwrap();
    assert!(Score::of(&Scalar, &layer, &test).unwrap().accuracy >= 0.94);
    assert_eq!(losses.len(), 40);
    assert!(losses[0] < 10.0_f64.ln(), "the first epoch is better than a guess");
    assert!(losses[39] < losses[0] / 5.0);
}

#[test]
fn the_same_seed_gives_the_same_classifier() {
    let loss = CrossEntropy::default();
    assert_eq!(trained(2, &loss).unwrap(), trained(2, &loss).unwrap());
}

#[test]
fn a_loss_that_does_not_fit_the_digits_is_refused() {
    let loss = CrossEntropy::default().class_weights([1.0; 3]).unwrap();
    let error = Error::ClassWeightCount { class_weights: 3, classes: 10 };
    assert_eq!(trained(1, &loss).unwrap_err(), error);
}
