//! The golden cases: exact inputs, and their results computed with 50 digits.

use backend::{CrossEntropy, Error, Reduction};
use serde::Deserialize;

use crate::case::{Case, Targets};
use crate::oracle::{self, Expected};

/// A case of cross-entropy with its exact results.
#[derive(Clone, Debug, Deserialize)]
pub struct GoldenCase {
    /// The name of the case.
    pub id: String,
    /// Marks a result that's a matter of choice, not of mathematics.
    #[serde(default)]
    pub policy: bool,
    k: usize,
    logits: Vec<Number>,
    target: GoldenTarget,
    weights: Option<Vec<f32>>,
    ignore_index: Option<i64>,
    smoothing: f32,
    convention: Convention,
    expect: GoldenResults,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", content = "values", rename_all = "lowercase")]
enum GoldenTarget {
    Index(Vec<i64>),
    Probs(Vec<f32>),
}

#[derive(Clone, Copy, Debug, Deserialize)]
enum Convention {
    #[serde(rename = "eps_over_k")]
    OverAll,
    #[serde(rename = "eps_over_k_minus_1")]
    OverOthers,
}

#[derive(Clone, Debug, Deserialize)]
struct GoldenResults {
    loss: Vec<Number>,
    loss_sum: Number,
    mean_denominator: f64,
    loss_mean: Number,
    /// The gradient of the summed loss.
    grad: Vec<Number>,
    softmax: Option<Vec<Number>>,
    log_softmax: Option<Vec<Number>>,
}

/// A number, or one of the strings `inf`, `-inf`, `nan`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "NumberOrName")]
struct Number(f64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrName {
    Number(f64),
    Name(String),
}

impl TryFrom<NumberOrName> for Number {
    type Error = std::num::ParseFloatError;

    fn try_from(number: NumberOrName) -> Result<Self, Self::Error> {
        match number {
            NumberOrName::Number(number) => Ok(Number(number)),
            NumberOrName::Name(name) => name.parse().map(Number),
        }
    }
}

impl GoldenCase {
    /// Returns the input of the case, under a reduction.
    ///
    /// # Errors
    /// If the contract refuses an option of the case.
    pub fn case(&self, reduction: Reduction) -> Result<Case, Error> {
        let loss = CrossEntropy::default().reduction(reduction);
        let mut loss = match self.convention {
            Convention::OverAll => loss.label_smoothing(self.smoothing)?,
            Convention::OverOthers => loss.label_smoothing_over_others(self.smoothing)?,
        };
        if let Some(weights) = &self.weights {
            loss = loss.class_weights(weights.as_slice())?;
        }
        if let Some(label) = self.ignore_index {
            loss = loss.ignore_index(outside_if_negative(label));
        }
        let targets = match &self.target {
            GoldenTarget::Index(labels) => {
                Targets::Labels(labels.iter().copied().map(outside_if_negative).collect())
            }
            GoldenTarget::Probs(q) => Targets::Distributions(q.clone()),
        };
        Ok(Case {
            name: format!("golden case `{}`, {reduction:?}", self.id),
            logits: self.logits.iter().map(|z| z.0 as f32).collect(),
            targets,
            classes: self.k,
            loss,
        })
    }

    /// Returns the exact results, with the tolerances that the suite grants.
    pub fn expected(&self, case: &Case, reduction: Reduction) -> Expected {
        let mut expected = oracle::expected(&case.batch());
        let GoldenResults { loss, loss_sum, mean_denominator, loss_mean, grad, .. } =
            &self.expect;
        let (forward, divisor) = match reduction {
            Reduction::Mean => (loss_mean.0, *mean_denominator),
            Reduction::Sum => (loss_sum.0, 1.0),
        };
        assert_eq!(
            (expected.losses.len(), expected.grad.len()),
            (loss.len(), grad.len())
        );
        expected.forward.value = forward;
        for (expected, exact) in expected.losses.iter_mut().zip(loss) {
            expected.value = exact.0;
        }
        for (expected, exact) in expected.grad.iter_mut().zip(grad) {
            expected.value = exact.0 / divisor;
        }
        expected
    }

    /// Returns the exact probabilities and log-probabilities, `None` if they'd be long.
    pub fn softmax(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let values = |numbers: &Option<Vec<Number>>| -> Option<Vec<f64>> {
            Some(numbers.as_ref()?.iter().map(|number| number.0).collect())
        };
        Some((values(&self.expect.softmax)?, values(&self.expect.log_softmax)?))
    }
}

/// A case of binary cross-entropy with its exact results.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct BinaryCase {
    /// The logit.
    pub x: f32,
    /// The target, from 0 to 1.
    pub t: f32,
    /// The weight of the positive class.
    pub pos_weight: f32,
    /// The loss.
    pub loss: f64,
    /// The derivative of the loss with respect to the logit.
    pub grad: f64,
}

/// Returns all golden cases.
pub fn golden_cases() -> Vec<GoldenCase> {
    parse(include_str!("../data/golden.json"))
}

/// Returns all binary cases.
pub fn binary_cases() -> Vec<BinaryCase> {
    parse(include_str!("../data/binary.json"))
}

fn parse<T: for<'de> Deserialize<'de>>(json: &str) -> Vec<T> {
    #[derive(Deserialize)]
    struct File<T> {
        cases: Vec<T>,
    }
    let file: File<T> = serde_json::from_str(json).expect("a test reads the file");
    file.cases
}

/// Returns a label as an index. A negative label can only be an ignore index, and becomes
/// an index outside of any classes.
pub(crate) fn outside_if_negative(label: i64) -> usize {
    usize::try_from(label).unwrap_or(usize::MAX)
}
