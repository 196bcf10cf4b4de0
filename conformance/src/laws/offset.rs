//! Large numbers that cancel: common offsets, and differences that round or overflow.

use backend::CrossEntropy;

use crate::case::{Case, Targets};
use crate::compare::{
    matches_oracle, roughly_matches_oracle, softmax_matches_oracle,
    softmax_roughly_matches_oracle,
};
use crate::law::Law;
use crate::random::Random;

/// Checks that adding a constant to a row changes nothing.
pub fn a_common_offset_changes_nothing() -> Law {
    Law {
        name: "a_common_offset_changes_nothing",
        reason: "softmax depends on differences only, and next to 1e8 an f32 can't hold \
                 the logarithm",
        likely: "`lse - z_y`: subtract the two large numbers first, log_norm + (max - \
                 z_y)",
        page: "book/src/offset.md",
        check: |backend| {
            let offsets = [256.0, 65536.0, 1e6, 8_388_608.0, 1e8, 1e20];
            for offset in offsets {
                // At 2^24 and above, differences of 2 and 1 don't fit next to the offset.
                let row = if f32::abs(offset) < 1e7 {
                    [offset + 2.0, offset - 1.0, offset]
                } else {
                    [offset; 3]
                };
                for label in 0..3 {
                    let name = format!("an offset of {offset}");
                    let case = Case::labels(name, row, [label], 3);
                    roughly_matches_oracle(backend, &case)?;
                    softmax_roughly_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that the loss is right even if a difference of logits is beyond any `f32`.
pub fn extreme_differences_stay_finite() -> Law {
    Law {
        name: "extreme_differences_stay_finite",
        reason: "3e38 - -3e38 overflows, but a tenth of it doesn't",
        likely: "the difference in `a * (max - z)` overflows: `a * max - a * z`, or f64",
        page: "book/src/offset.md",
        check: |backend| {
            let row = [3e38, -3e38, 0.0];
            let smoothed = CrossEntropy::default().label_smoothing(0.1);
            let name = "the full range in one row";
            for case in [
                Case::labels(name, row, [0], 3).under(smoothed.expect("0.1 is valid")),
                Case::distributions(name, row, [0.7, 0.2, 0.1], 3),
                Case::labels(name, row, [2], 3),
                // The loss is 6e38, which no f32 holds.
                Case::labels(name, row, [1], 3),
            ] {
                roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Checks that a rounded difference of two logits isn't taken as exact.
pub fn rounded_differences_are_repaired() -> Law {
    Law {
        name: "rounded_differences_are_repaired",
        reason: "at a distance of 80, rounding z - max moves the exponential by up to 64 \
                 ulp",
        likely: "exp(z - max) of an f32 difference: take it in f64, or add back what it \
                 lost",
        page: "book/src/offset.md",
        check: |backend| {
            let mut random = Random::new(13);
            for classes in [2, 5, 21] {
                for _ in 0..20 {
                    let mut case = random.labels(1, classes, 5.0);
                    let at = case.logits.len() / 2;
                    case.logits[at] = 80.0 + random.units(1)[0];
                    case.targets = Targets::Labels(vec![at]);
                    matches_oracle(backend, &case)?;
                    softmax_matches_oracle(backend, &case)?;
                }
            }
            Ok(())
        },
    }
}
