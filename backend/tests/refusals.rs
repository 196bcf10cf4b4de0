//! Everything the contract refuses, with the message a caller reads.

use backend::{
    Batch, BinaryCrossEntropy, CrossEntropy, Error, Logits, Reduction, labels_from_signed,
};

const LOGITS: [f32; 6] = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
const NO_LABELS: [usize; 0] = [];

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
        "logits has length 6, which isn't a multiple of classes = 4",
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
        "labels has length 3, but the number of rows is 2",
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
    refused(
        Batch::new(&[0.5, 0.25], &[0, 2], 1),
        Error::LabelOutOfRange { row: 1, label: 2, classes: 1 },
        "labels[1] is 2, but the only class is 0",
    );
}

#[test]
fn a_negative_label() {
    let cast = -100_isize as usize;
    refused(
        Batch::new(&LOGITS, &[0, cast], 3),
        Error::LabelOutOfRange { row: 1, label: cast, classes: 3 },
        &format!(
            "labels[1] is {cast} (-100 as usize), but the 3 classes end at 2; to leave \
             such rows out, set ignore_index"
        ),
    );
    refused(
        labels_from_signed(&[0, -100, -1], -100),
        Error::SignedLabel { row: 2, label: -1, ignore_index: -100 },
        "labels[2] is -1, which is neither a class nor ignore_index = -100",
    );
    // An ignore index may be a class, too.
    assert_eq!(labels_from_signed(&[0, 1], 1), Ok(vec![0, usize::MAX]));
}

#[test]
fn distributions_of_the_wrong_length() {
    refused(
        Batch::new(&LOGITS, &[0.5, 0.5], 3),
        Error::DistributionLength { distributions: 2, rows: 2, classes: 3 },
        "distributions has length 2, but rows x classes is 2 x 3; f32 targets are one \
         weight for each class of each row, labels are usize",
    );
}

#[test]
fn more_logits_than_a_usize_can_count() {
    let half = usize::MAX / 2 + 1;
    let error = Error::TooLarge { rows: half, classes: 2 };
    let message =
        format!("rows x classes is {half} x 2, which is more than a usize can count");
    // The product wraps around to 0, the length of these logits and distributions.
    refused(loss().terms(&[] as &[f32], half, 2), error, &message);
    let error = Error::TooLarge { rows: 2, classes: half };
    let message =
        format!("rows x classes is 2 x {half}, which is more than a usize can count");
    refused(loss().terms(&[0, 1], 2, half), error, &message);
    // Just below that bound, the rows still outnumber the labels.
    let terms = loss().terms(&NO_LABELS, half - 1, 2).map(|terms| terms.rows());
    let error = Error::LabelCount { labels: 0, rows: half - 1 };
    assert_eq!(terms.unwrap_err(), error);
    let summed = loss().reduction(Reduction::Sum);
    assert!(summed.terms(&NO_LABELS, 0, usize::MAX).unwrap().batch(&[]).is_ok());
}

/// Asks for rows at which `i * classes` wraps around to a row that exists.
#[test]
fn no_row_but_those_below_the_number_of_rows() {
    let half = usize::MAX / 2 + 1;
    let (logits, q) = ([1.0, 2.0, 3.0, 4.0], [0.5; 4]);
    let loss = loss();
    let of_labels = loss.batch(&logits, &[0, 1], 2).unwrap();
    let batch = loss.batch(&logits, &q, 2).unwrap();
    let terms = loss.terms(&q, 2, 2).unwrap();
    for i in [2, half, half + 1] {
        assert!(panics(|| _ = batch.logits().row(i)));
        assert!(panics(|| _ = batch.row(i)));
        assert!(panics(|| _ = of_labels.row(i)));
        assert!(panics(|| _ = terms.target(i)));
        assert!(panics(|| _ = terms.part(i..i + 1)));
    }
    assert!(panics(|| _ = terms.part(0..3)));
}

fn panics(run: impl FnOnce() + std::panic::UnwindSafe) -> bool {
    std::panic::catch_unwind(run).is_err()
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
        "label_smoothing is -0.1, but must be between 0 and 1",
    );
    refused(
        loss().label_smoothing_over_others(2.0),
        Error::Smoothing { option: "label_smoothing_over_others", epsilon: 2.0 },
        "label_smoothing_over_others is 2, but must be between 0 and 1",
    );
    for epsilon in [1.1, f32::NAN, f32::INFINITY] {
        assert!(loss().label_smoothing(epsilon).is_err());
        assert!(loss().label_smoothing_over_others(epsilon).is_err());
    }
}

#[test]
fn two_smoothings() {
    let error = || Error::TwoSmoothings { over_all: 0.1, over_others: 0.25 };
    let message = "label_smoothing is 0.1 and label_smoothing_over_others is 0.25, but a \
                   loss has only one of them";
    let over_all = loss().label_smoothing(0.1).unwrap();
    refused(over_all.clone().label_smoothing_over_others(0.25), error(), message);
    let over_others = loss().label_smoothing_over_others(0.25).unwrap();
    refused(over_others.clone().label_smoothing(0.1), error(), message);

    // A smoothing of 0 is no smoothing, and takes nothing back from the other.
    assert_eq!(over_all.clone().label_smoothing_over_others(0.0).unwrap(), over_all);
    assert_eq!(over_others.clone().label_smoothing(0.0).unwrap(), over_others);
    // The same option set twice keeps the second value, as every other option does.
    assert_eq!(loss().label_smoothing(0.3).unwrap().label_smoothing(0.1), Ok(over_all));
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
    let nothing = |rows, ignored, why: &str| {
        let message = format!(
            "the mean has nothing to divide by: {why}; Reduction::Sum needs no divisor"
        );
        (Error::MeanOfNothing { rows, ignored }, message)
    };
    let (error, message) = nothing(0, 0, "there are no rows");
    refused(Batch::new(&[], &NO_LABELS, 3), error.clone(), &message);
    refused(Batch::new(&[], &[] as &[f32], 3), error, &message);

    let ignoring = loss().ignore_index(1);
    let (error, message) = nothing(2, 2, "every label is ignore_index");
    refused(ignoring.batch(&LOGITS, &[1, 1], 3), error, &message);

    let weightless = loss().class_weights([0.0, 1.0, 1.0]).unwrap();
    let (error, message) = nothing(2, 0, "every label has a class weight of 0");
    refused(weightless.batch(&LOGITS, &[0, 0], 3), error, &message);

    let both = weightless.clone().ignore_index(1);
    let why = "every label is ignore_index (1 of 2) or has a class weight of 0 (1 of 2)";
    let (error, message) = nothing(2, 1, why);
    refused(both.batch(&LOGITS, &[0, 1], 3), error, &message);

    for loss in [loss(), ignoring, weightless, both] {
        let summed = loss.reduction(Reduction::Sum);
        assert!(summed.batch(&[], &NO_LABELS, 3).is_ok());
        assert!(summed.batch(&LOGITS, &[1, 0], 3).is_ok());
    }
}

#[test]
fn an_output_of_the_wrong_length() {
    let batch = Batch::new(&LOGITS, &[0, 1], 3).unwrap();
    refused(
        batch.grad_out(&mut [0.0; 5]),
        Error::OutputLength { output: "grad", length: 5, expected: 6 },
        "grad has length 5, but must have length 6",
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
