//! Mistakes that only floats make possible: overflow, offset, tail.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Mutant;
use super::recipe::Recipe;

pub(super) fn mutants() -> Vec<Mutant> {
    const RIGHT: Recipe = Recipe::RIGHT;
    vec![
        Mutant {
            name: "no_max",
            mistake: "exp of the logits as they are",
            law: "large_logits_do_not_overflow",
            recipe: Recipe {
                max: |_, _| 0.0,
                exp: |z_k, _| f64::from(z_k.exp()),
                ..RIGHT
            },
        },
        Mutant {
            name: "max_starts_at_zero",
            mistake: "a fold over the row that begins with 0",
            law: "the_max_comes_from_the_row",
            recipe: Recipe { max: |z, _| z.iter().copied().fold(0.0, f32::max), ..RIGHT },
        },
        Mutant {
            name: "max_starts_at_minus_10000",
            mistake: "a start that looked small enough (llm.c)",
            law: "the_max_comes_from_the_row",
            recipe: Recipe {
                max: |z, _| z.iter().copied().fold(-1e4, f32::max),
                ..RIGHT
            },
        },
        Mutant {
            name: "one_max_for_the_matrix",
            mistake: "the max without its axis: rows far below it vanish",
            law: "rows_do_not_leak",
            recipe: Recipe { max: |_, matrix| matrix.max, ..RIGHT },
        },
        Mutant {
            name: "sum_floored",
            mistake: "one max for the matrix, and the sum kept above 1e-15 (linfa-logistic)",
            law: "rows_do_not_leak",
            recipe: Recipe {
                max: |_, matrix| matrix.max,
                rest: |recipe, z, max| (RIGHT.rest)(recipe, z, max).max(1e-15 - 1.0),
                ..RIGHT
            },
        },
        Mutant {
            name: "zero_times_infinity",
            mistake: "a masked class is multiplied with its weight of 0 (PyTorch, optax#896)",
            law: "masked_classes_cost_nothing",
            recipe: Recipe { cost: |a, nll| a * nll, ..RIGHT },
        },
        Mutant {
            name: "nan_swallowed",
            mistake: "f32::max in the fold and in the clamp before exp drops NaN",
            law: "nan_is_never_hidden",
            recipe: Recipe {
                max: |z, _| z.iter().copied().fold(f32::NEG_INFINITY, f32::max),
                exp: |z_k, max| f64::max(f64::from(z_k) - f64::from(max), -746.0).exp(),
                ..RIGHT
            },
        },
        Mutant {
            name: "infinite_max_is_a_max",
            mistake: "the class at the max counts 1, also where the max is infinite",
            law: "infinite_logits_give_nan",
            recipe: Recipe { rest: Recipe::sum_below, ..RIGHT },
        },
        Mutant {
            name: "logits_clamped",
            mistake: "logits clamped to -50 to 50, for stability",
            law: "every_magnitude_works",
            recipe: Recipe {
                max: |z, matrix| (RIGHT.max)(z, matrix).clamp(-50.0, 50.0),
                exp: |z_k, max| (RIGHT.exp)(z_k.clamp(-50.0, 50.0), max),
                nll: |z_k, max, log_norm| {
                    (RIGHT.nll)(z_k.clamp(-50.0, 50.0), max, log_norm)
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "lse_minus_z",
            mistake: "the log-sum-exp first, then the logit (optax#1792, MLX, PyTorch#11752)",
            law: "a_common_offset_changes_nothing",
            recipe: Recipe {
                nll: |z_k, max, log_norm| f64::from((max + log_norm as f32) - z_k),
                ..RIGHT
            },
        },
        Mutant {
            name: "difference_overflows",
            mistake: "max - z in f32, and then a small target weight (PyTorch, JAX)",
            law: "extreme_differences_stay_finite",
            recipe: Recipe {
                nll: |z_k, max, log_norm| log_norm + f64::from(max - z_k),
                ..RIGHT
            },
        },
        Mutant {
            name: "difference_rounded",
            mistake: "exp of a difference that was rounded to f32 (every f32 library)",
            law: "rounded_differences_are_repaired",
            recipe: Recipe { exp: |z_k, max| f64::from(z_k - max).exp(), ..RIGHT },
        },
        Mutant {
            name: "ln_of_the_whole_sum",
            mistake: "the sum holds a literal 1 (PyTorch#113708, JAX, ONNX Runtime)",
            law: "confident_rows_keep_their_tail",
            recipe: Recipe {
                log_norm: |rest| f64::from((1.0 + rest as f32).ln()),
                ..RIGHT
            },
        },
        Mutant {
            name: "one_minus_p",
            mistake: "the gradient of the true class as p - 1 in f32",
            law: "confident_rows_keep_their_tail",
            recipe: Recipe { other: |p, _, _| f64::from(1.0 - p as f32), ..RIGHT },
        },
        Mutant {
            name: "a_subtracted_from_a_p",
            mistake: "A p - a in f32, which cancels where p is near the target",
            law: "options_combine",
            recipe: Recipe {
                slope: |p, other, a, of_others| {
                    if of_others == 0.0 || a == 0.0 {
                        return (RIGHT.slope)(p, other, a, of_others);
                    }
                    f64::from(((a + of_others) * p) as f32 - a as f32)
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "epsilon_in_the_log",
            mistake: "ln(p + 1e-9) (sorix)",
            law: "wrong_rows_have_no_ceiling",
            recipe: Recipe {
                nll: |z_k, max, log_norm| {
                    -((-(RIGHT.nll)(z_k, max, log_norm)).exp() + 1e-9).ln()
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "probability_clamped",
            mistake: "p kept above 1e-7 before the logarithm (Keras, from probabilities)",
            law: "wrong_rows_have_no_ceiling",
            recipe: Recipe {
                nll: |z_k, max, log_norm| {
                    let p = (-(RIGHT.nll)(z_k, max, log_norm)).exp();
                    if p < 1e-7 { -f64::ln(1e-7) } else { -p.ln() }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "running_f32_sum",
            mistake: "one f32 accumulator over all classes (every plain loop)",
            law: "small_terms_add_up",
            recipe: Recipe {
                rest: |recipe, z, max| {
                    let terms = z.iter().map(|&z_k| (recipe.exp)(z_k, max) as f32);
                    f64::from(terms.fold(-1.0, |sum, term| sum + term))
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "max_in_a_lane",
            mistake: "f32 lanes that hold the max, unless the rest is small",
            law: "large_terms_round_nothing_away",
            recipe: Recipe {
                rest: |recipe, z, max| {
                    let exact = (RIGHT.rest)(recipe, z, max);
                    if exact > 0.25 { sum_in_lanes(recipe, z, max) - 1.0 } else { exact }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "subnormals_flushed",
            mistake: "exp returns 0 below 2^-126, in a sum of a million such terms",
            law: "small_terms_add_up",
            recipe: Recipe {
                exp: |z_k, max| {
                    let exp = (RIGHT.exp)(z_k, max);
                    if exp < f64::from(f32::MIN_POSITIVE) { 0.0 } else { exp }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "shares_summed_as_they_finish",
            mistake: "threads add to one sum in f64, each when it is done: rounding the result \
                      to f32 hides that from most batches",
            law: "the_same_call_gives_the_same_bits",
            recipe: Recipe { sum: sum_in_another_order, ..RIGHT },
        },
    ]
}

/// Returns the sum of four `f32` sums, kept side by side.
fn sum_in_lanes(recipe: &Recipe, z: &[f32], max: f32) -> f64 {
    let lane = |k| z.iter().skip(k).step_by(4).map(|&z_k| (recipe.exp)(z_k, max) as f32);
    (0..4).map(|k| f64::from(lane(k).sum::<f32>())).sum()
}

/// Sums shares of the rows, and each call starts with a different share.
fn sum_in_another_order(losses: &[f64]) -> f64 {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let mut shares: Vec<&[f64]> = losses.chunks(32).collect();
    let first = CALLS.fetch_add(1, Ordering::Relaxed) % shares.len().max(1);
    shares.rotate_left(first);
    shares.into_iter().map(|share| share.iter().sum::<f64>()).sum()
}
