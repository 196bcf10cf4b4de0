//! e12, errors that name the row. Your task is at the top of tests/e12_bad_targets.rs.

use std::fmt;

/// Checked labels: each of them is a class or the ignore index.
///
/// The fields are private, and `new` is the only way to make `Labels`. So a function that takes
/// `Labels` doesn't have to check them again, and you can't give it unchecked ones.
#[derive(Clone, Copy, Debug)]
pub struct Labels<'a> {
    labels: &'a [usize],
    ignore_index: Option<usize>,
}

/// The error for a label that is neither below the number of classes nor the ignore index.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelOutOfRange {
    /// The row of the first such label, from 0.
    pub row: usize,
    /// The label.
    pub label: usize,
    /// How many classes there are.
    pub classes: usize,
}

impl<'a> Labels<'a> {
    /// Checks labels, one for each row, against the number of classes, which is at least 1.
    ///
    /// # Errors
    /// Returns [`LabelOutOfRange`] for the first label that is neither a class nor ignored.
    pub fn new(
        labels: &'a [usize],
        classes: usize,
        ignore_index: Option<usize>,
    ) -> Result<Self, LabelOutOfRange> {
        todo!("check {labels:?}: {classes} classes, ignore index {ignore_index:?}")
    }

    /// Returns the label of row `i`, which is a class, or `None` if the row is ignored.
    pub fn row(&self, i: usize) -> Option<usize> {
        let label = self.labels[i];
        (self.ignore_index != Some(label)).then_some(label)
    }
}

/// Writes the message, such as `labels[1] is 3, but the 3 classes end at 2`.
impl fmt::Display for LabelOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LabelOutOfRange { row, label, classes } = self;
        todo!("write to `f` the message for row {row}, label {label}, {classes} classes")
    }
}

impl std::error::Error for LabelOutOfRange {}
