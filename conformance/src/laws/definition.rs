//! The definition, in numbers that you can check by hand: the loss is `-ln p_y`, and its
//! gradient is `p - y`.

use backend::{Backend, BinaryCrossEntropy, Reduction};

use crate::case::{Case, Targets};
use crate::compare::{
    backward, backward_matches, each_matches, exactly, forward_matches, log_softmax,
    losses_match, roughly_matches_oracle, softmax, softmax_matches_oracle,
};
use crate::golden::{BinaryCase, binary_cases};
use crate::law::{Finding, Law, Verdict};
use crate::oracle;
use crate::random::Random;
use crate::tolerance::Exact;

/// Checks that the loss of a row with a label is `-ln p_y`, in nats.
pub fn loss_is_minus_ln_p() -> Law {
    Law {
        name: "loss_is_minus_ln_p",
        reason: "an outcome to which you gave the probability p costs -ln p",
        likely: "the base of the logarithm (ln, not log2), its sign, or the wrong class",
        page: "book/src/surprise.md",
        check: |backend| {
            let ln = |p: f64| known(-p.ln());
            for (name, logits, label, expected) in [
                ("a fair coin", vec![0.0, 0.0], 0, ln(0.5)),
                ("four equal classes", vec![7.0; 4], 3, ln(0.25)),
                // exp(2), exp(1), exp(0.1): 7.38906, 2.71828, 1.10517 of 11.21251
                ("[2, 1, 0.1]", vec![2.0, 1.0, 0.1], 0, known(0.417_030_016_4)),
                ("[2, 1, 0.1]", vec![2.0, 1.0, 0.1], 1, known(1.417_030_016_4)),
                ("[2, 1, 0.1]", vec![2.0, 1.0, 0.1], 2, known(2.317_030_014_9)),
            ] {
                let classes = logits.len();
                let case = Case::labels(name, logits, [label], classes);
                losses_match(backend, &case, &[expected])?;
                forward_matches(backend, &case, expected)?;
            }
            Ok(())
        },
    }
}

/// Returns a result known to ten digits, for a law that isn't about the last of them.
fn known(value: f64) -> Exact {
    Exact::of_label(value, 3).roughly()
}

/// Checks that the gradient of a row with a label is `p - y`.
pub fn gradient_is_p_minus_y() -> Law {
    Law {
        name: "gradient_is_p_minus_y",
        reason: "each class is pushed down by its probability, and the label is pulled \
                 up by 1",
        likely: "the 1 isn't subtracted, or it's subtracted at the wrong class",
        page: "book/src/p-minus-y.md",
        check: |backend| {
            let case = Case::labels("equal logits", [5.0; 4], [2], 4);
            backward_matches(backend, &case, &[0.25, 0.25, -0.75, 0.25].map(known))?;
            let p = [0.659_001_138_8, 0.242_432_970_7, 0.098_565_890_5];
            let case = Case::labels("[2, 1, 0.1]", [2.0, 1.0, 0.1], [0], 3);
            let grad = [p[0] - 1.0, p[1], p[2]].map(known);
            backward_matches(backend, &case, &grad)?;
            let case = Case::labels("[2, 1, 0.1]", [2.0, 1.0, 0.1], [2], 3);
            let grad = [p[0], p[1], p[2] - 1.0].map(known);
            backward_matches(backend, &case, &grad)?;
            no_entry_is_above_1(backend)?;
            roughly_matches_oracle(backend, &Random::new(1).labels(16, 10, 3.0))
        },
    }
}

/// Checks that no entry of the gradient is above 1 in sure, wrong rows, with a rounded p.
fn no_entry_is_above_1(backend: &dyn Backend) -> Verdict {
    for classes in [2, 3, 40, 200] {
        let margins = (0..64).map(|i| 15.0 + 0.0937 * i as f32);
        let row = |margin| {
            let mut z = vec![0.0; classes];
            z[1] = margin;
            z
        };
        let logits: Vec<f32> = margins.flat_map(row).collect();
        let name = "wrong by margins of 15 to 21";
        let case = Case::labels(name, logits, [0; 64], classes).summed();
        let grad = backward(backend, &case, 0.0);
        let clamped: Vec<f32> = grad.iter().map(|g| g.clamp(-1.0, 1.0)).collect();
        each_matches(&case, "grad", classes, &grad, &exactly(&clamped))?;
    }
    Ok(())
}

/// Checks that one class gains as much as the others lose: `sum_k grad_k = 0`.
pub fn gradient_rows_sum_to_zero() -> Law {
    Law {
        name: "gradient_rows_sum_to_zero",
        reason: "adding a constant to a row changes no probability, so the gradient sums \
                 to 0",
        likely: "`p - a` instead of `A p - a`: with class weights, a row's weights sum \
                 to A, not to 1",
        page: "book/src/p-minus-y.md",
        check: |backend| {
            let mut random = Random::new(2);
            let mut unnormalized = random.distributions(8, 12, 3.0);
            if let Targets::Distributions(q) = &mut unnormalized.targets {
                q.iter_mut().for_each(|q_k| *q_k *= 3.0);
            }
            let weights: Vec<f32> = random.units(12);
            let weighted = random.labels(8, 12, 3.0);
            let loss = weighted.loss.clone().label_smoothing(0.2).expect("0.2 is valid");
            let loss = loss.class_weights(weights).expect("no weight is negative");
            for case in [
                random.labels(8, 12, 3.0),
                unnormalized.under(loss.clone()),
                weighted.under(loss),
            ] {
                let grad = backward(backend, &case, 0.0);
                let bounds = oracle::expected(&case.batch()).grad;
                for (row, grad) in grad.chunks_exact(case.classes).enumerate() {
                    let sum: f64 = grad.iter().map(|&g| f64::from(g)).sum();
                    let bounds = &bounds[row * case.classes..][..case.classes];
                    let tolerance = bounds.iter().map(|grad| grad.tolerance).sum();
                    let expected = Exact { value: 0.0, tolerance }.roughly();
                    let result = || format!("the sum of grad[{row}]");
                    Finding::judge(&case, result, sum as f32, expected)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that the gradient is the slope of the reduced loss, which we find by central
/// differences of the oracle's loss.
pub fn gradient_is_the_slope_of_the_loss() -> Law {
    Law {
        name: "gradient_is_the_slope_of_the_loss",
        reason: "whatever the formula says, a step in a logit changes the loss by the \
                 step times the slope",
        likely: "the reduction: the gradient of a mean over N rows is divided by N, too",
        page: "book/src/differentiate.md",
        check: |backend| {
            let mut random = Random::new(3);
            let labels = random.labels(4, 5, 1.0);
            let loss = labels.loss.clone().label_smoothing(0.1).expect("0.1 is valid");
            for case in [
                labels.clone(),
                labels.clone().summed(),
                labels.under(loss),
                random.distributions(3, 4, 1.0),
            ] {
                backward_matches(backend, &case, &slopes(&case))?;
            }
            Ok(())
        },
    }
}

/// Returns central differences of the oracle's loss with respect to each logit.
fn slopes(case: &Case) -> Vec<Exact> {
    // The error of a central difference is h^2 / 6 times the third derivative, which is
    // below 1/8 for a sigmoid: 2e-8, far above the oracle's own error.
    const STEP: f32 = 1.0 / 1024.0;
    const TOLERANCE: f64 = 1e-6;
    let loss_at = |i: usize, z: f32| {
        let mut moved = case.clone();
        moved.logits[i] = z;
        oracle::expected(&moved.batch()).forward.value
    };
    let slope = |i: usize| {
        let (above, below) = (case.logits[i] + STEP, case.logits[i] - STEP);
        let rise = loss_at(i, above) - loss_at(i, below);
        Exact { value: rise / f64::from(above - below), tolerance: TOLERANCE }
    };
    (0..case.logits.len()).map(slope).collect()
}

/// Checks that each row of a softmax is a distribution: numbers from 0 to 1 that sum to
/// 1, so that their logarithms are at most 0.
pub fn probabilities_sum_to_one() -> Law {
    Law {
        name: "probabilities_sum_to_one",
        reason: "probabilities that are normalized over anything but their own row mean \
                 nothing",
        likely: "the sum runs over the whole matrix, or down a column",
        page: "book/src/softmax.md",
        check: |backend| {
            for classes in [1, 2, 3, 10, 33, 1000] {
                let mut case = Random::new(4).labels(30, classes, 3.0);
                // In an almost certain row, p is rounded, and still mustn't be above 1.
                for (row, z) in case.logits.chunks_exact_mut(classes).enumerate() {
                    z[0] = 50.0 + 0.7 * row as f32;
                }
                let p = softmax(backend, &case, 0.0);
                let log_p = log_softmax(backend, &case, 0.0);
                for (row, p) in p.chunks_exact(classes).enumerate() {
                    let sum: f64 = p.iter().map(|&p| f64::from(p)).sum();
                    let expected = Exact::of_probability(1.0, classes).roughly();
                    let result = || format!("the sum of softmax[{row}]");
                    Finding::judge(&case, result, sum as f32, expected)?;
                }
                let from_0_to_1: Vec<f32> = p.iter().map(|p| p.clamp(0.0, 1.0)).collect();
                each_matches(&case, "softmax", classes, &p, &exactly(&from_0_to_1))?;
                let up_to_0: Vec<f32> =
                    log_p.iter().map(|log_p| log_p.min(0.0)).collect();
                each_matches(&case, "log_softmax", classes, &log_p, &exactly(&up_to_0))?;
            }
            Ok(())
        },
    }
}

/// Checks that probabilities and log-probabilities are right, however small they are.
pub fn softmax_is_exact() -> Law {
    Law {
        name: "softmax_is_exact",
        reason: "a probability of 1e-40 is an ordinary result, and so is the logarithm \
                 of 1e-400",
        likely: "the logarithm of a probability that has vanished: write (z_k - max) - \
                 log_norm",
        page: "book/src/softmax.md",
        check: |backend| {
            let mut random = Random::new(5);
            for (classes, deviation) in
                [(1, 1.0), (2, 3.0), (10, 3.0), (37, 30.0), (100, 100.0), (1000, 1.0)]
            {
                softmax_matches_oracle(backend, &random.labels(4, classes, deviation))?;
            }
            let far = Case::labels("far apart", [0.0, 104.0, 1e4, -1e30], [0], 4);
            softmax_matches_oracle(backend, &far)
        },
    }
}

/// Checks that binary cross-entropy is the two-class case, exact in both tails.
pub fn binary_cross_entropy_is_the_two_class_case() -> Law {
    Law {
        name: "binary_cross_entropy_is_the_two_class_case",
        reason: "a sigmoid and its two logarithms are a softmax over the logits 0 and x",
        likely: "in rows of two classes with a small loss, a sum contains a 1, or 1 - p \
                 cancels",
        page: "book/src/two-classes.md",
        check: |backend| {
            for binary in binary_cases() {
                let BinaryCase { x, t, pos_weight, loss, grad } = binary;
                let case = Case::distributions(
                    format!("binary, x = {x}, t = {t}, pos_weight = {pos_weight}"),
                    [0.0, x],
                    [1.0 - t, t],
                    2,
                );
                let of_batch = BinaryCrossEntropy::default().reduction(Reduction::Sum);
                let of_batch = of_batch.pos_weight(pos_weight).expect("it is positive");
                let mut got = [0.0];
                let value = of_batch
                    .forward_backward(backend, &[x], &[t], &mut got)
                    .expect("one logit, one target, one gradient");
                let (loss, grad) = bounded(&binary, loss, grad);
                Finding::judge(&case, || "the binary loss".into(), value, loss)?;
                each_matches(&case, "the binary grad", 1, &got, &[grad])?;
            }
            binary_mean(backend)
        },
    }
}

/// Bounds a hard target like a label, and a soft target like several weights.
fn bounded(binary: &BinaryCase, loss: f64, grad: f64) -> (Exact, Exact) {
    let a = [f64::from(1.0 - binary.t), f64::from(binary.pos_weight * binary.t)];
    if a.contains(&0.0) {
        return (Exact::of_label(loss, 2), Exact::of_probability(grad, 2));
    }
    let p = oracle::log_probabilities(&[0.0, binary.x])[1].exp();
    let terms = (a[0] + a[1]) * p + a[1];
    (Exact::of_weighted_loss(loss, loss, 2), Exact::of_weighted_gradient(grad, terms, 2))
}

/// Checks all hard cases as one batch: the mean divides by their number.
fn binary_mean(backend: &dyn Backend) -> Verdict {
    let hard = |case: &BinaryCase| case.pos_weight == 1.0 && matches!(case.t, 0.0 | 1.0);
    let cases: Vec<BinaryCase> = binary_cases().into_iter().filter(hard).collect();
    let x: Vec<f32> = cases.iter().map(|case| case.x).collect();
    let t: Vec<f32> = cases.iter().map(|case| case.t).collect();
    let rows = cases.len() as f64;
    let mean = cases.iter().map(|case| case.loss).sum::<f64>() / rows;
    let value = BinaryCrossEntropy::default()
        .forward(backend, &x, &t)
        .expect("as many targets as logits");
    let labels: Vec<usize> = t.iter().map(|&t| t as usize).collect();
    let logits: Vec<f32> = x.iter().flat_map(|&x| [0.0, x]).collect();
    let case = Case::labels("all hard binary cases, mean", logits, labels, 2);
    Finding::judge(&case, || "the binary loss".into(), value, Exact::of_label(mean, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soft target under a weight: `a` is `[0.75, 0.5]`, and p is 1/2.
    #[test]
    fn a_soft_binary_target_has_the_bound_of_several_weights() {
        let (x, t, pos_weight) = (0.0, 0.25, 2.0);
        let binary = BinaryCase { x, t, pos_weight, loss: 0.0, grad: 0.0 };
        let (loss, grad) = bounded(&binary, 3.0, 0.1);
        assert_eq!(loss, Exact::of_weighted_loss(3.0, 3.0, 2));
        assert_eq!(grad, Exact::of_weighted_gradient(0.1, 1.25 * 0.5 + 0.5, 2));
        let hard = BinaryCase { t: 1.0, ..binary };
        assert_eq!(bounded(&hard, 3.0, 0.1).0, Exact::of_label(3.0, 2));
    }
}
