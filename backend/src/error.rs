//! What is refused, each cause with the numbers that are needed to find it.

use std::fmt;

/// Why an option, a batch or an output buffer was refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is named after the argument it reports")]
pub enum Error {
    /// The number of classes is 0.
    NoClasses,
    /// The logits do not divide into rows of `classes` numbers.
    RaggedLogits { logits: usize, classes: usize },
    /// The logits are not as many as the rows and classes that they are joined with.
    LogitCount { logits: usize, rows: usize, classes: usize },
    /// There is not one label a row.
    LabelCount { labels: usize, rows: usize },
    /// A label is neither below the number of classes nor the ignore index.
    LabelOutOfRange { row: usize, label: usize, classes: usize },
    /// There is not one target weight a logit.
    DistributionLength { distributions: usize, logits: usize },
    /// There is not one class weight a class.
    ClassWeightCount { class_weights: usize, classes: usize },
    /// A class weight is negative, infinite or NaN.
    ClassWeight { class: usize, weight: f32 },
    /// The smoothing is outside 0 to 1, or NaN.
    Smoothing { option: &'static str, epsilon: f32 },
    /// Smoothing over the other classes was asked for where there is only one class.
    NoOtherClass { epsilon: f32 },
    /// Smoothing over the other classes was asked for distributions, which have no label.
    OthersOfDistribution { epsilon: f32 },
    /// An ignore index was given with distributions, which have no label to compare.
    IgnoreIndexOfDistribution { ignore_index: usize },
    /// The mean has nothing to divide by.
    MeanOfNothing { rows: usize, ignored: usize },
    /// An output buffer has another length than the batch asks for.
    OutputLength { output: &'static str, length: usize, expected: usize },
    /// An input array has another length than the others ask for.
    InputLength { input: &'static str, length: usize, expected: usize },
    /// An input array has another shape, rows and columns, than the others ask for.
    InputShape { input: &'static str, shape: (usize, usize), expected: (usize, usize) },
    /// An output array has another shape, rows and columns, than the inputs ask for.
    OutputShape { output: &'static str, shape: (usize, usize), expected: (usize, usize) },
    /// There is not one binary target a logit.
    BinaryTargetCount { targets: usize, logits: usize },
    /// A binary target is outside 0 to 1, or NaN.
    BinaryTarget { row: usize, target: f32 },
    /// The weight of the positive class is negative, infinite or NaN.
    PosWeight { pos_weight: f32 },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Error::NoClasses => write!(f, "classes is 0, but a row needs at least 1"),
            Error::RaggedLogits { logits, classes } => write!(
                f,
                "logits has length {logits}, which is not a multiple of classes = {classes}"
            ),
            Error::LogitCount { logits, rows, classes } => write!(
                f,
                "logits has length {logits}, but rows x classes is {rows} x {classes}"
            ),
            Error::LabelCount { labels, rows } => {
                write!(f, "labels has length {labels}, but logits has {rows} rows")
            }
            Error::LabelOutOfRange { row, label, classes } => write!(
                f,
                "labels[{row}] is {label}, but the {classes} classes end at {}",
                classes - 1
            ),
            Error::DistributionLength { distributions, logits } => write!(
                f,
                "distributions has length {distributions}, but logits has {logits}"
            ),
            Error::ClassWeightCount { class_weights, classes } => write!(
                f,
                "class_weights has length {class_weights}, but classes is {classes}"
            ),
            Error::ClassWeight { class, weight } => write!(
                f,
                "class_weights[{class}] is {weight}, but must be finite and at least 0"
            ),
            Error::Smoothing { option, epsilon } => {
                write!(f, "{option} is {epsilon}, but must lie in 0 to 1")
            }
            Error::NoOtherClass { epsilon } => write!(
                f,
                "label_smoothing_over_others is {epsilon}, but with 1 class there is no other"
            ),
            Error::OthersOfDistribution { epsilon } => write!(
                f,
                "label_smoothing_over_others is {epsilon}, but distributions have no label \
                 that the others differ from; use label_smoothing"
            ),
            Error::IgnoreIndexOfDistribution { ignore_index } => write!(
                f,
                "ignore_index is {ignore_index}, but distributions have no label to compare \
                 it with; a row of zeros costs nothing, though the mean counts it"
            ),
            Error::MeanOfNothing { rows: 0, .. } => {
                write!(f, "logits has no rows, and the mean needs one")
            }
            Error::MeanOfNothing { rows, ignored } => write!(
                f,
                "the mean over {rows} rows has nothing to divide by: {ignored} are ignored \
                 and the class weights of the others sum to 0"
            ),
            Error::OutputLength { output, length, expected } => {
                write!(f, "{output} has length {length}, but the batch needs {expected}")
            }
            Error::InputLength { input, length, expected } => {
                write!(f, "{input} has length {length}, but must have {expected}")
            }
            Error::InputShape { input: array, shape, expected }
            | Error::OutputShape { output: array, shape, expected } => write!(
                f,
                "{array} has shape {} x {}, but must have {} x {}",
                shape.0, shape.1, expected.0, expected.1
            ),
            Error::BinaryTargetCount { targets, logits } => {
                write!(f, "targets has length {targets}, but logits has {logits}")
            }
            Error::BinaryTarget { row, target } => {
                write!(f, "targets[{row}] is {target}, but must lie in 0 to 1")
            }
            Error::PosWeight { pos_weight } => {
                write!(f, "pos_weight is {pos_weight}, but must be finite and at least 0")
            }
        }
    }
}

impl std::error::Error for Error {}
