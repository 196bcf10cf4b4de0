//! Mistakes in the formula, and in keeping the contract.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Mutant;
use super::recipe::Recipe;

/// The last bit of an `f32` just below 1.
const LAST_BIT: f64 = f32::EPSILON as f64 / 2.0;

pub(super) fn mutants() -> Vec<Mutant> {
    const RIGHT: Recipe = Recipe::RIGHT;
    vec![
        Mutant {
            name: "bits_for_nats",
            mistake: "log2 where it is ln",
            law: "loss_is_minus_ln_p",
            recipe: Recipe {
                log_norm: |rest| rest.ln_1p() / std::f64::consts::LN_2,
                ..RIGHT
            },
        },
        Mutant {
            name: "sigmoid_for_two_classes",
            mistake: "-ln(1 - p) in a branch for two classes (candle#2561, burn, PyTorch)",
            law: "binary_cross_entropy_is_the_two_class_case",
            recipe: Recipe {
                loss: |recipe, row, matrix| {
                    let &[below, above] = row.logits() else {
                        return (RIGHT.loss)(recipe, row, matrix);
                    };
                    let p = 1.0 / (1.0 + (below - above).exp());
                    let a = [row.target().weight(0), row.target().weight(1)];
                    let nll = [-(1.0 - p).ln(), -p.ln()].map(f64::from);
                    (RIGHT.cost)(a[0], nll[0]) + (RIGHT.cost)(a[1], nll[1])
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "a_single_row_sums_in_another_order",
            mistake: "a kernel of its own for a batch of one row, as right and with another \
                      last bit (GPU inference, He et al. 2025)",
            law: "a_row_has_the_same_bits_in_any_batch",
            recipe: Recipe {
                loss: |recipe, row, matrix| {
                    let is_alone = row.logits().len() == matrix.z.len();
                    let other_order = if is_alone { 1.0 - LAST_BIT } else { 1.0 };
                    (RIGHT.loss)(recipe, row, matrix) * other_order
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "few_rows_are_normalized_in_f32",
            mistake: "rows that fill no block take a simpler way, with a quotient in f32",
            law: "a_row_has_the_same_bits_in_any_batch",
            recipe: Recipe {
                softmax: |recipe, z, matrix, p| {
                    (RIGHT.softmax)(recipe, z, matrix, p);
                    if matrix.z.len() < 8 * z.len() {
                        let (max, rest) = recipe.max_and_rest(z, matrix);
                        let normalizer = (1.0 / (1.0 + rest)) as f32;
                        for (p_k, &z_k) in p.iter_mut().zip(z) {
                            *p_k = ((recipe.exp)(z_k, max) as f32) * normalizer;
                        }
                    }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "normalized_over_the_matrix",
            mistake: "softmax without its axis: one sum for all rows (nnott)",
            law: "probabilities_sum_to_one",
            recipe: Recipe {
                softmax: |recipe, z, matrix, p| {
                    let (max, rest) = recipe.max_and_rest(matrix.z, matrix);
                    for (p_k, &z_k) in p.iter_mut().zip(z) {
                        *p_k = ((recipe.exp)(z_k, max) / (1.0 + rest)) as f32;
                    }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "log_of_softmax",
            mistake: "log_softmax as the logarithm of a probability that may be 0",
            law: "softmax_is_exact",
            recipe: Recipe {
                log_softmax: |recipe, z, matrix, log_p| {
                    (recipe.softmax)(recipe, z, matrix, log_p);
                    log_p.iter_mut().for_each(|p| *p = p.ln());
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "probability_above_one",
            mistake: "the quotient of two rounded numbers, in 0 to 1 but for its last bit",
            law: "probabilities_sum_to_one",
            recipe: Recipe {
                softmax: |recipe, z, matrix, p| {
                    (RIGHT.softmax)(recipe, z, matrix, p);
                    p.iter_mut().for_each(|p| *p *= 1.0 + f32::EPSILON);
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "gradient_is_p",
            mistake: "the 1 at the label is not subtracted",
            law: "gradient_is_p_minus_y",
            recipe: Recipe { slope: |p, _, a, of_others| (a + of_others) * p, ..RIGHT },
        },
        Mutant {
            name: "total_taken_as_one",
            mistake: "p - a where it is A p - a, with class weights or soft targets",
            law: "gradient_rows_sum_to_zero",
            recipe: Recipe { of_others: |_, a| 1.0 - a, ..RIGHT },
        },
        Mutant {
            name: "gradient_not_averaged",
            mistake: "the gradient of the sum beside the mean of the loss (nnott)",
            law: "gradient_is_the_slope_of_the_loss",
            recipe: Recipe { grad_divisor: |_| 1.0, ..RIGHT },
        },
        Mutant {
            name: "results_accumulate",
            mistake: "+= into the caller's buffer",
            law: "results_overwrite_their_buffers",
            recipe: Recipe { store: |result, value| *result += value as f32, ..RIGHT },
        },
        Mutant {
            name: "ignored_gradient_untouched",
            mistake: "an ignored row is skipped, and keeps the gradient of the last step",
            law: "results_overwrite_their_buffers",
            recipe: Recipe { ignored_gradient: |_, _| {}, ..RIGHT },
        },
        Mutant {
            name: "sum_of_threads",
            mistake: "parts of a sum are added in the order in which threads end",
            law: "the_same_call_gives_the_same_bits",
            recipe: Recipe {
                sum: |losses| {
                    static CALLS: AtomicUsize = AtomicUsize::new(0);
                    let first = CALLS.fetch_add(1, Ordering::Relaxed) % 8;
                    let (early, late) = losses.split_at(losses.len() * first / 8);
                    let sum =
                        |losses: &[f64]| losses.iter().map(|&l| l as f32).sum::<f32>();
                    f64::from(sum(early) + sum(late))
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "losses_divided",
            mistake: "the losses of the rows are divided by their number already",
            law: "losses_add_up_to_forward",
            recipe: Recipe { losses_divisor: |batch| batch.divisor(), ..RIGHT },
        },
        Mutant {
            name: "fused_loss_divided_by_rows",
            mistake: "the fused method has its own reduction, and divides a sum, too",
            law: "forward_backward_agrees_with_its_parts",
            recipe: Recipe { fused_divisor: |batch| batch.rows() as f64, ..RIGHT },
        },
        Mutant {
            name: "sum_divided_before_it_is_divided",
            mistake: "the sum of the losses is a mean already, so the sums of two parts \
                      don't add up",
            law: "forward_backward_agrees_with_its_parts",
            recipe: Recipe {
                sum_divisor: |batch| batch.divisor(),
                divisor: |_| 1.0,
                fused_divisor: |_| 1.0,
                ..RIGHT
            },
        },
        Mutant {
            name: "tail_dropped",
            mistake: "exact chunks of eight lanes, and the remainder forgotten",
            law: "every_class_count_works",
            recipe: Recipe {
                rest: |recipe, z, max| {
                    let in_lanes = z.len() / 8 * 8;
                    (RIGHT.rest)(recipe, &z[..in_lanes], max)
                },
                ..RIGHT
            },
        },
    ]
}
