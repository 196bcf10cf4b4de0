//! The classifier learns the digits, and the loss that it starts from is known.

use backend::{CrossEntropy, Error};
use scalar::Scalar;
use training::{Digits, Schedule, fit};

#[test]
fn softmax_regression_learns_the_digits() {
    let (train, test) = Digits::embedded().unwrap().split(1);
    let mut losses = Vec::new();
    let schedule = Schedule::default();
    let loss = CrossEntropy::default();
    let layer = fit(&Scalar, &loss, &train, schedule, |e| losses.push(e.loss)).unwrap();
    assert!(layer.accuracy(&test).unwrap() >= 0.94);
    assert_eq!(losses.len(), schedule.epochs);
    assert!(losses[0] < 10.0_f64.ln(), "the first epoch is better than a guess");
    assert!(losses[schedule.epochs - 1] < losses[0] / 5.0);
}

#[test]
fn the_same_seed_gives_the_same_classifier() {
    let (train, _) = Digits::embedded().unwrap().split(1);
    let schedule = Schedule { epochs: 2, ..Schedule::default() };
    let loss = CrossEntropy::default();
    let run = || fit(&Scalar, &loss, &train, schedule, |_| {}).unwrap();
    assert_eq!(run(), run());
}

#[test]
fn a_loss_that_does_not_fit_the_digits_is_refused() {
    let (train, _) = Digits::embedded().unwrap().split(1);
    let loss = CrossEntropy::default().class_weights([1.0; 3]).unwrap();
    let refused = fit(&Scalar, &loss, &train, Schedule::default(), |_| {});
    let error = Error::ClassWeightCount { class_weights: 3, classes: 10 };
    assert_eq!(refused.unwrap_err(), error);
}
