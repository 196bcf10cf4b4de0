//! The batch that is valid by construction.

use crate::options::Smoothing;
use crate::target::Given;
use crate::{
    CrossEntropy, Error, GradOut, Logits, LossesOut, Reduction, Target, Targets,
};

/// One row of a batch: its logits, and the target weights that make them a loss.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    logits: &'a [f32],
    target: Target<'a>,
}

impl<'a> Row<'a> {
    /// The logits `z`, one for each class.
    pub fn logits(&self) -> &'a [f32] {
        self.logits
    }

    /// The target weights `a`, one for each class.
    pub fn target(&self) -> Target<'a> {
        self.target
    }
}

/// Logits and targets that fit each other and the options of a loss.
///
/// Made by [`CrossEntropy::batch`], or by [`Batch::new`] for the loss without options.
/// Once it exists its shape cannot be wrong: lengths agree, each label is a class or
/// ignored, and the mean has something to divide by. (The values of logits and
/// distributions are not looked at.)
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
    logits: Logits<'a>,
    targets: Targets<'a>,
    options: &'a CrossEntropy,
    keep: f64,
    spread: f64,
    class_weight_sum: f64,
    divisor: f64,
}

impl<'a> Batch<'a> {
    /// A batch of the default loss: plain targets, mean over the rows.
    ///
    /// # Errors
    /// As [`CrossEntropy::batch`].
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
        let (keep, spread) = smoothing(options, targets, classes)?;
        let class_weight_sum = match &options.class_weights {
            None => classes as f64,
            Some(weights) if weights.len() == classes => {
                weights.iter().map(|&w| f64::from(w)).sum()
            }
            Some(weights) => {
                let class_weights = weights.len();
                return Err(Error::ClassWeightCount { class_weights, classes });
            }
        };
        match targets {
            Targets::Labels(labels) => check_labels(options, logits, labels)?,
            Targets::Distributions(q) => check_distributions(options, logits, q)?,
        }
        let divisor = divisor(options, logits, targets)?;
        Ok(Batch { logits, targets, options, keep, spread, class_weight_sum, divisor })
    }

    /// The logits of all rows, those that are ignored among them.
    pub fn logits(&self) -> Logits<'a> {
        self.logits
    }

    /// How many rows there are (N), ignored ones included.
    pub fn rows(&self) -> usize {
        self.logits.rows()
    }

    /// How many classes a row has (C), at least 1.
    pub fn classes(&self) -> usize {
        self.logits.classes()
    }

    /// What the sum of the rows' losses is divided by: 1 for [`Reduction::Sum`],
    /// otherwise as [`Reduction::Mean`] says. Never 0.
    pub fn divisor(&self) -> f64 {
        self.divisor
    }

    /// The row `i`, which is below [`Batch::rows`]; `None` if it is ignored: its label is
    /// the ignore index, or its target weights are all 0.
    pub fn row(&self, i: usize) -> Option<Row<'a>> {
        let given = match self.targets {
            Targets::Labels(labels) if self.options.ignore_index == Some(labels[i]) => {
                return None;
            }
            Targets::Labels(labels) => Given::Label(labels[i]),
            Targets::Distributions(q) => {
                Given::Distribution(&q[i * self.classes()..][..self.classes()])
            }
        };
        let target = Target {
            given,
            classes: self.classes(),
            keep: self.keep,
            spread: self.spread,
            class_weights: self.options.class_weights.as_deref(),
            class_weight_sum: self.class_weight_sum,
        };
        (!target.is_zero()).then(|| Row { logits: self.logits.row(i), target })
    }

    /// The rows in order, `None` for an ignored one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<Row<'a>>> + use<'a> {
        let batch = *self;
        (0..batch.rows()).map(move |i| batch.row(i))
    }

    /// Joins the batch with the buffer for [`Backend::losses`](crate::Backend::losses),
    /// one number a row.
    ///
    /// # Errors
    /// [`Error::OutputLength`] if the buffer has another length.
    pub fn losses_out<'b>(&self, losses: &'b mut [f32]) -> Result<LossesOut<'b>, Error>
    where
        'a: 'b,
    {
        LossesOut::new(*self, losses)
    }

    /// Joins the batch with the buffer for the gradient, one number a logit, for
    /// [`Backend::backward`](crate::Backend::backward) and
    /// [`Backend::forward_backward`](crate::Backend::forward_backward).
    ///
    /// # Errors
    /// [`Error::OutputLength`] if the buffer has another length.
    pub fn grad_out<'b>(&self, grad: &'b mut [f32]) -> Result<GradOut<'b>, Error>
    where
        'a: 'b,
    {
        GradOut::new(*self, grad)
    }
}

/// `keep` and `spread` of the target weights, see [`Target`].
fn smoothing(
    options: &CrossEntropy,
    targets: Targets<'_>,
    classes: usize,
) -> Result<(f64, f64), Error> {
    match options.smoothing {
        Smoothing::OverAll(epsilon) => {
            let epsilon = f64::from(epsilon);
            Ok((1.0 - epsilon, epsilon / classes as f64))
        }
        Smoothing::OverOthers(0.0) => Ok((1.0, 0.0)),
        Smoothing::OverOthers(epsilon)
            if matches!(targets, Targets::Distributions(_)) =>
        {
            Err(Error::OthersOfDistribution { epsilon })
        }
        Smoothing::OverOthers(epsilon) if classes == 1 => {
            Err(Error::NoOtherClass { epsilon })
        }
        Smoothing::OverOthers(epsilon) => {
            let epsilon = f64::from(epsilon);
            let spread = epsilon / (classes - 1) as f64;
            // The label gets `keep + spread`, which is to be `1 - epsilon`.
            Ok((1.0 - epsilon - spread, spread))
        }
    }
}

fn check_labels(
    options: &CrossEntropy,
    logits: Logits<'_>,
    labels: &[usize],
) -> Result<(), Error> {
    let (rows, classes) = (logits.rows(), logits.classes());
    if labels.len() != rows {
        return Err(Error::LabelCount { labels: labels.len(), rows });
    }
    for (row, &label) in labels.iter().enumerate() {
        if label >= classes && options.ignore_index != Some(label) {
            return Err(Error::LabelOutOfRange { row, label, classes });
        }
    }
    Ok(())
}

fn check_distributions(
    options: &CrossEntropy,
    logits: Logits<'_>,
    q: &[f32],
) -> Result<(), Error> {
    let logits = logits.values().len();
    if q.len() != logits {
        return Err(Error::DistributionLength { distributions: q.len(), logits });
    }
    match options.ignore_index {
        Some(ignore_index) => Err(Error::IgnoreIndexOfDistribution { ignore_index }),
        None => Ok(()),
    }
}

/// What the reduction divides by; labels and class weights have been checked.
fn divisor(
    options: &CrossEntropy,
    logits: Logits<'_>,
    targets: Targets<'_>,
) -> Result<f64, Error> {
    if options.reduction == Reduction::Sum {
        return Ok(1.0);
    }
    let rows = logits.rows();
    let (divisor, ignored) = match targets {
        Targets::Labels(labels) => {
            let kept = || labels.iter().filter(|&&y| options.ignore_index != Some(y));
            let divisor = match &options.class_weights {
                Some(weights) => kept().map(|&y| f64::from(weights[y])).sum(),
                None => kept().count() as f64,
            };
            (divisor, rows - kept().count())
        }
        Targets::Distributions(_) => (rows as f64, 0),
    };
    if divisor > 0.0 { Ok(divisor) } else { Err(Error::MeanOfNothing { rows, ignored }) }
}
