//! Everything the contract refuses, with the message a caller reads.

use backend::{Batch, BinaryCrossEntropy, CrossEntropy, Error, Logits, Reduction};

const LOGITS: [f32; 6] = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, error: Error, message: &str) {
    let refused = result.expect_err("it is refused");
    assert_eq!(refused, error);
    assert_eq!(refused.to_string(), message);
}

fn loss() -> CrossEntropy {
    CrossEntropy::default()
}

#[test]
fn no_classes() {
    let message = "classes is 0, but a row needs at least 1";
    refused(Batch::new(&LOGITS, &[0, 1], 0), Error::NoClasses, message);
    refused(Logits::new(&[], 0), Error::NoClasses, message);
}

#[test]
fn ragged_logits() {
    refused(
        Batch::new(&LOGITS, &[0], 4),
        Error::RaggedLogits { logits: 6, classes: 4 },
        "logits has length 6, which is not a multiple of classes = 4",
    );
}

#[test]
fn logits_that_terms_do_not_expect() {
    let loss = CrossEntropy::default();
    let terms = loss.terms(&[0, 1], 2, 3).unwrap();
    refused(
        terms.part(1..2).batch(&LOGITS),
        Error::LogitCount { logits: 6, rows: 1, classes: 3 },
        "logits has length 6, but rows x classes is 1 x 3",
    );
    refused(
        loss.terms(&[0, 1], 2, 0),
        Error::NoClasses,
        "classes is 0, but a row needs at least 1",
    );
}

#[test]
fn labels_of_the_wrong_length() {
    refused(
        Batch::new(&LOGITS, &[0, 1, 2], 3),
        Error::LabelCount { labels: 3, rows: 2 },
        "labels has length 3, but logits has 2 rows",
    );
}

#[test]
fn a_label_beyond_the_classes() {
    refused(
        Batch::new(&LOGITS, &[0, 3], 3),
        Error::LabelOutOfRange { row: 1, label: 3, classes: 3 },
        "labels[1] is 3, but the 3 classes end at 2",
    );
    assert!(loss().ignore_index(3).batch(&LOGITS, &[0, 3], 3).is_ok());
    assert!(loss().ignore_index(4).batch(&LOGITS, &[0, 3], 3).is_err());
}

#[test]
fn distributions_of_the_wrong_length() {
    refused(
        Batch::new(&LOGITS, &[0.5, 0.5], 3),
        Error::DistributionLength { distributions: 2, logits: 6 },
        "distributions has length 2, but logits has 6",
    );
}

#[test]
fn class_weights_of_the_wrong_length() {
    let loss = loss().class_weights([1.0, 2.0]).unwrap();
    refused(
        loss.batch(&LOGITS, &[0, 1], 3),
        Error::ClassWeightCount { class_weights: 2, classes: 3 },
        "class_weights has length 2, but classes is 3",
    );
}

#[test]
fn class_weights_that_are_no_weights() {
    refused(
        loss().class_weights([1.0, -2.0]),
        Error::ClassWeight { class: 1, weight: -2.0 },
        "class_weights[1] is -2, but must be finite and at least 0",
    );
    assert!(loss().class_weights([f32::NAN]).is_err());
    assert!(loss().class_weights([f32::INFINITY]).is_err());
}

#[test]
fn smoothing_outside_zero_to_one() {
    refused(
        loss().label_smoothing(-0.1),
        Error::Smoothing { option: "label_smoothing", epsilon: -0.1 },
        "label_smoothing is -0.1, but must lie in 0 to 1",
    );
    refused(
        loss().label_smoothing_over_others(2.0),
        Error::Smoothing { option: "label_smoothing_over_others", epsilon: 2.0 },
        "label_smoothing_over_others is 2, but must lie in 0 to 1",
    );
    for epsilon in [1.1, f32::NAN, f32::INFINITY] {
        assert!(loss().label_smoothing(epsilon).is_err());
        assert!(loss().label_smoothing_over_others(epsilon).is_err());
    }
}

#[test]
fn smoothing_over_others_where_there_are_none() {
    let smoothed = loss().label_smoothing_over_others(0.1).unwrap();
    refused(
        smoothed.batch(&[1.0, 2.0], &[0, 0], 1),
        Error::NoOtherClass { epsilon: 0.1 },
        "label_smoothing_over_others is 0.1, but with 1 class there is no other",
    );
    refused(
        smoothed.batch(&[1.0, 2.0], &[0.5, 0.5], 2),
        Error::OthersOfDistribution { epsilon: 0.1 },
        "label_smoothing_over_others is 0.1, but distributions have no label that the \
         others differ from; use label_smoothing",
    );
    let none = loss().label_smoothing_over_others(0.0).unwrap();
    assert!(none.batch(&[1.0, 2.0], &[0, 0], 1).is_ok());
}

#[test]
fn an_ignore_index_with_distributions() {
    refused(
        loss().ignore_index(255).batch(&LOGITS, &[0.5; 6], 3),
        Error::IgnoreIndexOfDistribution { ignore_index: 255 },
        "ignore_index is 255, but distributions have no label to compare it with; a row \
         of zeros costs nothing, though the mean counts it",
    );
}

#[test]
fn a_mean_of_nothing() {
    refused(
        Batch::new(&[], &[] as &[usize], 3),
        Error::MeanOfNothing { rows: 0, ignored: 0 },
        "logits has no rows, and the mean needs one",
    );
    assert!(Batch::new(&[], &[] as &[f32], 3).is_err());
    let ignoring = loss().ignore_index(1);
    assert_eq!(
        ignoring.batch(&LOGITS, &[1, 1], 3).unwrap_err(),
        Error::MeanOfNothing { rows: 2, ignored: 2 },
    );
    let weightless = loss().class_weights([0.0, 1.0, 1.0]).unwrap();
    refused(
        weightless.batch(&LOGITS, &[0, 0], 3),
        Error::MeanOfNothing { rows: 2, ignored: 0 },
        "the mean over 2 rows has nothing to divide by: 0 are ignored and the class \
         weights of the others sum to 0",
    );
    assert!(weightless.reduction(Reduction::Sum).batch(&LOGITS, &[0, 0], 3).is_ok());
}

#[test]
fn an_output_of_the_wrong_length() {
    let batch = Batch::new(&LOGITS, &[0, 1], 3).unwrap();
    refused(
        batch.grad_out(&mut [0.0; 5]),
        Error::OutputLength { output: "grad", length: 5, expected: 6 },
        "grad has length 5, but the batch needs 6",
    );
    assert!(batch.losses_out(&mut [0.0; 3]).is_err());
    assert!(batch.logits().softmax_out(&mut [0.0; 7]).is_err());
}

#[test]
fn binary_targets_and_weights_out_of_range() {
    let binary = BinaryCrossEntropy::default();
    for pos_weight in [-1.0, f32::NAN, f32::INFINITY] {
        assert!(binary.pos_weight(pos_weight).is_err());
    }
    refused(
        binary.pos_weight(-1.0),
        Error::PosWeight { pos_weight: -1.0 },
        "pos_weight is -1, but must be finite and at least 0",
    );
}
