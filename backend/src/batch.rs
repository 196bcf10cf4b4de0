//! The batch, which is valid by construction.

use std::ops::Range;

use crate::terms::Terms;
use crate::{CrossEntropy, Error, GradOut, Logits, LossesOut, Target, Targets};

/// One row of a batch: its logits, and the target weights that turn them into a loss.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    logits: &'a [f32],
    target: Target<'a>,
}

impl<'a> Row<'a> {
    /// Returns the logits `z`, one for each class.
    #[inline]
    pub fn logits(&self) -> &'a [f32] {
        self.logits
    }

    /// Returns the target weights `a`, one for each class.
    #[inline]
    pub fn target(&self) -> Target<'a> {
        self.target
    }
}

/// Logits and targets that fit each other and the options of a loss.
///
/// You make a batch with [`CrossEntropy::batch`], or with [`Batch::new`] for the loss
/// without options. A batch that exists can't have a wrong shape: lengths agree, each
/// label is a class or ignored, and the mean has something to divide by. The values of
/// logits and distributions aren't checked.
///
/// ```
/// use backend::Batch;
///
/// let logits = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];
/// let batch = Batch::new(&logits, &[0, 1], 3)?;
/// assert_eq!((batch.rows(), batch.classes(), batch.divisor()), (2, 3, 2.0));
///
/// let refused = Batch::new(&logits, &[0, 3], 3).unwrap_err();
/// assert_eq!(refused.to_string(), "labels[1] is 3, but the 3 classes end at 2");
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub(crate) logits: Logits<'a>,
    pub(crate) terms: Terms<'a>,
}

/// The targets of a batch whose rows have a label each, and no weight anywhere else.
///
/// You get them from [`Batch::only_labels`].
#[derive(Clone, Copy, Debug)]
pub struct OnlyLabels<'a> {
    labels: &'a [usize],
    ignored: Option<usize>,
    keep: f64,
    class_weights: Option<&'a [f32]>,
}

impl OnlyLabels<'_> {
    /// Returns the label of a row and its target weight, or `None` if the row is ignored.
    ///
    /// # Panics
    /// If the batch has no such row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<(usize, f64)> {
        let label = self.labels[row];
        if self.ignored == Some(label) {
            return None;
        }
        let class_weight = self.class_weights.map_or(1.0, |w| f64::from(w[label]));
        Some((label, self.keep * class_weight))
    }
}

impl<'a> Batch<'a> {
    /// Makes a batch of the default loss: plain targets, and the mean over the rows.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`].
    pub fn new(
        logits: &'a [f32],
        targets: impl Into<Targets<'a>>,
        classes: usize,
    ) -> Result<Self, Error> {
        static DEFAULT: CrossEntropy = CrossEntropy::DEFAULT;
        DEFAULT.batch(logits, targets, classes)
    }

    pub(crate) fn with_options(
        options: &'a CrossEntropy,
        logits: &'a [f32],
        targets: Targets<'a>,
        classes: usize,
    ) -> Result<Self, Error> {
        let logits = Logits::new(logits, classes)?;
        let terms = Terms::new(options, targets, logits.rows(), classes)?;
        Ok(Batch { logits, terms })
    }

    /// Returns the logits of all rows, including ignored rows.
    #[inline]
    pub fn logits(&self) -> Logits<'a> {
        self.logits
    }

    /// Returns the number of rows, N, including ignored rows.
    pub fn rows(&self) -> usize {
        self.logits.rows()
    }

    /// Returns the number of classes in a row, C, which is at least 1.
    pub fn classes(&self) -> usize {
        self.logits.classes()
    }

    /// Returns the divisor of the sum of the rows' losses, which is never 0: 1 for a sum,
    /// and the divisor of [`Reduction::Mean`](crate::Reduction::Mean) for a mean.
    pub fn divisor(&self) -> f64 {
        self.terms.divisor
    }

    /// Returns the reduced loss: the sum of the rows' losses, divided once.
    pub fn reduced(&self, sum_of_losses: f64) -> f32 {
        self.terms.reduced(sum_of_losses)
    }

    /// Returns row `i`, or `None` if it's ignored: its label is the ignore index, its target
    /// weights are all 0, or it's a distribution of zeros, which smoothing doesn't bring back.
    ///
    /// # Panics
    /// If `i` isn't below [`Batch::rows`].
    #[inline]
    pub fn row(&self, i: usize) -> Option<Row<'a>> {
        let target = self.terms.target(i)?;
        Some(Row { logits: self.logits.row(i), target })
    }

    /// Returns the labels of all rows, or `None` if a target is more than a label. In a batch
    /// with such labels, every row has its [`Target::only_label`].
    #[inline]
    pub fn only_labels(&self) -> Option<OnlyLabels<'a>> {
        let Terms {
            targets: Targets::Labels(labels), spread: 0.0, options, keep, ..
        } = self.terms
        else {
            return None;
        };
        let ignored = options.ignore_index;
        let class_weights = options.class_weights.as_deref();
        Some(OnlyLabels { labels, ignored, keep, class_weights })
    }

    /// Returns some of the rows, whose losses are still divided by the whole batch's divisor.
    ///
    /// ```
    /// use backend::Batch;
    ///
    /// let batch = Batch::new(&[2.0, 1.0, 0.0, 5.0, 3.0, 3.0], &[0, 1, 1], 2)?;
    /// let last_two = batch.part(1..3);
    /// assert_eq!(last_two.logits().row(0), [0.0, 5.0]);
    /// assert_eq!((last_two.rows(), last_two.divisor()), (2, 3.0));
    /// # Ok::<(), backend::Error>(())
    /// ```
    ///
    /// # Panics
    /// If the batch has no such rows.
    pub fn part(&self, rows: Range<usize>) -> Self {
        Batch { terms: self.terms.part(rows.clone()), logits: self.logits.part(rows) }
    }

    /// Returns the rows in order, with `None` for an ignored row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Row<'a>>> + use<'a> {
        let batch = *self;
        (0..batch.rows()).map(move |i| batch.row(i))
    }

    /// Joins the batch with the buffer for [`Backend::losses`](crate::Backend::losses),
    /// one number per row.
    ///
    /// # Errors
    /// [`Error::OutputLength`] if the buffer has a different length.
    pub fn losses_out<'b>(&self, losses: &'b mut [f32]) -> Result<LossesOut<'b>, Error>
    where
        'a: 'b,
    {
        LossesOut::new(*self, losses)
    }

    /// Joins the batch with the buffer for the gradient, one number per logit, for
    /// [`Backend::backward`](crate::Backend::backward) and
    /// [`Backend::forward_backward`](crate::Backend::forward_backward).
    ///
    /// # Errors
    /// [`Error::OutputLength`] if the buffer has a different length.
    pub fn grad_out<'b>(&self, grad: &'b mut [f32]) -> Result<GradOut<'b>, Error>
    where
        'a: 'b,
    {
        GradOut::new(*self, grad)
    }
}
