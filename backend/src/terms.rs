//! The checks of a batch, and the batch without its logits.

use std::ops::Range;

use crate::logits::row_of;
use crate::target::Given;
use crate::{Batch, CrossEntropy, Error, Logits, Reduction, Target, Targets};

/// A batch without its logits: targets that fit each other, a number of rows and classes,
/// and the options of a loss.
///
/// You get one from [`CrossEntropy::terms`] if your logits aren't a single slice: check the
/// whole batch once, and then join parts of it with rows of logits as you come to them.
///
/// ```
/// use backend::CrossEntropy;
///
/// let loss = CrossEntropy::default();
/// let terms = loss.terms(&[0, 1, 1], 3, 2)?;
/// let last_row = terms.part(2..3).batch(&[0.0, 5.0])?;
/// assert_eq!(last_row.rows(), 1);
/// assert_eq!(last_row.divisor(), 3.0); // of the mean over all rows
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    pub(crate) targets: Targets<'a>,
    pub(crate) rows: usize,
    pub(crate) classes: usize,
    pub(crate) options: &'a CrossEntropy,
    pub(crate) keep: f64,
    pub(crate) spread: f64,
    pub(crate) class_weight_sum: f64,
    pub(crate) divisor: f64,
}

impl<'a> Terms<'a> {
    pub(crate) fn new(
        options: &'a CrossEntropy,
        targets: Targets<'a>,
        rows: usize,
        classes: usize,
    ) -> Result<Self, Error> {
        if classes == 0 {
            return Err(Error::NoClasses);
        }
        // After this check, no product of rows and classes below can wrap around.
        if rows.checked_mul(classes).is_none() {
            return Err(Error::TooLarge { rows, classes });
        }
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
            Targets::Labels(labels) => check_labels(options, rows, classes, labels)?,
            Targets::Distributions(q) => check_distributions(options, rows, classes, q)?,
        }
        let divisor = divisor(options, rows, targets)?;
        Ok(Terms {
            targets,
            rows,
            classes,
            options,
            keep,
            spread,
            class_weight_sum,
            divisor,
        })
    }

    /// Returns the number of rows, N, including ignored rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of classes in a row, C, which is at least 1.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Returns the divisor of the sum of the rows' losses; see [`Batch::divisor`].
    pub fn divisor(&self) -> f64 {
        self.divisor
    }

    /// Returns the reduced loss: the sum of the rows' losses, divided.
    pub fn reduced(&self, sum_of_losses: f64) -> f32 {
        (sum_of_losses / self.divisor) as f32
    }

    /// Returns some of the rows, whose losses are still divided by the whole batch's divisor.
    ///
    /// # Panics
    /// If there are no such rows.
    pub fn part(&self, rows: Range<usize>) -> Self {
        let classes = self.classes;
        assert!(rows.end <= self.rows, "rows {rows:?} of {}", self.rows);
        let targets = match self.targets {
            Targets::Labels(labels) => Targets::Labels(&labels[rows.clone()]),
            Targets::Distributions(q) => {
                Targets::Distributions(&q[rows.start * classes..rows.end * classes])
            }
        };
        Terms { targets, rows: rows.len(), ..*self }
    }

    /// Returns the target weights of the row `i`, or `None` if it's ignored; see
    /// [`Batch::row`].
    ///
    /// # Panics
    /// If `i` isn't below [`Terms::rows`].
    #[inline]
    pub fn target(&self, i: usize) -> Option<Target<'a>> {
        let Terms { targets, classes, options, keep, spread, class_weight_sum, .. } =
            *self;
        let given = match targets {
            Targets::Labels(labels) if options.ignore_index == Some(labels[i]) => {
                return None;
            }
            Targets::Labels(labels) => Given::Label(labels[i]),
            Targets::Distributions(q) => Given::Distribution(row_of(q, classes, i)),
        };
        let class_weights = options.class_weights.as_deref();
        let target =
            Target { given, classes, keep, spread, class_weights, class_weight_sum };
        (!target.is_zero()).then_some(target)
    }

    /// Joins the rows with their logits, row-major.
    ///
    /// # Errors
    /// [`Error::LogitCount`] if the number of logits isn't rows x classes.
    pub fn batch<'b>(&self, logits: &'b [f32]) -> Result<Batch<'b>, Error>
    where
        'a: 'b,
    {
        let (rows, classes) = (self.rows, self.classes);
        if logits.len() != rows * classes {
            return Err(Error::LogitCount { logits: logits.len(), rows, classes });
        }
        Ok(Batch { logits: Logits::new(logits, classes)?, terms: *self })
    }
}

/// Returns `keep` and `spread` of the target weights; see [`Target`].
fn smoothing(
    options: &CrossEntropy,
    targets: Targets<'_>,
    classes: usize,
) -> Result<(f64, f64), Error> {
    let epsilon = options.label_smoothing_over_others;
    if epsilon == 0.0 {
        let epsilon = f64::from(options.label_smoothing);
        return Ok((1.0 - epsilon, epsilon / classes as f64));
    }
    if matches!(targets, Targets::Distributions(_)) {
        return Err(Error::OthersOfDistribution { epsilon });
    }
    if classes == 1 {
        return Err(Error::NoOtherClass { epsilon });
    }
    let epsilon = f64::from(epsilon);
    let spread = epsilon / (classes - 1) as f64;
    // The label gets `keep + spread`, which has to be `1 - epsilon`.
    Ok((1.0 - epsilon - spread, spread))
}

fn check_labels(
    options: &CrossEntropy,
    rows: usize,
    classes: usize,
    labels: &[usize],
) -> Result<(), Error> {
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
    rows: usize,
    classes: usize,
    q: &[f32],
) -> Result<(), Error> {
    if q.len() != rows * classes {
        let distributions = q.len();
        return Err(Error::DistributionLength { distributions, rows, classes });
    }
    match options.ignore_index {
        Some(ignore_index) => Err(Error::IgnoreIndexOfDistribution { ignore_index }),
        None => Ok(()),
    }
}

/// Returns the divisor of the reduction. Labels and class weights are already checked.
fn divisor(
    options: &CrossEntropy,
    rows: usize,
    targets: Targets<'_>,
) -> Result<f64, Error> {
    if options.reduction == Reduction::Sum {
        return Ok(1.0);
    }
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
