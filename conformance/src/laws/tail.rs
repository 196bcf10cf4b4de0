//! Small numbers next to a 1: the loss of a confident row, and sums of a million terms.

use crate::case::Case;
use crate::compare::{matches_oracle, roughly_matches_oracle, softmax_matches_oracle};
use crate::law::Law;
use crate::random::Random;

/// Checks that a row that's right by a wide margin still has a loss and a gradient.
pub fn confident_rows_keep_their_tail() -> Law {
    Law {
        name: "confident_rows_keep_their_tail",
        reason: "a row that's right by 20 has the loss 2e-9, not 0, and a gradient",
        likely: "the sum contains the max's 1: leave it out and take ln_1p; 1 - p is \
                 rest / (1 + rest)",
        page: "book/src/tail.md",
        check: |backend| {
            for classes in [2, 3, 10, 1000] {
                // First come the margins at which the mistake shows most.
                for margin in (17..=110).chain(5..17).chain([150, 10_000]) {
                    let mut logits = vec![0.0; classes];
                    logits[classes / 2] = margin as f32;
                    let name = format!("right by a margin of {margin}");
                    let case = Case::labels(name, logits, [classes / 2], classes);
                    matches_oracle(backend, &case)?;
                    softmax_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that the loss of a wrong row grows with its margin without end.
pub fn wrong_rows_have_no_ceiling() -> Law {
    Law {
        name: "wrong_rows_have_no_ceiling",
        reason: "a row that's wrong by 50 costs 50, and a loss with a ceiling has no \
                 gradient there",
        likely: "an epsilon inside the logarithm, or a clamped probability",
        page: "book/src/tail.md",
        check: |backend| {
            for classes in [2, 3, 10] {
                for margin in [10.0, 16.0, 20.0, 50.0, 103.0, 104.0, 150.0, 1e4, 1e30] {
                    let mut logits = vec![0.0; classes];
                    logits[0] = margin;
                    let name = format!("wrong by a margin of {margin}");
                    let case = Case::labels(name, logits, [classes - 1], classes);
                    roughly_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that small terms are summed exactly, even next to a few large terms.
pub fn large_terms_round_nothing_away() -> Law {
    Law {
        name: "large_terms_round_nothing_away",
        reason: "next to the max's exponential, an f32 sum rounds the others, in a few \
                 rows of a thousand by 4 ulp or more",
        likely: "the max is a term of an f32 sum: leave it out of partial sums, too",
        page: "book/src/tail.md",
        check: |backend| {
            for seed in 30..34 {
                for deviation in [3.0, 6.0] {
                    let case = Random::new(seed).labels(256, 100, deviation);
                    matches_oracle(backend, &case.summed())?;
                }
            }
            // Equal terms are rounded alike, so their errors don't even out.
            for (classes, distance) in
                [(257, 2.237_037), (4097, 13.3552), (8193, 3.688_284_9), (8193, 3.6)]
            {
                let mut logits = vec![-distance; classes];
                logits[0] = 0.0;
                let name = "one logit above, all others equal";
                let case = Case::labels(
                    name,
                    [logits.clone(), logits].concat(),
                    [0, 1],
                    classes,
                );
                matches_oracle(backend, &case.summed())?;
            }
            Ok(())
        },
    }
}

/// Checks that the sum over a vocabulary loses nothing to its length.
pub fn small_terms_add_up() -> Law {
    Law {
        name: "small_terms_add_up",
        reason: "a running f32 sum over a million classes is off by up to 5e-5, hundreds \
                 of ulp",
        likely: "a single f32 accumulator: sum in lanes and blocks, and add the blocks \
                 in f64",
        page: "book/src/tail.md",
        check: |backend| {
            for classes in [1000, 32_000, 128_256, 1 << 20] {
                matches_oracle(backend, &Random::new(14).labels(1, classes, 1.0))?;
                let equal =
                    Case::labels("equal logits", vec![0.5; classes], [7], classes);
                matches_oracle(backend, &equal)?;
                // Each term alone is below half an ulp of 1, then below the normal range.
                for margin in [17.0, 100.0] {
                    let mut logits = vec![0.0; classes];
                    logits[3] = margin;
                    let name = format!("right by a margin of {margin}");
                    matches_oracle(backend, &Case::labels(name, logits, [3], classes))?;
                }
            }
            softmax_matches_oracle(backend, &Random::new(15).labels(1, 128_256, 3.0))
        },
    }
}
