//! The published node tests of ONNX, with their tensors turned into rows.
//!
//! ONNX keeps the classes on axis 1 of tensors of any rank, and on a named axis for
//! softmax. Here, that axis goes last, and all other axes together become the rows.

use std::collections::BTreeMap;

use backend::{CrossEntropy, Error, Reduction};
use serde::Deserialize;

use crate::case::Case;
use crate::golden::outside_if_negative;

/// One node test.
#[derive(Clone, Debug, Deserialize)]
pub struct OnnxCase {
    /// The name of the case in ONNX's test data.
    pub name: String,
    op: Op,
    attributes: Attributes,
    inputs: BTreeMap<String, Tensor>,
    outputs: BTreeMap<String, Tensor>,
}

/// The operator that a case tests.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[expect(missing_docs, reason = "ONNX's own names")]
pub enum Op {
    Softmax,
    LogSoftmax,
    NegativeLogLikelihoodLoss,
    SoftmaxCrossEntropyLoss,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Attributes {
    axis: Option<isize>,
    ignore_index: Option<i64>,
    reduction: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

/// A case turned into rows, with the results of its operator.
#[derive(Clone, Debug)]
pub struct OnnxRows {
    /// The logits (log-probabilities, for the negative log-likelihood), the labels (none
    /// for a softmax) and the options.
    pub case: Case,
    /// The loss: one number, or one per row if the reduction is `none`.
    pub loss: Vec<f64>,
    /// Tells whether `loss` has one number per row.
    pub loss_per_row: bool,
    /// The probabilities, if the operator returns them.
    pub softmax: Vec<f64>,
    /// The log-probabilities, if the operator returns them.
    pub log_softmax: Vec<f64>,
}

impl OnnxCase {
    /// Returns the operator.
    pub fn op(&self) -> Op {
        self.op
    }

    /// Returns the case as rows.
    ///
    /// # Errors
    /// If the contract refuses an option of the case.
    pub fn rows(&self) -> Result<OnnxRows, Error> {
        let scores = self.input(&["x", "input"]).expect("every operator has scores");
        let axis = match self.op {
            Op::Softmax | Op::LogSoftmax => self.attributes.axis.unwrap_or(-1),
            Op::NegativeLogLikelihoodLoss | Op::SoftmaxCrossEntropyLoss => 1,
        };
        let axis = axis.rem_euclid(scores.shape.len() as isize) as usize;
        let output =
            |names: &[&str]| names.iter().find_map(|&name| self.outputs.get(name));
        let to_rows = |tensor: Option<&Tensor>| {
            tensor.map_or(vec![], |tensor| tensor.with_axis_last(axis))
        };
        let loss = output(&["z", "loss"]);
        let (softmax, log_softmax) = match self.op {
            Op::Softmax => (output(&["y"]), None),
            Op::LogSoftmax => (None, output(&["y"])),
            _ => (None, output(&["log_prob"])),
        };
        let labels = self.input(&["y", "target"]).map_or(vec![], |labels| {
            labels.data.iter().map(|&y| outside_if_negative(y as i64)).collect()
        });
        let logits: Vec<f32> =
            scores.with_axis_last(axis).iter().map(|&z| z as f32).collect();
        let case = Case::labels(
            format!("ONNX {}", self.name),
            logits,
            labels,
            scores.shape[axis],
        );
        Ok(OnnxRows {
            case: case.under(self.loss()?),
            loss: loss.map_or(vec![], |loss| loss.data.clone()),
            loss_per_row: self.attributes.reduction.as_deref() == Some("none"),
            softmax: to_rows(softmax),
            log_softmax: to_rows(log_softmax),
        })
    }

    fn loss(&self) -> Result<CrossEntropy, Error> {
        let mut loss = CrossEntropy::default();
        if let Some("sum" | "none") = self.attributes.reduction.as_deref() {
            loss = loss.reduction(Reduction::Sum);
        }
        if let Some(label) = self.attributes.ignore_index {
            loss = loss.ignore_index(outside_if_negative(label));
        }
        if let Some(weights) = self.input(&["w", "weight"]) {
            let weights: Vec<f32> = weights.data.iter().map(|&w| w as f32).collect();
            loss = loss.class_weights(weights)?;
        }
        Ok(loss)
    }

    fn input(&self, names: &[&str]) -> Option<&Tensor> {
        names.iter().find_map(|&name| self.inputs.get(name))
    }
}

impl Tensor {
    /// Returns the numbers in the order that they have once `axis` is moved to the end.
    fn with_axis_last(&self, axis: usize) -> Vec<f64> {
        let length = self.shape[axis];
        let inner: usize = self.shape[axis + 1..].iter().product();
        let mut moved = Vec::with_capacity(self.data.len());
        for block in self.data.chunks_exact(length * inner) {
            for i in 0..inner {
                moved.extend((0..length).map(|k| block[k * inner + i]));
            }
        }
        moved
    }
}

/// Returns all ONNX cases.
pub fn onnx_cases() -> Vec<OnnxCase> {
    serde_json::from_str(include_str!("../data/onnx.json"))
        .expect("a test reads the file")
}
