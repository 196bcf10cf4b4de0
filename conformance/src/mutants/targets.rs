//! Mistakes in the options: distributions, weights, ignored rows, smoothing, reductions.

use backend::Row;

use super::Mutant;
use super::recipe::{Matrix, Recipe};

pub(super) fn mutants() -> Vec<Mutant> {
    const RIGHT: Recipe = Recipe::RIGHT;
    vec![
        Mutant {
            name: "argmax_of_soft_targets",
            mistake: "a distribution is turned into a label (nnott)",
            law: "the_loss_is_linear_in_the_target",
            recipe: Recipe {
                weight: |row, k| match row.target().label() {
                    Some(_) => row.target().weight(k),
                    None => f64::from(u8::from(k == largest_weight(row))),
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "weights_rounded_to_f32",
            mistake: "target weights are kept as f32, where 1e-46 is 0",
            law: "weights_of_any_size_combine",
            recipe: Recipe {
                weight: |row, k| f64::from(row.target().weight(k) as f32),
                ..RIGHT
            },
        },
        Mutant {
            name: "others_by_difference",
            mistake: "the weight of the other classes as a difference, 1 - 1 for 1e-20",
            law: "weights_of_any_size_combine",
            recipe: Recipe { of_others: |total, a| total.value() - a, ..RIGHT },
        },
        Mutant {
            name: "distribution_normalized",
            mistake: "target weights are silently made to sum to 1",
            law: "the_loss_is_linear_in_the_target",
            recipe: Recipe {
                weight: |row, k| match row.target().label() {
                    Some(_) => row.target().weight(k),
                    None => row.target().weight(k) / row.target().total().value(),
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "row_weighted_by_its_label",
            mistake: "the smoothed loss as a whole times the weight of the label",
            law: "class_weights_scale_their_class",
            recipe: Recipe {
                weight: |row, k| {
                    let Some(label) = row.target().label() else {
                        return row.target().weight(k);
                    };
                    let q = f64::from(u8::from(k == label));
                    let plain = row.target().keep() * q + row.target().spread();
                    row.target().class_weight(label) * plain
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "masked_by_multiplication",
            mistake: "an ignored row is computed, and times 0 it is NaN (pytorch#11551)",
            law: "ignored_rows_are_not_read",
            recipe: Recipe {
                ignored_loss: |_, batch, i| {
                    batch.logits().row(i).iter().map(|&z_k| 0.0 * f64::from(z_k)).sum()
                },
                ignored_gradient: |z, grad| {
                    for (grad_k, z_k) in grad.iter_mut().zip(z) {
                        *grad_k = 0.0 * z_k;
                    }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "padding_in_the_denominator",
            mistake: "the mean divides by all rows, ignored ones included (burn#5568)",
            law: "the_mean_divides_by_the_kept_weights",
            recipe: Recipe {
                divisor: |batch| {
                    if batch.divisor() == 1.0 { 1.0 } else { batch.rows() as f64 }
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "rows_summed_pairwise_in_f32",
            mistake: "a good f32 sum overflows all the same (PyTorch)",
            law: "the_mean_of_large_losses_is_finite",
            recipe: Recipe { sum: |losses| f64::from(pairwise(losses)), ..RIGHT },
        },
        Mutant {
            name: "rows_summed_in_f32",
            mistake: "a running f32 sum over the rows",
            law: "many_rows_add_up",
            recipe: Recipe {
                sum: |losses| {
                    f64::from(losses.iter().fold(0.0, |sum, &loss| sum + loss as f32))
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "epsilon_over_others_for_all",
            mistake: "epsilon / (C - 1) to every class, the label included",
            law: "smoothing_spreads_over_all_classes",
            recipe: Recipe {
                weight: |row, k| {
                    let classes = row.logits().len() as f64;
                    smoothed(row, k, row.target().spread() * classes / (classes - 1.0))
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "one_minus_epsilon_off_the_label",
            mistake: "(1 - epsilon) / C off the label (aprender#2199)",
            law: "smoothing_spreads_over_all_classes",
            recipe: Recipe {
                weight: |row, k| {
                    let classes = row.logits().len() as f64;
                    smoothed(row, k, row.target().keep() / classes)
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "one_convention_for_both",
            mistake: "epsilon / C where epsilon / (C - 1) was asked for",
            law: "smoothing_over_others_leaves_the_label_out",
            recipe: Recipe {
                weight: |row, k| {
                    let target = &row.target();
                    let classes = row.logits().len() as f64;
                    let on_label = target.keep() + target.spread();
                    let over_others = (1.0 - on_label) / (classes - 1.0);
                    // With epsilon / C, the label's own share tells the conventions apart.
                    let Some(label) = target.label() else { return target.weight(k) };
                    if (over_others - target.spread()).abs() > 1e-12 {
                        return target.weight(k);
                    }
                    let q = f64::from(u8::from(k == label));
                    let spread = (1.0 - on_label) / classes;
                    target.class_weight(k) * (on_label * q + spread)
                },
                ..RIGHT
            },
        },
        Mutant {
            name: "ignored_rows_smoothed",
            mistake: "the uniform part of smoothing reaches ignored rows (pytorch#73205)",
            law: "options_combine",
            recipe: Recipe {
                ignored_loss: |recipe, batch, i| {
                    let z = batch.logits().row(i);
                    let Some(kept) = batch.iter().flatten().next() else { return 0.0 };
                    let (max, rest) =
                        recipe.max_and_rest(z, &Matrix::new(batch.logits()));
                    let nll = |z_k| (recipe.nll)(z_k, max, rest.ln_1p());
                    let spread = kept.target().spread();
                    z.iter().map(|&z_k| (recipe.cost)(spread, nll(z_k))).sum()
                },
                ..RIGHT
            },
        },
    ]
}

/// Returns the target weight with a different share for the classes off the label.
/// Without smoothing, the weight is right.
fn smoothed(row: &Row<'_>, k: usize, share: f64) -> f64 {
    let off_the_label = row.target().label().is_some_and(|label| label != k);
    if row.target().spread() > 0.0 && off_the_label {
        row.target().class_weight(k) * share
    } else {
        row.target().weight(k)
    }
}

fn largest_weight(row: &Row<'_>) -> usize {
    let weight = |k: &usize| row.target().weight(*k);
    let by_weight = |j: &usize, k: &usize| weight(j).total_cmp(&weight(k));
    (0..row.logits().len()).max_by(by_weight).expect("a row has at least one class")
}

fn pairwise(losses: &[f64]) -> f32 {
    match *losses {
        [] => 0.0,
        [loss] => loss as f32,
        _ => {
            let (left, right) = losses.split_at(losses.len() / 2);
            pairwise(left) + pairwise(right)
        }
    }
}
