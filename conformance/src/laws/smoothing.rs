//! Label smoothing in both conventions, and all options together.

use backend::CrossEntropy;

use crate::case::Case;
use crate::compare::{losses_match, matches_oracle, roughly_matches_oracle};
use crate::law::Law;
use crate::random::Random;
use crate::tolerance::Exact;

/// Checks that smoothing gives `epsilon / C` to every class, including the label.
pub fn smoothing_spreads_over_all_classes() -> Law {
    Law {
        name: "smoothing_spreads_over_all_classes",
        reason: "two conventions share the name, and they differ by a factor of C / (C - \
                 1)",
        likely: "the shares: epsilon / C for each of the C classes, and 1 - epsilon more \
                 for the label",
        page: "book/src/smoothing.md",
        check: |backend| {
            // a = [0.92, 0.02, 0.02, 0.02, 0.02]
            let row = [2.0, 1.0, 0.0, -1.0, 0.5];
            let case = Case::labels("epsilon 0.1", row, [0], 5).under(over_all(0.1));
            let loss = 0.724_437_9;
            losses_match(
                backend,
                &case,
                &[Exact::of_weighted_loss(loss, loss, 5).roughly()],
            )?;
            let mut random = Random::new(19);
            for (classes, epsilon) in [
                (1, 0.1),
                (2, 0.1),
                (5, 0.1),
                (10, 0.05),
                (33, 1e-6),
                (100, 0.3),
                (7, 1.0),
            ] {
                let loss = over_all(epsilon);
                roughly_matches_oracle(
                    backend,
                    &random.labels(4, classes, 3.0).under(loss.clone()),
                )?;
                roughly_matches_oracle(
                    backend,
                    &random.distributions(4, classes, 3.0).under(loss),
                )?;
            }
            Ok(())
        },
    }
}

/// Checks that the other convention gives to the others as much as the label loses.
pub fn smoothing_over_others_leaves_the_label_out() -> Law {
    Law {
        name: "smoothing_over_others_leaves_the_label_out",
        reason: "the label keeps 1 - epsilon, and the C - 1 other classes share epsilon",
        likely: "epsilon / C instead of epsilon / (C - 1), or a share for the label, too",
        page: "book/src/smoothing.md",
        check: |backend| {
            // a = [0.9, 0.025, 0.025, 0.025, 0.025]
            let row = [2.0, 1.0, 0.0, -1.0, 0.5];
            let case = Case::labels("epsilon 0.1", row, [0], 5).under(over_others(0.1));
            let loss = 0.761_937_9;
            losses_match(
                backend,
                &case,
                &[Exact::of_weighted_loss(loss, loss, 5).roughly()],
            )?;
            let mut random = Random::new(20);
            for (classes, epsilon) in [
                (2, 0.1),
                (3, 0.1),
                (5, 0.2),
                (10, 0.05),
                (33, 1e-6),
                (100, 0.3),
                (7, 1.0),
            ] {
                let case = random.labels(4, classes, 3.0);
                roughly_matches_oracle(backend, &case.under(over_others(epsilon)))?;
            }
            // A label that's left out costs nothing, however far away it is.
            let mut row = [0.5; 8];
            row[0] = -1e6;
            let case = Case::labels("epsilon 1, a label far below", row, [0], 8);
            roughly_matches_oracle(backend, &case.under(over_others(1.0)))
        },
    }
}

/// Checks all options together, in random combinations.
pub fn options_combine() -> Law {
    Law {
        name: "options_combine",
        reason: "two options that are right alone may be wrong together",
        likely: "an option has a branch of its own instead of choosing target weights, \
                 or smoothing reaches ignored rows",
        page: "book/src/smoothing.md",
        check: |backend| {
            for seed in 100..1600 {
                matches_oracle(backend, &Random::new(seed).anything())?;
            }
            Ok(())
        },
    }
}

fn over_all(epsilon: f32) -> CrossEntropy {
    CrossEntropy::default().label_smoothing(epsilon).expect("it is within 0 to 1")
}

fn over_others(epsilon: f32) -> CrossEntropy {
    let loss = CrossEntropy::default().label_smoothing_over_others(epsilon);
    loss.expect("it is within 0 to 1")
}
