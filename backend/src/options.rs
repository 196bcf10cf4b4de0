//! The loss with its options, each of which is checked when you set it.

use std::fmt;

use crate::{Batch, Error, Targets, Terms};

/// Softmax cross-entropy from logits, with its options.
///
/// The default is the loss that a paper means without naming options: no smoothing, no
/// class weights, no ignored label, and the mean over the rows. Each option is checked
/// when you set it, and [`CrossEntropy::batch`] checks the options against the data.
///
/// PyTorch calls such an object a criterion, `torch.nn.CrossEntropyLoss`. In this course,
/// Criterion is the benchmark crate.
///
/// ```
/// use backend::{CrossEntropy, Reduction};
///
/// let loss = CrossEntropy::default()
///     .label_smoothing(0.1)?
///     .class_weights([1.0, 2.0, 0.5])?
///     .ignore_index(255)
///     .reduction(Reduction::Sum);
///
/// let refused = CrossEntropy::default().label_smoothing(1.5);
/// let message = refused.unwrap_err().to_string();
/// assert_eq!(message, "label_smoothing is 1.5, but must be between 0 and 1");
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEntropy {
    /// The smoothing over all classes: at least one of the two smoothings is 0.
    pub(crate) label_smoothing: f32,
    pub(crate) label_smoothing_over_others: f32,
    pub(crate) class_weights: Option<Vec<f32>>,
    pub(crate) ignore_index: Option<usize>,
    pub(crate) reduction: Reduction,
}

/// The way in which the losses of the rows become one number.
///
/// If you want one loss per row, which PyTorch calls the reduction `none`, call
/// [`Backend::losses`](crate::Backend::losses).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// The sum of the rows' losses over [`Batch::divisor`]. For labels, the divisor is
    /// the sum of `w_y` over the rows that aren't ignored, or without class weights,
    /// their number. For distributions, it's the number of rows, including rows of zeros.
    ///
    /// If the divisor is 0, the batch is refused with [`Error::MeanOfNothing`], where
    /// PyTorch 2.15 (November 2026) returns NaN. A training loop that can meet such a
    /// batch matches the error and skips the batch.
    #[default]
    Mean,
    /// The sum of the rows' losses, or 0 if there are no rows.
    Sum,
}

impl Default for CrossEntropy {
    fn default() -> Self {
        CrossEntropy::DEFAULT
    }
}

impl CrossEntropy {
    pub(crate) const DEFAULT: CrossEntropy = CrossEntropy {
        label_smoothing: 0.0,
        label_smoothing_over_others: 0.0,
        class_weights: None,
        ignore_index: None,
        reduction: Reduction::Mean,
    };

    /// Mixes every target with the uniform distribution: `(1 - epsilon) q + epsilon / C`,
    /// where `q` is the one-hot row of the label, or the distribution given.
    ///
    /// This is the convention of Szegedy et al. (2015), PyTorch 2.15 and Keras 3.15
    /// (November 2026). A row of zeros stays ignored.
    ///
    /// # Errors
    /// [`Error::Smoothing`] if `epsilon` is outside 0 to 1, or NaN;
    /// [`Error::TwoSmoothings`] if the loss already smooths over the other classes.
    pub fn label_smoothing(mut self, epsilon: f32) -> Result<Self, Error> {
        check_epsilon("label_smoothing", epsilon)?;
        self.label_smoothing = epsilon;
        self.with_one_smoothing()
    }

    /// Takes `epsilon` from the label and shares it among the other classes:
    /// `1 - epsilon` at the label, `epsilon / (C - 1)` elsewhere.
    ///
    /// You'll meet this convention, too. It equals [`CrossEntropy::label_smoothing`] with
    /// `epsilon * C / (C - 1)`, if that's at most 1. It's defined for labels only, and for
    /// two classes or more.
    ///
    /// # Errors
    /// [`Error::Smoothing`] if `epsilon` is outside 0 to 1, or NaN;
    /// [`Error::TwoSmoothings`] if the loss already smooths over all classes.
    pub fn label_smoothing_over_others(mut self, epsilon: f32) -> Result<Self, Error> {
        check_epsilon("label_smoothing_over_others", epsilon)?;
        self.label_smoothing_over_others = epsilon;
        self.with_one_smoothing()
    }

    fn with_one_smoothing(self) -> Result<Self, Error> {
        let over_all = self.label_smoothing;
        let over_others = self.label_smoothing_over_others;
        if over_all != 0.0 && over_others != 0.0 {
            return Err(Error::TwoSmoothings { over_all, over_others });
        }
        Ok(self)
    }

    /// Multiplies the target weight of each class `k` by `w_k`, after smoothing.
    ///
    /// # Errors
    /// [`Error::ClassWeight`] if a weight is negative, infinite or NaN. The number of
    /// weights is checked when you make a batch.
    pub fn class_weights(mut self, weights: impl Into<Vec<f32>>) -> Result<Self, Error> {
        let weights = weights.into();
        for (class, &weight) in weights.iter().enumerate() {
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(Error::ClassWeight { class, weight });
            }
        }
        self.class_weights = Some(weights);
        Ok(self)
    }

    /// Ignores the rows with this label, which may lie outside the classes. Ignored rows
    /// cost nothing, get a gradient of 0, and don't count in the mean.
    ///
    /// Labels are unsigned, so PyTorch's -100 isn't a label;
    /// [`labels_from_signed`](crate::labels_from_signed) turns it into
    /// [`IGNORED`](crate::IGNORED).
    pub fn ignore_index(mut self, label: usize) -> Self {
        self.ignore_index = Some(label);
        self
    }

    /// Chooses how the losses of the rows become one number.
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// Checks logits and targets against each other and against the options.
    ///
    /// `logits` holds rows of `classes` numbers, one after the other. The targets are
    /// either one label per row, `&[usize]`, or one distribution per row, `&[f32]`, laid
    /// out like the logits. A distribution isn't normalized: its weights may be any
    /// finite numbers, even if they're negative or don't sum to 1. A row of zeros is
    /// ignored, so its loss and gradient are 0 even with smoothing, but the mean counts
    /// it.
    ///
    /// # Errors
    /// The variants of [`Error`] for classes, logits, labels, distributions, class
    /// weights and means that don't fit together. The values of logits and distributions
    /// aren't checked: NaN gives NaN, and an infinite target weight gives an infinite
    /// loss or NaN.
    pub fn batch<'a>(
        &'a self,
        logits: &'a [f32],
        targets: impl Into<Targets<'a>>,
        classes: usize,
    ) -> Result<Batch<'a>, Error> {
        Batch::with_options(self, logits, targets.into(), classes)
    }

    /// Checks targets for a given number of rows and classes, before there are logits.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`], except those for logits.
    pub fn terms<'a>(
        &'a self,
        targets: impl Into<Targets<'a>>,
        rows: usize,
        classes: usize,
    ) -> Result<Terms<'a>, Error> {
        Terms::new(self, targets.into(), rows, classes)
    }
}

/// Writes the reduction and the options that are set: `mean, label smoothing 0.1`.
impl fmt::Display for CrossEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reduction {
            Reduction::Mean => write!(f, "mean")?,
            Reduction::Sum => write!(f, "sum")?,
        }
        if self.label_smoothing != 0.0 {
            write!(f, ", label smoothing {}", self.label_smoothing)?;
        }
        if self.label_smoothing_over_others != 0.0 {
            let epsilon = self.label_smoothing_over_others;
            write!(f, ", label smoothing over others {epsilon}")?;
        }
        if let Some(weights) = &self.class_weights {
            write!(f, ", class weights {weights:?}")?;
        }
        if let Some(label) = self.ignore_index {
            write!(f, ", ignore index {label}")?;
        }
        Ok(())
    }
}

fn check_epsilon(option: &'static str, epsilon: f32) -> Result<(), Error> {
    if (0.0..=1.0).contains(&epsilon) {
        Ok(())
    } else {
        Err(Error::Smoothing { option, epsilon })
    }
}
