//! Published results, and results that were computed with 50 digits.

use backend::Reduction;

use crate::compare::{
    each_matches, forward_matches, log_softmax, losses_match, matches, softmax,
    softmax_is,
};
use crate::golden::golden_cases;
use crate::law::Law;
use crate::onnx::{Op, onnx_cases};
use crate::tolerance::{Exact, ONNX_RELATIVE};

/// Checks the golden cases: logits from 1e-45 to 3e38, and results with 50 digits.
pub fn golden_cases_hold() -> Law {
    Law {
        name: "golden_cases_hold",
        reason: "PyTorch, JAX or Rust crates have returned 0, NaN or infinity for these \
                 cases",
        likely: "the case's name says what's special about it, and a law of its own \
                 explains it",
        page: "book/src/museum.md",
        check: |backend| {
            for golden in golden_cases().iter().filter(|golden| !golden.policy) {
                for reduction in [Reduction::Sum, Reduction::Mean] {
                    let case = golden.case(reduction).expect("its options are valid");
                    matches(backend, &case, &golden.expected(&case, reduction))?;
                }
                let case = golden.case(Reduction::Sum).expect("its options are valid");
                let Some((p, log_p)) = golden.softmax() else { continue };
                softmax_is(backend, &case, &p, &log_p, |exact| exact)?;
            }
            Ok(())
        },
    }
}

/// Checks the node tests of ONNX: ignored labels, weights, reductions, axes.
pub fn onnx_cases_hold() -> Law {
    Law {
        name: "onnx_cases_hold",
        reason: "ONNX publishes test cases, and its runtimes agree with them",
        likely: "a convention: what the mean divides by, or what an ignored label does",
        page: "book/src/elsewhere.md",
        check: |backend| {
            for onnx in onnx_cases() {
                if onnx.op() == Op::NegativeLogLikelihoodLoss {
                    continue; // No backend computes it: see `tests/oracle.rs`.
                }
                let rows = onnx.rows().expect("its options are valid");
                let case = &rows.case;
                let exact = |values: &[f64]| -> Vec<Exact> {
                    values.iter().map(|&value| published(value)).collect()
                };
                if !rows.softmax.is_empty() {
                    let got = softmax(backend, case, 0.0);
                    let expected = exact(&rows.softmax);
                    each_matches(case, "softmax", case.classes, &got, &expected)?;
                }
                if !rows.log_softmax.is_empty() {
                    let got = log_softmax(backend, case, 0.0);
                    let expected = exact(&rows.log_softmax);
                    each_matches(case, "log_softmax", case.classes, &got, &expected)?;
                }
                match rows.loss[..] {
                    [] => assert!(
                        onnx.op() != Op::SoftmaxCrossEntropyLoss,
                        "a loss is missing"
                    ),
                    [loss] if !rows.loss_per_row => {
                        forward_matches(backend, case, published(loss))?;
                    }
                    ref losses => losses_match(backend, case, &exact(losses))?,
                }
            }
            Ok(())
        },
    }
}

fn published(value: f64) -> Exact {
    Exact { value, tolerance: ONNX_RELATIVE * value.abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_value_is_right_to_a_millionth() {
        assert!(published(0.5).accepts(0.5 + 4e-7));
        assert!(!published(0.5).accepts(0.5 + 7e-7));
    }
}
