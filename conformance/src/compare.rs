//! The comparisons that the laws consist of: a backend's results on a case against the
//! oracle's results.

use backend::Backend;

use crate::case::Case;
use crate::law::{Finding, Verdict};
use crate::oracle::{self, Expected};
use crate::tolerance::Exact;

/// Checks that all results with targets agree with the oracle, except for rounding.
pub(crate) fn roughly_matches_oracle(backend: &dyn Backend, case: &Case) -> Verdict {
    matches(backend, case, &oracle::expected(&case.batch()).roughly())
}

/// Checks that all results with targets agree with the oracle, to the last bits.
pub(crate) fn matches_oracle(backend: &dyn Backend, case: &Case) -> Verdict {
    matches(backend, case, &oracle::expected(&case.batch()))
}

/// Checks that all results with targets agree with the expected results.
pub(crate) fn matches(
    backend: &dyn Backend,
    case: &Case,
    expected: &Expected,
) -> Verdict {
    losses_match(backend, case, &expected.losses)?;
    forward_matches(backend, case, expected.forward)?;
    backward_matches(backend, case, &expected.grad)?;
    forward_backward_matches(backend, case, expected)
}

/// Checks that the fused method's loss and gradient agree.
pub(crate) fn forward_backward_matches(
    backend: &dyn Backend,
    case: &Case,
    expected: &Expected,
) -> Verdict {
    let (loss, grad) = forward_backward(backend, case, 0.0);
    let name = || "forward_backward".to_owned();
    Finding::judge(case, name, loss, expected.forward)?;
    each_matches(case, "forward_backward's grad", case.classes, &grad, &expected.grad)
}

/// Checks that the sums of losses, once divided, agree with the reduced loss.
pub(crate) fn sums_match(backend: &dyn Backend, case: &Case, forward: Exact) -> Verdict {
    let batch = case.batch();
    let mut grad = vec![0.0; case.logits.len()];
    let out = batch.grad_out(&mut grad).expect("the buffer has its length");
    for (name, sum) in [
        ("sum_of_losses", backend.sum_of_losses(&batch)),
        ("backward_with_sum", backend.backward_with_sum(out)),
    ] {
        let place = || format!("{name} over the divisor");
        Finding::judge(case, place, (sum / batch.divisor()) as f32, forward)?;
    }
    Ok(())
}

/// Checks that the loss of each row agrees.
pub(crate) fn losses_match(
    backend: &dyn Backend,
    case: &Case,
    expected: &[Exact],
) -> Verdict {
    each_matches(case, "losses", 1, &losses(backend, case, 0.0), expected)
}

/// Checks that the reduced loss agrees.
pub(crate) fn forward_matches(
    backend: &dyn Backend,
    case: &Case,
    expected: Exact,
) -> Verdict {
    Finding::judge(
        case,
        || "forward".to_owned(),
        backend.forward(&case.batch()),
        expected,
    )
}

/// Checks that the gradient agrees.
pub(crate) fn backward_matches(
    backend: &dyn Backend,
    case: &Case,
    expected: &[Exact],
) -> Verdict {
    let grad = backward(backend, case, 0.0);
    each_matches(case, "grad", case.classes, &grad, expected)
}

/// Checks that softmax and log-softmax agree with the oracle, to the last bits.
pub(crate) fn softmax_matches_oracle(backend: &dyn Backend, case: &Case) -> Verdict {
    softmax_matches(backend, case, |exact| exact)
}

/// Checks that softmax and log-softmax agree with the oracle, except for rounding.
pub(crate) fn softmax_roughly_matches_oracle(
    backend: &dyn Backend,
    case: &Case,
) -> Verdict {
    softmax_matches(backend, case, Exact::roughly)
}

fn softmax_matches(
    backend: &dyn Backend,
    case: &Case,
    accepted: fn(Exact) -> Exact,
) -> Verdict {
    let log_p: Vec<f64> =
        case.rows_of_logits().iter().flat_map(oracle::log_probabilities).collect();
    let p: Vec<f64> = log_p.iter().map(|log_p| log_p.exp()).collect();
    softmax_is(backend, case, &p, &log_p, accepted)
}

/// Checks that probabilities are `p` and log-probabilities are `log_p`.
pub(crate) fn softmax_is(
    backend: &dyn Backend,
    case: &Case,
    p: &[f64],
    log_p: &[f64],
    accepted: fn(Exact) -> Exact,
) -> Verdict {
    let classes = case.classes;
    let p: Vec<Exact> =
        p.iter().map(|&p| accepted(Exact::of_probability(p, 1))).collect();
    each_matches(case, "softmax", classes, &softmax(backend, case, 0.0), &p)?;
    let log_p: Vec<Exact> =
        log_p.iter().map(|&log_p| accepted(Exact::of_label(log_p, classes))).collect();
    each_matches(case, "log_softmax", classes, &log_softmax(backend, case, 0.0), &log_p)
}

/// Returns the results as exact values with a tolerance of 0.
pub(crate) fn exactly(results: &[f32]) -> Vec<Exact> {
    let exactly = |&result: &f32| Exact { value: f64::from(result), tolerance: 0.0 };
    results.iter().map(exactly).collect()
}

/// Checks that numbers in rows agree, and names the place of the first that doesn't.
pub(crate) fn each_matches(
    case: &Case,
    result: &str,
    row_length: usize,
    got: &[f32],
    expected: &[Exact],
) -> Verdict {
    assert_eq!(got.len(), expected.len(), "{result} of {case}");
    for (i, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let place = || match row_length {
            1 => format!("{result}[{i}]"),
            _ => format!("{result}[{}][{}]", i / row_length, i % row_length),
        };
        Finding::judge(case, place, got, expected)?;
    }
    Ok(())
}

pub(crate) fn softmax(backend: &dyn Backend, case: &Case, before: f32) -> Vec<f32> {
    let mut p = vec![before; case.logits.len()];
    let out = case.rows_of_logits().softmax_out(&mut p);
    backend.softmax(out.expect("the buffer has its length"));
    p
}

pub(crate) fn log_softmax(backend: &dyn Backend, case: &Case, before: f32) -> Vec<f32> {
    let mut log_p = vec![before; case.logits.len()];
    let out = case.rows_of_logits().softmax_out(&mut log_p);
    backend.log_softmax(out.expect("the buffer has its length"));
    log_p
}

/// Returns each row's loss in a buffer that held `before`; the other results are alike.
pub(crate) fn losses(backend: &dyn Backend, case: &Case, before: f32) -> Vec<f32> {
    let mut losses = vec![before; case.rows()];
    let out = case.batch().losses_out(&mut losses).expect("the buffer has its length");
    backend.losses(out);
    losses
}

pub(crate) fn backward(backend: &dyn Backend, case: &Case, before: f32) -> Vec<f32> {
    let mut grad = vec![before; case.logits.len()];
    let out = case.batch().grad_out(&mut grad).expect("the buffer has its length");
    backend.backward(out);
    grad
}

pub(crate) fn forward_backward(
    backend: &dyn Backend,
    case: &Case,
    before: f32,
) -> (f32, Vec<f32>) {
    let mut grad = vec![before; case.logits.len()];
    let out = case.batch().grad_out(&mut grad).expect("the buffer has its length");
    let loss = backend.forward_backward(out);
    (loss, grad)
}
