//! Everything the contract refuses: each cause with the numbers you need to find it.

use std::fmt;

/// The reason why an option, a batch or an output buffer was refused.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is named after the argument it reports")]
pub enum Error {
    /// The number of classes is 0.
    NoClasses,
    /// Rows x classes is more than a `usize` can count.
    TooLarge { rows: usize, classes: usize },
    /// The logits don't divide into rows of `classes` numbers.
    RaggedLogits { logits: usize, classes: usize },
    /// The number of logits isn't rows x classes.
    LogitCount { logits: usize, rows: usize, classes: usize },
    /// The number of labels isn't the number of rows.
    LabelCount { labels: usize, rows: usize },
    /// A label is neither below the number of classes nor the ignore index.
    LabelOutOfRange { row: usize, label: usize, classes: usize },
    /// A signed label is neither a `usize` nor the ignore index.
    SignedLabel { row: usize, label: i64, ignore_index: i64 },
    /// The number of target weights isn't rows x classes.
    DistributionLength { distributions: usize, rows: usize, classes: usize },
    /// The number of class weights isn't the number of classes.
    ClassWeightCount { class_weights: usize, classes: usize },
    /// A class weight is negative, infinite or NaN.
    ClassWeight { class: usize, weight: f32 },
    /// The smoothing is outside 0 to 1, or NaN.
    Smoothing { option: &'static str, epsilon: f32 },
    /// Both conventions of smoothing were asked for at once.
    TwoSmoothings { over_all: f32, over_others: f32 },
    /// Smoothing over the other classes was asked for, but there is only one class.
    NoOtherClass { epsilon: f32 },
    /// Smoothing over the other classes was asked for distributions, which have no label.
    OthersOfDistribution { epsilon: f32 },
    /// An ignore index was given with distributions, which have no label to compare.
    IgnoreIndexOfDistribution { ignore_index: usize },
    /// The mean has nothing to divide by.
    MeanOfNothing { rows: usize, ignored: usize },
    /// An output buffer has a different length from the one its inputs ask for.
    OutputLength { output: &'static str, length: usize, expected: usize },
    /// The number of binary targets isn't the number of logits.
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
            Error::TooLarge { rows, classes } => write!(
                f,
                "rows x classes is {rows} x {classes}, which is more than a usize can count"
            ),
            Error::RaggedLogits { logits, classes } => write!(
                f,
                "logits has length {logits}, which isn't a multiple of classes = {classes}"
            ),
            Error::LogitCount { logits, rows, classes } => write!(
                f,
                "logits has length {logits}, but rows x classes is {rows} x {classes}"
            ),
            Error::LabelCount { labels, rows } => {
                write!(f, "labels has length {labels}, but the number of rows is {rows}")
            }
            Error::LabelOutOfRange { row, label, classes } => {
                write_label_out_of_range(f, row, label, classes)
            }
            Error::SignedLabel { row, label, ignore_index } => write!(
                f,
                "labels[{row}] is {label}, which is neither a class nor ignore_index = \
                 {ignore_index}"
            ),
            Error::DistributionLength { distributions, rows, classes } => write!(
                f,
                "distributions has length {distributions}, but rows x classes is {rows} x \
                 {classes}; f32 targets are one weight for each class of each row, labels \
                 are usize"
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
                write!(f, "{option} is {epsilon}, but must be between 0 and 1")
            }
            Error::TwoSmoothings { over_all, over_others } => write!(
                f,
                "label_smoothing is {over_all} and label_smoothing_over_others is \
                 {over_others}, but a loss has only one of them"
            ),
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
            Error::MeanOfNothing { rows, ignored } => {
                write!(f, "the mean has nothing to divide by: ")?;
                write_why_nothing(f, rows, ignored)?;
                write!(f, "; Reduction::Sum needs no divisor")
            }
            Error::OutputLength { output, length, expected } => {
                write!(f, "{output} has length {length}, but must have length {expected}")
            }
            Error::BinaryTargetCount { targets, logits } => {
                write!(f, "targets has length {targets}, but logits has length {logits}")
            }
            Error::BinaryTarget { row, target } => {
                write!(f, "targets[{row}] is {target}, but must be between 0 and 1")
            }
            Error::PosWeight { pos_weight } => {
                write!(f, "pos_weight is {pos_weight}, but must be finite and at least 0")
            }
        }
    }
}

fn write_label_out_of_range(
    f: &mut fmt::Formatter<'_>,
    row: usize,
    label: usize,
    classes: usize,
) -> fmt::Result {
    write!(f, "labels[{row}] is {label}")?;
    // A label beyond any number of classes was most likely negative, and then cast.
    let signed = label.cast_signed();
    if signed.is_negative() {
        write!(f, " ({signed} as usize)")?;
    }
    match classes {
        1 => write!(f, ", but the only class is 0")?,
        _ => write!(f, ", but the {classes} classes end at {}", classes - 1)?,
    }
    if signed.is_negative() {
        write!(f, "; to leave such rows out, set ignore_index")?;
    }
    Ok(())
}

/// Writes why the labels leave the mean without a divisor.
fn write_why_nothing(
    f: &mut fmt::Formatter<'_>,
    rows: usize,
    ignored: usize,
) -> fmt::Result {
    if rows == 0 {
        write!(f, "there are no rows")
    } else if ignored == rows {
        write!(f, "every label is ignore_index")
    } else if ignored == 0 {
        write!(f, "every label has a class weight of 0")
    } else {
        let weightless = rows - ignored;
        write!(
            f,
            "every label is ignore_index ({ignored} of {rows}) or has a class weight of 0 \
             ({weightless} of {rows})"
        )
    }
}

impl std::error::Error for Error {}
