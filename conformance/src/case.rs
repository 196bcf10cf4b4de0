//! A case: logits, targets and a loss, with a name that tells why the case is special.

use std::fmt;
use std::ops::Range;

use backend::{Batch, CrossEntropy, Error, Logits, Reduction};

/// An input that owns its data.
#[derive(Clone, Debug)]
pub struct Case {
    /// The reason why the case is special, and for a random case, the seed.
    pub name: String,
    /// The logits of all rows, row-major, rows x classes.
    pub logits: Vec<f32>,
    /// The labels or distributions.
    pub targets: Targets,
    /// The number of classes.
    pub classes: usize,
    /// The loss with its options.
    pub loss: CrossEntropy,
}

/// The targets of a [`Case`].
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// One class index per row.
    Labels(Vec<usize>),
    /// One weight per logit.
    Distributions(Vec<f32>),
}

impl Case {
    /// Makes a case of rows with labels, under the default loss.
    pub fn labels(
        name: impl Into<String>,
        logits: impl Into<Vec<f32>>,
        labels: impl Into<Vec<usize>>,
        classes: usize,
    ) -> Self {
        Case {
            name: name.into(),
            logits: logits.into(),
            targets: Targets::Labels(labels.into()),
            classes,
            loss: CrossEntropy::default(),
        }
    }

    /// Makes a case of rows with distributions, under the default loss.
    pub fn distributions(
        name: impl Into<String>,
        logits: impl Into<Vec<f32>>,
        distributions: impl Into<Vec<f32>>,
        classes: usize,
    ) -> Self {
        let distributions = distributions.into();
        Case {
            targets: Targets::Distributions(distributions),
            ..Case::labels(name, logits, [], classes)
        }
    }

    /// Returns the same rows under a different loss.
    pub fn under(self, loss: CrossEntropy) -> Self {
        Case { loss, ..self }
    }

    /// Returns the same rows with their losses summed.
    pub fn summed(self) -> Self {
        let loss = self.loss.clone().reduction(Reduction::Sum);
        self.under(loss)
    }

    /// Returns some of the rows, under the same loss.
    pub fn part(&self, rows: Range<usize>) -> Self {
        let numbers = rows.start * self.classes..rows.end * self.classes;
        let targets = match &self.targets {
            Targets::Labels(labels) => Targets::Labels(labels[rows.clone()].to_vec()),
            Targets::Distributions(q) => {
                Targets::Distributions(q[numbers.clone()].to_vec())
            }
        };
        let name = format!("{}, rows {} to {}", self.name, rows.start, rows.end - 1);
        let logits = self.logits[numbers].to_vec();
        Case { name, logits, targets, ..self.clone() }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.logits.len() / self.classes
    }

    /// Returns the logits alone, which are all that a softmax reads.
    ///
    /// # Panics
    /// If the last row isn't complete, which is a mistake in the case.
    pub fn rows_of_logits(&self) -> Logits<'_> {
        Logits::new(&self.logits, self.classes).expect("the case has whole rows")
    }

    /// Makes the batch of the case.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`].
    pub fn try_batch(&self) -> Result<Batch<'_>, Error> {
        match &self.targets {
            Targets::Labels(labels) => {
                self.loss.batch(&self.logits, labels, self.classes)
            }
            Targets::Distributions(q) => self.loss.batch(&self.logits, q, self.classes),
        }
    }

    /// Makes the batch of a case that's known to be valid.
    ///
    /// # Panics
    /// If the contract refuses the case.
    pub fn batch(&self) -> Batch<'_> {
        let batch = self.try_batch();
        batch.unwrap_or_else(|error| {
            panic!("the case `{}` is refused: {error}", self.name)
        })
    }
}

/// Writes the name, then the input, with long lists cut short.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} x {} logits ", self.name, self.rows(), self.classes)?;
        write_short(f, &self.logits)?;
        match &self.targets {
            Targets::Labels(labels) => {
                write!(f, ", labels ")?;
                write_short(f, labels)?;
            }
            Targets::Distributions(q) => {
                write!(f, ", distributions ")?;
                write_short(f, q)?;
            }
        }
        write!(f, ", {}", self.loss)
    }
}

fn write_short<T: fmt::Debug>(f: &mut fmt::Formatter<'_>, values: &[T]) -> fmt::Result {
    const SHOWN: usize = 12;
    if values.len() <= SHOWN {
        return write!(f, "{values:?}");
    }
    write!(f, "[")?;
    for value in &values[..SHOWN] {
        write!(f, "{value:?}, ")?;
    }
    write!(f, "...]")
}
