//! Distributions, class weights, ignored rows, and the divisor of the mean.

use backend::CrossEntropy;

use crate::case::Case;
use crate::compare::{
    forward_matches, losses_match, matches_oracle, roughly_matches_oracle,
};
use crate::law::Law;
use crate::oracle;
use crate::random::Random;

/// Checks that all weights of a distribution count, not only the largest.
pub fn the_loss_is_linear_in_the_target() -> Law {
    Law {
        name: "the_loss_is_linear_in_the_target",
        reason: "half of one target and half of another cost half of each",
        likely: "the distribution is turned into a label by argmax, or normalized",
        page: "book/src/targets.md",
        check: |backend| {
            let mut random = Random::new(16);
            let row = [1.0, 3.0, -2.0];
            for case in [
                Case::distributions("two halves", row, [0.5, 0.5, 0.0], 3),
                Case::distributions("weights that sum to 3", row, [1.0, 1.5, 0.5], 3),
                Case::distributions("weights of both signs", row, [1.5, -0.5, 0.25], 3),
                Case::distributions("one-hot", row, [0.0, 0.0, 1.0], 3),
                random.distributions(6, 10, 3.0),
                random.distributions(6, 33, 30.0),
            ] {
                roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Checks that a class weight multiplies the cost of its own class.
pub fn class_weights_scale_their_class() -> Law {
    Law {
        name: "class_weights_scale_their_class",
        reason: "a weight belongs to a class, and to the share that smoothing gives the \
                 class",
        likely: "the whole row is multiplied by the weight of its label",
        page: "book/src/targets.md",
        check: |backend| {
            let mut random = Random::new(17);
            let loss = weighted(&[0.25, 1.5, 2.0, 0.0, 100.0]);
            let smoothed = loss.clone().label_smoothing(0.1).expect("0.1 is valid");
            for case in [
                random.labels(8, 5, 3.0).under(loss.clone()).summed(),
                random.labels(8, 5, 3.0).under(smoothed).summed(),
                random.distributions(8, 5, 3.0).under(loss).summed(),
            ] {
                roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Checks that a row that doesn't count isn't even read.
pub fn ignored_rows_are_not_read() -> Law {
    Law {
        name: "ignored_rows_are_not_read",
        reason: "padding may hold anything, and NaN times 0 is NaN",
        likely: "the row is computed, and its result multiplied by a mask of 0",
        page: "book/src/targets.md",
        check: |backend| {
            const INF: f32 = f32::INFINITY;
            const NAN: f32 = f32::NAN;
            let kept = [1.0, 2.0, 3.0];
            for padding in [[0.5; 3], [NAN; 3], [INF; 3], [-INF; 3], [1.0, NAN, INF]] {
                let logits = [padding, kept, padding].concat();
                let ignoring = CrossEntropy::default().ignore_index(255);
                let padded = |name| Case::labels(name, logits.clone(), [255, 2, 255], 3);
                let zero_rows = [[0.0; 3], [0.2, 0.3, 0.5], [0.0; 3]].concat();
                let smoothed = ignoring.clone().label_smoothing(0.1);
                let smoothed_rows = CrossEntropy::default().label_smoothing(0.1);
                let zeros = |name| {
                    let q = zero_rows.clone();
                    Case::distributions(name, logits.clone(), q, 3)
                };
                for case in [
                    padded("ignored label").under(ignoring),
                    padded("ignored label, smoothed").under(smoothed.expect("valid")),
                    zeros("rows of zeros"),
                    zeros("rows of zeros, smoothed").under(smoothed_rows.expect("valid")),
                    Case::labels("labels without weight", logits.clone(), [0, 2, 0], 3)
                        .under(weighted(&[0.0, 1.0, 1.0])),
                ] {
                    roughly_matches_oracle(backend, &case)?;
                }
            }
            let nothing = Case::labels("nothing but ignored rows", kept, [255], 3);
            roughly_matches_oracle(
                backend,
                &nothing.under(CrossEntropy::default().ignore_index(255)).summed(),
            )?;
            roughly_matches_oracle(
                backend,
                &Case::labels("no rows at all", [], [], 3).summed(),
            )
        },
    }
}

/// Checks that the mean over labels divides by the weights of the rows that count.
pub fn the_mean_divides_by_the_kept_weights() -> Law {
    Law {
        name: "the_mean_divides_by_the_kept_weights",
        reason: "if padding counts in the denominator, the loss depends on the amount of \
                 padding",
        likely: "the sum is divided by the number of rows: ask the batch for its divisor",
        page: "book/src/targets.md",
        check: |backend| {
            let padded = Case::labels("one row and padding", [0.0; 8], [1, 9, 9, 9], 2);
            let ignoring = CrossEntropy::default().ignore_index(9);
            let loss = weighted(&[1.0, 2.0, 4.0]);
            let mut random = Random::new(18);
            for case in [
                padded.under(ignoring),
                random.labels(10, 3, 3.0).under(loss.clone()),
                random.labels(10, 3, 3.0).under(loss.clone().ignore_index(1)),
                random.distributions(10, 3, 3.0).under(loss),
            ] {
                roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Checks that weights, smoothing and the divisor may have any size that `f32` can hold.
pub fn weights_of_any_size_combine() -> Law {
    const INF: f32 = f32::INFINITY;
    Law {
        name: "weights_of_any_size_combine",
        reason: "a weight of 1e-40 over a divisor of 1e-40 is 1, and with a smoothing of \
                 1e-45 a masked class still costs infinity",
        likely: "a weight, or its quotient by the divisor, is rounded to f32 too early, \
                 or the weight of the other classes is a difference that cancels",
        page: "book/src/targets.md",
        check: |backend| {
            let smoothed = |epsilon: f32, weights: &[f32]| {
                weighted(weights).label_smoothing(epsilon).expect("it is within 0 to 1")
            };
            let tiny = smoothed(1e-45, &[1.0, 1.0]);
            for case in [
                Case::labels("a divisor of 1e-40", [0.0; 2], [1], 2)
                    .under(smoothed(0.1, &[0.0, 1e-40])),
                Case::labels("weights up to 1e36, smoothing 1e-34", [0.0; 6], [0, 1], 3)
                    .under(smoothed(1e-34, &[1.0, 1e12, 1e36])),
                Case::distributions(
                    "smoothing 1e-45, masked",
                    [0.0, -INF],
                    [1.0, 0.0],
                    2,
                )
                .under(tiny),
                Case::labels("a weight of 1e30, sure", [200.0, 0.0], [0], 2)
                    .under(weighted(&[1e30, 1.0]))
                    .summed(),
                Case::distributions("a weight of -1", [60.0, 0.0], [-1.0, 1e-20], 2),
                Case::distributions("a weight of 1", [60.0, 0.0], [1.0, 1e-20], 2),
                Case::labels(
                    "all smoothing over the others",
                    [-1e30, 0.0, -1.0, -2.0],
                    [0],
                    4,
                )
                .under(over_others(1.0, CrossEntropy::default())),
                Case::labels("all smoothing over a light class", [0.0, 1.0], [0], 2)
                    .under(over_others(1.0, weighted(&[1e6, 1e-10])))
                    .summed(),
                a_sure_teacher(16_384, 3.820_377e-12),
                Case::labels("weights of 1e-38", [3.0, 0.0, 1.0], [1], 3)
                    .under(weighted(&[1e-38, 2e-38, 4e-38]))
                    .summed(),
            ] {
                matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Makes a distribution that gives each class except one so little that a sum in `f64`
/// loses it. That one class is likely, and its gradient is the total of the other classes.
fn a_sure_teacher(classes: usize, of_others: f32) -> Case {
    let (mut logits, mut q) = (vec![-60.0; classes], vec![of_others; classes]);
    (logits[0], q[0]) = (0.0, 1.0);
    Case::distributions("a teacher who is sure", logits, q, classes)
}

/// Checks that a mean that `f32` can hold is found, even if the sum is beyond `f32`.
pub fn the_mean_of_large_losses_is_finite() -> Law {
    Law {
        name: "the_mean_of_large_losses_is_finite",
        reason: "two losses of 3e38 have a mean, but no sum in f32",
        likely: "the rows are summed in f32: sum in f64, and divide once",
        page: "book/src/backend.md",
        check: |backend| {
            let logits = [-2e38, 1e38, -2e38, 1e38];
            let case = Case::labels("two losses of 3e38", logits, [0, 0], 2);
            roughly_matches_oracle(backend, &case)
        },
    }
}

/// Checks that the sum over many rows loses nothing to their number.
pub fn many_rows_add_up() -> Law {
    Law {
        name: "many_rows_add_up",
        reason: "in f32, adding 0.1 twenty million times gives 2,097,152",
        likely: "a running f32 sum over the rows: sum in f64, and divide once",
        page: "book/src/tail.md",
        check: |backend| {
            let rows = 200_000;
            let logits = [2.25, 0.0].repeat(rows);
            let case =
                Case::labels("many rows with a loss of 0.1", logits, vec![0; rows], 2);
            for case in [case.clone(), case.summed()] {
                let expected = oracle::expected(&case.batch());
                forward_matches(backend, &case, expected.forward)?;
                losses_match(backend, &case, &expected.losses)?;
            }
            Ok(())
        },
    }
}

fn over_others(epsilon: f32, loss: CrossEntropy) -> CrossEntropy {
    loss.label_smoothing_over_others(epsilon).expect("it is within 0 to 1")
}

fn weighted(weights: &[f32]) -> CrossEntropy {
    CrossEntropy::default().class_weights(weights).expect("no weight is negative")
}
