//! The chain of trust, link by link: numbers by hand, results computed with 50 digits,
//! finite differences.

use approx::{assert_relative_eq, relative_eq};
use backend::{Batch, CrossEntropy, Error, Reduction};
use conformance::case::Case;
use conformance::golden::{BinaryCase, binary_cases, golden_cases};
use conformance::onnx::{OnnxRows, onnx_cases};
use conformance::oracle::{Expected, expected, log_probabilities};
use conformance::random::Random;
use conformance::tolerance::Exact;

/// The relative error that the oracle claims.
const RELATIVE: f64 = 1e-12;

#[test]
fn the_oracle_is_right_on_numbers_by_hand() {
    let ln_2 = std::f64::consts::LN_2;
    for row in [[0.0, 0.0], [1e8, 1e8], [-3e38, -3e38]] {
        assert_eq!(log_probabilities(&row), [-ln_2, -ln_2]);
    }
    // exp(ln 3) = 3, so the probabilities are 3/4 and 1/4.
    let log_p = log_probabilities(&[3.0_f32.ln(), 0.0]);
    assert_relative_eq!(log_p[0].exp(), 0.75, max_relative = 1e-7);

    let log_p = log_probabilities(&[1.0, f32::NEG_INFINITY]);
    assert_eq!(log_p, [0.0, f64::NEG_INFINITY]);
    for row in [[f32::NAN, 1.0], [f32::INFINITY, 1.0], [f32::NEG_INFINITY; 2]] {
        assert!(log_probabilities(&row).iter().all(|log_p| log_p.is_nan()));
    }
}

/// Counts the results that laws compare with: a law passes over a case without any.
#[test]
fn published_cases_have_their_results() {
    let with_softmax = golden_cases().iter().filter(|g| g.softmax().is_some()).count();
    assert_eq!(with_softmax, 103);
    let rows: Vec<_> = onnx_cases().iter().map(|onnx| onnx.rows().unwrap()).collect();
    let count = |has: &dyn Fn(&OnnxRows) -> bool| rows.iter().filter(|r| has(r)).count();
    assert_eq!(count(&|rows| !rows.softmax.is_empty()), 7);
    assert_eq!(count(&|rows| !rows.log_softmax.is_empty()), 7 + 15);
    assert_eq!(count(&|rows| !rows.loss.is_empty()), 30 + 16);
}

#[test]
fn the_oracle_agrees_with_fifty_digits() {
    assert_eq!((golden_cases().len(), binary_cases().len()), (120, 86));
    for golden in golden_cases().iter().filter(|golden| !golden.policy) {
        for reduction in [Reduction::Sum, Reduction::Mean] {
            let case = golden.case(reduction).unwrap();
            let ours = expected(&case.batch());
            let exact = golden.expected(&case, reduction);
            assert_near(&case.name, ours.forward.value, exact.forward.value);
            for (ours, exact) in ours.losses.iter().zip(&exact.losses) {
                assert_near(&case.name, ours.value, exact.value);
            }
            for (ours, exact) in ours.grad.iter().zip(&exact.grad) {
                // `A p - a` may cancel, and then only its terms bound the error.
                let error = (ours.value - exact.value).abs();
                let cancelled = error <= 1e-6 * exact.tolerance;
                assert!(cancelled || near(ours.value, exact.value), "{}", case.name);
            }
        }
    }
}

#[test]
fn the_oracle_agrees_with_fifty_digits_on_binary_cases() {
    for binary in binary_cases() {
        let BinaryCase { x, t, pos_weight, loss, grad } = binary;
        let q = [1.0 - t, t];
        let name = format!("{binary:?}");
        let weighted = CrossEntropy::default().class_weights([1.0, pos_weight]).unwrap();
        let case = Case::distributions(name.as_str(), [0.0, x], q, 2).under(weighted);
        let ours = expected(&case.batch());
        // A soft target is rounded to f32 when we make the two-class row.
        let rounded = if matches!(t, 0.0 | 1.0) { 0.0 } else { 1e-7 };
        let is_near = |ours: f64, exact: f64| {
            relative_eq!(ours, exact, epsilon = 0.0, max_relative = RELATIVE + rounded)
        };
        assert!(is_near(ours.forward.value, loss), "{name}");
        assert!(is_near(ours.grad[1].value, grad), "{name}");
    }
}

#[test]
fn the_oracles_softmax_agrees_with_fifty_digits() {
    for golden in golden_cases().iter().filter(|golden| !golden.policy) {
        let case = golden.case(Reduction::Sum).unwrap();
        let Some((p, log_p)) = golden.softmax() else { continue };
        let rows = case.logits.chunks_exact(case.classes);
        let ours: Vec<f64> = rows.flat_map(log_probabilities).collect();
        assert_eq!((p.len(), log_p.len()), (ours.len(), ours.len()));
        for ((ours, p), log_p) in ours.iter().zip(p).zip(log_p) {
            assert_near(&case.name, *ours, log_p);
            assert_near(&case.name, ours.exp(), p);
        }
    }
}

/// Returns whether two numbers agree, however small they are: `approx` takes any two
/// numbers below 2.2e-16 for equal unless `epsilon` is 0.
fn near(ours: f64, exact: f64) -> bool {
    relative_eq!(ours, exact, epsilon = 0.0, max_relative = RELATIVE)
        || ours.is_nan() && exact.is_nan()
}

fn assert_near(name: &str, ours: f64, exact: f64) {
    assert!(near(ours, exact), "{name}: {ours:e} is not {exact:e}");
}

/// Compares the bounds of two rows of two equal logits, and of their mean. The first row
/// has a label; the second gives each class half a weight.
#[test]
fn each_result_has_the_bound_of_its_kind() {
    let batch = Batch::new(&[0.0; 4], &[1.0, 0.0, 0.5, 0.5], 2).unwrap();
    let Expected { losses, forward, grad } = expected(&batch);
    let ln_2 = std::f64::consts::LN_2;
    let of_losses = [Exact::of_label(ln_2, 2), Exact::of_weighted_loss(ln_2, ln_2, 2)];
    assert_eq!(losses, of_losses);
    assert_eq!(forward, Exact::of_weighted_loss(ln_2, ln_2, 2));
    let of_grad = [
        Exact::of_label(-0.25, 2),
        Exact::of_probability(0.25, 2),
        Exact::of_weighted_gradient(0.0, 0.25, 2),
        Exact::of_weighted_gradient(0.0, 0.25, 2),
    ];
    for (ours, exact) in grad.iter().zip(of_grad) {
        assert!((ours.value - exact.value).abs() < 1e-16, "{ours:?}, not {exact:?}");
        assert_near("tolerance", ours.tolerance, exact.tolerance);
    }
}

/// Adds two rows whose one weighted class costs ln 2 and ln(1 + 1/e), or those negated.
#[test]
fn a_sum_of_labels_has_a_labels_bound_unless_their_losses_cancel() {
    let forward = |first: f32, second: f32| {
        let weights = [first, 0.0, second, 0.0];
        let batch = Batch::new(&[0.0, 0.0, 1.0, 0.0], &weights, 2).unwrap();
        expected(&batch).forward
    };
    let (large, small) = (std::f64::consts::LN_2 / 2.0, (-1.0_f64).exp().ln_1p() / 2.0);
    for sign in [1.0, -1.0] {
        let sum = forward(sign, sign);
        assert_eq!(sum, Exact::of_label(f64::from(sign) * (large + small), 2));
        let difference = forward(sign, -sign);
        let value = f64::from(sign) * (large - small);
        assert_eq!(
            difference.tolerance,
            Exact::of_weighted_loss(value, large + small, 2).tolerance
        );
        assert!((difference.value - value).abs() < 1e-16);
    }
}

#[test]
fn policy_cases_follow_our_choice() {
    let cases = golden_cases();
    let policy: Vec<_> = cases.iter().filter(|golden| golden.policy).collect();
    let ids: Vec<&str> = policy.iter().map(|golden| golden.id.as_str()).collect();
    assert_eq!(ids, ["posinf_right", "ignore_all"]);

    // A row with +inf has no loss, though the limit of its loss would be 0.
    let posinf = policy[0].case(Reduction::Sum).unwrap();
    assert!(expected(&posinf.batch()).forward.value.is_nan());

    // A mean over nothing is refused, and a sum over nothing is 0.
    let nothing = policy[1].case(Reduction::Mean).unwrap();
    let refused = Error::MeanOfNothing { rows: 2, ignored: 2 };
    assert_eq!(nothing.try_batch().unwrap_err(), refused);
    assert_eq!(expected(&nothing.summed().batch()).forward.value, 0.0);
}

#[test]
fn the_oracles_gradient_is_the_slope_of_its_loss() {
    let case = Random::new(21).labels(3, 6, 2.0);
    let grad = expected(&case.batch()).grad;
    for (i, grad) in grad.iter().enumerate() {
        let step = 1.0 / 1024.0;
        let loss_at = |z: f32| {
            let mut moved = case.clone();
            moved.logits[i] = z;
            expected(&moved.batch()).forward.value
        };
        let (above, below) = (case.logits[i] + step, case.logits[i] - step);
        let slope = (loss_at(above) - loss_at(below)) / f64::from(above - below);
        assert_relative_eq!(grad.value, slope, epsilon = 1e-7);
    }
}

/// Compares the negative log-likelihood, which needs no backend, with ONNX. After
/// `log_softmax`, it's the second half of cross-entropy.
#[test]
fn negative_log_likelihood_agrees_with_onnx() {
    let mut compared = 0;
    for onnx in onnx_cases() {
        if onnx.op() != conformance::onnx::Op::NegativeLogLikelihoodLoss {
            continue;
        }
        let rows = onnx.rows().unwrap();
        let batch = rows.case.batch();
        let got = if rows.loss_per_row {
            let mut losses = vec![0.0; batch.rows()];
            backend::nll_losses(batch.losses_out(&mut losses).unwrap());
            losses
        } else {
            vec![backend::nll_loss(&batch)]
        };
        assert_eq!(got.len(), rows.loss.len(), "{}", onnx.name);
        for (&got, &exact) in got.iter().zip(&rows.loss) {
            assert_relative_eq!(f64::from(got), exact, max_relative = 1e-6);
        }
        compared += 1;
    }
    assert_eq!(compared, 16);
    assert_eq!(onnx_cases().len(), 60);
}

#[test]
fn negative_log_likelihood_of_a_masked_class_costs_nothing_without_weight() {
    let log_probs = [0.0, f32::NEG_INFINITY];
    let weights = [0.5, 0.0];
    let batch = Batch::new(&log_probs, &weights, 2).unwrap();
    assert_eq!(backend::nll_loss(&batch), 0.0);
}
