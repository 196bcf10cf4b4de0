//! A right backend, taken apart so that a mutant can replace any part with a wrong one.

use std::fmt;

use backend::{Batch, Logits, Row, Total};

/// All logits of a batch, which a right backend never uses for a single row.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub(super) z: &'a [f32],
    pub(super) max: f32,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(logits: Logits<'a>) -> Self {
        let z = logits.values();
        Matrix { z, max: z.iter().copied().fold(f32::NEG_INFINITY, nan_wins) }
    }
}

/// The parts of a backend, as functions. `..Recipe::RIGHT` supplies the parts that a
/// mutant gets right.
#[derive(Clone, Copy)]
pub(super) struct Recipe {
    pub(super) max: fn(z: &[f32], matrix: &Matrix<'_>) -> f32,
    pub(super) exp: fn(z_k: f32, max: f32) -> f64,
    pub(super) rest: fn(&Recipe, z: &[f32], max: f32) -> f64,
    pub(super) log_norm: fn(rest: f64) -> f64,
    pub(super) nll: fn(z_k: f32, max: f32, log_norm: f64) -> f64,
    pub(super) softmax: fn(&Recipe, z: &[f32], matrix: &Matrix<'_>, p: &mut [f32]),
    pub(super) log_softmax:
        fn(&Recipe, z: &[f32], matrix: &Matrix<'_>, log_p: &mut [f32]),
    /// The target weight `a_k`.
    pub(super) weight: fn(&Row<'_>, k: usize) -> f64,
    /// The weight of all other classes, `A - a_k`.
    pub(super) of_others: fn(Total, f64) -> f64,
    /// The cost of a class, `a_k nll_k`.
    pub(super) cost: fn(a: f64, nll: f64) -> f64,
    /// The probability of all other classes, `1 - p_k`.
    pub(super) other: fn(p: f64, rest: f64, at_max: bool) -> f64,
    /// The gradient of a class, `A p_k - a_k`.
    pub(super) slope: fn(p: f64, other: f64, a: f64, of_others: f64) -> f64,
    pub(super) loss: fn(&Recipe, &Row<'_>, matrix: &Matrix<'_>) -> f64,
    pub(super) ignored_loss: fn(&Recipe, &Batch<'_>, row: usize) -> f64,
    pub(super) ignored_gradient: fn(z: &[f32], grad: &mut [f32]),
    /// Stores a loss or an entry of the gradient.
    pub(super) store: fn(result: &mut f32, value: f64),
    pub(super) sum: fn(losses: &[f64]) -> f64,
    /// The divisor of the sum that isn't divided: 1 in a right backend.
    pub(super) sum_divisor: fn(&Batch<'_>) -> f64,
    pub(super) divisor: fn(&Batch<'_>) -> f64,
    pub(super) fused_divisor: fn(&Batch<'_>) -> f64,
    pub(super) grad_divisor: fn(&Batch<'_>) -> f64,
    pub(super) losses_divisor: fn(&Batch<'_>) -> f64,
}

impl Recipe {
    pub(super) const RIGHT: Recipe = Recipe {
        max: |z, _| z.iter().copied().fold(f32::NEG_INFINITY, nan_wins),
        exp: |z_k, max| (f64::from(z_k) - f64::from(max)).exp(),
        rest: |recipe, z, max| {
            if max.is_finite() { recipe.sum_below(z, max) } else { f64::NAN }
        },
        log_norm: f64::ln_1p,
        nll: |z_k, max, log_norm| log_norm + (f64::from(max) - f64::from(z_k)),
        softmax: |recipe, z, matrix, p| {
            let (max, rest) = recipe.max_and_rest(z, matrix);
            for (p_k, &z_k) in p.iter_mut().zip(z) {
                *p_k = ((recipe.exp)(z_k, max) / (1.0 + rest)) as f32;
            }
        },
        log_softmax: |recipe, z, matrix, log_p| {
            let (max, rest) = recipe.max_and_rest(z, matrix);
            for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
                *log_p_k = -(recipe.nll)(z_k, max, (recipe.log_norm)(rest)) as f32;
            }
        },
        weight: |row, k| row.target().weight(k),
        of_others: |total, a| total.without(a),
        cost: |a, nll| if a == 0.0 { 0.0 } else { a * nll },
        other: |p, rest, at_max| if at_max { rest / (1.0 + rest) } else { 1.0 - p },
        slope: |p, other, a, of_others| p * of_others - a * other,
        loss: |recipe, row, matrix| {
            let (max, rest) = recipe.max_and_rest(row.logits(), matrix);
            let nll = |z_k| (recipe.nll)(z_k, max, (recipe.log_norm)(rest));
            let weight = |k| (recipe.weight)(row, k);
            let classes = row.logits().iter().enumerate();
            classes.map(|(k, &z_k)| (recipe.cost)(weight(k), nll(z_k))).sum()
        },
        ignored_loss: |_, _, _| 0.0,
        ignored_gradient: |_, grad| grad.fill(0.0),
        store: |result, value| *result = value as f32,
        sum: |losses| losses.iter().sum(),
        sum_divisor: |_| 1.0,
        divisor: |batch| batch.divisor(),
        fused_divisor: |batch| batch.divisor(),
        grad_divisor: |batch| batch.divisor(),
        losses_divisor: |_| 1.0,
    };

    /// Returns the sum of exponentials minus the 1 of the max.
    pub(super) fn sum_below(&self, z: &[f32], max: f32) -> f64 {
        let below: f64 =
            z.iter().filter(|&&z_k| z_k != max).map(|&z_k| (self.exp)(z_k, max)).sum();
        let at_max = z.iter().filter(|&&z_k| z_k == max).count();
        below + (at_max as f64 - 1.0)
    }

    pub(super) fn max_and_rest(&self, z: &[f32], matrix: &Matrix<'_>) -> (f32, f64) {
        let max = (self.max)(z, matrix);
        (max, (self.rest)(self, z, max))
    }

    pub(super) fn losses(&self, batch: &Batch<'_>) -> Vec<f64> {
        let matrix = Matrix::new(batch.logits());
        let loss = |i| match batch.row(i) {
            Some(row) => (self.loss)(self, &row, &matrix),
            None => (self.ignored_loss)(self, batch, i),
        };
        (0..batch.rows()).map(loss).collect()
    }

    pub(super) fn gradient(
        &self,
        row: &Row<'_>,
        matrix: &Matrix<'_>,
        divisor: f64,
        grad: &mut [f32],
    ) {
        let (max, rest) = self.max_and_rest(row.logits(), matrix);
        let total = row.target().total();
        for (k, (grad_k, &z_k)) in grad.iter_mut().zip(row.logits()).enumerate() {
            let p = (self.exp)(z_k, max) / (1.0 + rest);
            let other = (self.other)(p, rest, z_k == max);
            let a = (self.weight)(row, k);
            let slope = (self.slope)(p, other, a, (self.of_others)(total, a));
            (self.store)(grad_k, slope / divisor);
        }
    }
}

fn nan_wins(max: f32, z_k: f32) -> f32 {
    if z_k > max || z_k.is_nan() { z_k } else { max }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipe")
    }
}
