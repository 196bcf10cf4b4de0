//! e11, the confident tail. What to do stands at the top of tests/e11_confident_tail.rs.

use backend::{Backend, Batch, GradOut, LossesOut, Row, SoftmaxOut};

/// The backend of e13, with the numbers of a row made in another way.
#[derive(Clone, Copy, Debug)]
pub struct FirstBackend;

/// The sum of `exp(z_k - max)` over all classes but one that attains the max: from 0, where
/// no other counts, to C - 1, where all logits are equal. `max` is the max of `z`.
pub fn rest(z: &[f32], max: f32) -> f64 {
    // A row with NaN, with +inf, or with nothing but -inf has no probabilities.
    if !max.is_finite() {
        return f64::NAN;
    }
    // gap: todo!("the rest of {} logits, whose max is {max}", z.len())
    let at_max = z.iter().filter(|&&z_k| z_k == max).count();
    let below_max = z.iter().filter(|&&z_k| z_k != max);
    let small: f64 = below_max.map(|&z_k| exp_below_max(z_k, max)).sum();
    // Ties last, each of which adds a 1: the small ones have met each other by then, and
    // where there are no ties they meet no 1 at all.
    small + (at_max - 1) as f64
    // end of gap
}

/// The logarithm of the row's normalizer relative to the max, `ln(1 + rest)`: from 0 to
/// `ln C`.
pub fn log_norm(rest: f64) -> f64 {
    // gap: todo!("ln(1 + {rest})")
    rest.ln_1p()
    // end of gap
}

/// Fills `grad`, as long as the row, with the derivative of its loss over `divisor` by each
/// logit, `(p_k (A - a_k) - a_k (1 - p_k)) / divisor`.
fn gradient_of_row(row: Row<'_>, divisor: f64, grad: &mut [f32]) {
    let z = row.logits();
    let max = max(z);
    let rest = rest(z, max);
    let total = row.target().total();
    for (k, (grad_k, &z_k)) in grad.iter_mut().zip(z).enumerate() {
        let p = exp_below_max(z_k, max) / (1.0 + rest);
        let a = row.target().weight(k);
        // A - a_k, the target weights of all other classes: 0 for a label. The difference
        // would cancel where one class has most of the weight, and `without` doesn't.
        let others = total.without(a);
        // gap: let grad: f64 =
        // gap:     todo!("from {z_k}, {max}, {rest}, p = {p}, a = {a}, A - a = {others}");
        // The max has nearly all of the probability, and the rest all others: their share
        // is a quotient. Below the max p is at most 1/2, and the difference loses nothing.
        let one_minus_p = if z_k == max { rest / (1.0 + rest) } else { 1.0 - p };
        let grad = p * others - a * one_minus_p;
        // end of gap
        *grad_k = (grad / divisor) as f32;
    }
}

// From here on everything is as in e13, but that it asks for `rest` and `log_norm`.

/// Fills `p`, as long as `z`, with the probabilities of a row.
fn softmax_of_row(z: &[f32], p: &mut [f32]) {
    let max = max(z);
    let rest = rest(z, max);
    for (p_k, &z_k) in p.iter_mut().zip(z) {
        *p_k = (exp_below_max(z_k, max) / (1.0 + rest)) as f32;
    }
}

/// Fills `log_p`, as long as `z`, with the log-probabilities of a row.
fn log_softmax_of_row(z: &[f32], log_p: &mut [f32]) {
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    for (log_p_k, &z_k) in log_p.iter_mut().zip(z) {
        *log_p_k = ((f64::from(z_k) - f64::from(max)) - log_norm) as f32;
    }
}

/// The loss `sum_k a_k nll_k` of a row, in nats.
fn loss_of_row(row: Row<'_>) -> f64 {
    let z = row.logits();
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    let mut loss = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        let a = row.target().weight(k);
        // Without weight a class costs nothing, also where its nll is infinite.
        if a != 0.0 {
            loss += a * (log_norm + (f64::from(max) - f64::from(z_k)));
        }
    }
    loss
}

/// The largest logit of a row; NaN if one of them is.
fn max(z: &[f32]) -> f32 {
    let mut max = f32::NEG_INFINITY;
    for &z_k in z {
        if z_k > max || z_k.is_nan() {
            max = z_k;
        }
    }
    max
}

/// `exp(z_k - max)`, from 0 to 1.
fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}

impl Backend for FirstBackend {
    fn name(&self) -> &str {
        "first, with its tail"
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, p) in out.rows() {
            softmax_of_row(z, p);
        }
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, log_p) in out.rows() {
            log_softmax_of_row(z, log_p);
        }
    }

    fn losses(&self, mut out: LossesOut<'_>) {
        for (row, loss) in out.rows() {
            *loss = row.map_or(0.0, loss_of_row) as f32;
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        batch.iter().flatten().map(loss_of_row).sum()
    }

    fn backward(&self, mut out: GradOut<'_>) {
        let divisor = out.batch().divisor();
        for (row, grad) in out.rows() {
            match row {
                Some(row) => gradient_of_row(row, divisor, grad),
                None => grad.fill(0.0),
            }
        }
    }
}
