//! The max, masks, NaN and infinities: where NaN is wrong, and where it's due.

use backend::CrossEntropy;

use crate::case::{Case, Targets};
use crate::compare::{roughly_matches_oracle, softmax_roughly_matches_oracle};
use crate::law::Law;
use crate::random::Random;

/// Checks that large logits don't overflow, though their plain exponentials would.
pub fn large_logits_do_not_overflow() -> Law {
    Law {
        name: "large_logits_do_not_overflow",
        reason: "exp overflows at 88.72284, and a logit may be as large as an f32",
        likely: "the row's max isn't subtracted before exp",
        page: "book/src/overflow.md",
        check: |backend| {
            for logits in [
                [88.722_83, 88.0, 87.0],
                [88.722_84, 88.0, 87.0],
                [89.0, 88.0, 89.0],
                [1000.0, 1001.0, 1002.0],
                [1e4, -1e4, 0.0],
                [3e38, 3e38, 3e38],
            ] {
                for label in 0..3 {
                    let case = Case::labels("large logits", logits, [label], 3);
                    roughly_matches_oracle(backend, &case)?;
                    softmax_roughly_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that the max is one of the row's logits, however small they are.
pub fn the_max_comes_from_the_row() -> Law {
    Law {
        name: "the_max_comes_from_the_row",
        reason: "a max that starts at 0 is wrong for a row below 0, and the row's sum \
                 vanishes",
        likely: "the max starts at 0, or at a number that looked small enough, instead \
                 of at -inf",
        page: "book/src/overflow.md",
        check: |backend| {
            for level in [-104.0, -1e4, -20_001.0, -1e6, -1e30, -3e38] {
                for classes in [1, 2, 9] {
                    let name = format!("logits at {level}, the first 1 above");
                    let mut logits = vec![level; classes];
                    // At 1e30, this adds nothing, and the logits are all the same.
                    logits[0] += 1.0;
                    let case = Case::labels(name, logits, [classes - 1], classes);
                    roughly_matches_oracle(backend, &case)?;
                    softmax_roughly_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that a class at `-inf` has probability 0, and costs nothing without a weight.
pub fn masked_classes_cost_nothing() -> Law {
    Law {
        name: "masked_classes_cost_nothing",
        reason: "a logit of -inf masks a class, and in floats 0 times infinity is NaN",
        likely: "a target weight of 0 is multiplied by an infinite nll: skip the class \
                 instead",
        page: "book/src/overflow.md",
        check: |backend| {
            const MASK: f32 = f32::NEG_INFINITY;
            let row = [1.0, 2.0, MASK];
            let smoothed = CrossEntropy::default().label_smoothing(0.1);
            let smoothed = smoothed.expect("0.1 is valid");
            let weighted = smoothed.clone().class_weights([1.0, 1.0, 0.0]);
            let weighted = weighted.expect("no weight is negative");
            let masked = "masked class without weight";
            let soft = [0.25, 0.75, 0.0];
            for case in [
                Case::labels(masked, row, [1], 3),
                Case::distributions(masked, row, soft, 3),
                Case::labels(masked, row, [1], 3).under(weighted),
                Case::labels("all but the label masked", [MASK, 0.5, MASK], [1], 3),
                // If a masked class has weight, its loss is infinite, but its gradient
                // isn't.
                Case::labels("masked label", row, [2], 3),
                Case::labels("smoothing onto a masked class", row, [1], 3)
                    .under(smoothed),
            ] {
                roughly_matches_oracle(backend, &case)?;
                softmax_roughly_matches_oracle(backend, &case)?;
            }
            let mut many = Random::new(10).distributions(4, 40, 3.0);
            if let Targets::Distributions(q) = &mut many.targets {
                for (z, q) in many.logits.iter_mut().zip(q).step_by(3) {
                    (*z, *q) = (MASK, 0.0);
                }
            }
            roughly_matches_oracle(backend, &many)
        },
    }
}

/// Checks that NaN in a row comes out as NaN, and only in that row.
pub fn nan_is_never_hidden() -> Law {
    Law {
        name: "nan_is_never_hidden",
        reason: "a training run that has diverged mustn't look healthy",
        likely: "`f32::max` ignores NaN: the max of NaN, 1 and 2 becomes 2",
        page: "book/src/overflow.md",
        check: |backend| {
            for classes in 1..=20 {
                for at in 0..classes {
                    for nan in [f32::NAN, -f32::NAN] {
                        let mut case = Random::new(11).labels(3, classes, 3.0);
                        case.logits[classes + at] = nan;
                        case.name = format!("NaN at logits[1][{at}]");
                        roughly_matches_oracle(backend, &case)?;
                        softmax_roughly_matches_oracle(backend, &case)?;
                    }
                }
            }
            let name = "NaN in a distribution";
            let soft = [f32::NAN, 0.5, 0.5, 0.2, 0.3, 0.5];
            let logits = [1.0, 2.0, 3.0, 1.0, 2.0, 3.0];
            roughly_matches_oracle(backend, &Case::distributions(name, logits, soft, 3))
        },
    }
}

/// Checks that a row with `+inf`, or with nothing but `-inf`, has no probabilities.
pub fn infinite_logits_give_nan() -> Law {
    Law {
        name: "infinite_logits_give_nan",
        reason: "inf - inf has no value, and a plausible number hides the overflow \
                 before it",
        likely: "the max's own term is counted as 1, even if the max is infinite",
        page: "book/src/overflow.md",
        check: |backend| {
            const INF: f32 = f32::INFINITY;
            for row in [[INF, 1.0, 2.0], [1.0, INF, INF], [INF, -INF, 0.0], [-INF; 3]] {
                for label in 0..3 {
                    let logits = [row, [1.0, 2.0, 3.0]].concat();
                    let case = Case::labels("no probabilities", logits, [label, 0], 3);
                    roughly_matches_oracle(backend, &case)?;
                    softmax_roughly_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks logits from the smallest to the largest numbers, in one batch.
pub fn every_magnitude_works() -> Law {
    Law {
        name: "every_magnitude_works",
        reason: "logits have no unit: 1e-30 and 1e30 are as good as 1",
        likely: "logits are clamped to a range that seemed wide enough",
        page: "book/src/overflow.md",
        check: |backend| {
            const MAGNITUDES: [f32; 10] =
                [1e-44, 1e-38, 1e-30, 1e-5, 0.1, 10.0, 100.0, 1e5, 1e30, 3e38];
            let mut random = Random::new(12);
            for classes in [2, 3, 10, 19, 64] {
                let mut case = random.labels(2 * MAGNITUDES.len(), classes, 1.0);
                case.name =
                    format!("rows from 1e-44 to 3e38, seed 12, {classes} classes");
                case.logits = random.units(case.logits.len());
                for (i, row) in case.logits.chunks_exact_mut(classes).enumerate() {
                    let magnitude = MAGNITUDES[i % MAGNITUDES.len()];
                    row.iter_mut().for_each(|z| *z = magnitude * (2.0 * *z - 1.0));
                }
                roughly_matches_oracle(backend, &case)?;
                softmax_roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}
