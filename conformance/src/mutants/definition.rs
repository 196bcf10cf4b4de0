//! Mistakes in the formula, and in keeping the contract.

use super::Mutant;
use super::recipe::Recipe;

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
                    let &[below, above] = row.logits else {
                        return (RIGHT.loss)(recipe, row, matrix);
                    };
                    let p = 1.0 / (1.0 + (below - above).exp());
                    let a = [row.target.weight(0), row.target.weight(1)];
                    let nll = [-(1.0 - p).ln(), -p.ln()].map(f64::from);
                    (RIGHT.cost)(a[0], nll[0]) + (RIGHT.cost)(a[1], nll[1])
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
            name: "gradient_is_p",
            mistake: "the 1 at the label is not subtracted",
            law: "gradient_is_p_minus_y",
            recipe: Recipe { slope: |p, _, _, total| total * p, ..RIGHT },
        },
        Mutant {
            name: "total_taken_as_one",
            mistake: "p - a where it is A p - a, with class weights or soft targets",
            law: "gradient_rows_sum_to_zero",
            recipe: Recipe { total: |_| 1.0, ..RIGHT },
        },
        Mutant {
            name: "gradient_not_averaged",
            mistake: "the gradient of the sum beside the mean of the loss (nnott)",
            law: "gradient_is_the_slope_of_the_loss",
            recipe: Recipe { grad_divisor: |_| 1.0, ..RIGHT },
        },
        Mutant {
            name: "gradient_accumulates",
            mistake: "+= into the caller's buffer",
            law: "gradient_overwrites_its_buffer",
            recipe: Recipe { store: |grad_k, value| *grad_k += value as f32, ..RIGHT },
        },
        Mutant {
            name: "ignored_gradient_untouched",
            mistake: "an ignored row is skipped, and keeps the gradient of the last step",
            law: "gradient_overwrites_its_buffer",
            recipe: Recipe { ignored_gradient: |_, _| {}, ..RIGHT },
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
