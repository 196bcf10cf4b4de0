//! e11, the confident tail. Your task is at the top of tests/e11_confident_tail.rs.

use backend::{Backend, Batch, GradOut, LossesOut, Row, SoftmaxOut};

/// Returns the rest of a row: the sum of `exp(z_k - max)` over all classes except one at the
/// max. `max` is the largest logit of `z`.
///
/// The rest of `[5, 5, 0]` is 1.0067: one of the two classes at 5 counts 1, and `exp(-5)` is
/// 0.0067. A rest lies between 0, if no other class counts, and C - 1, if all logits are equal.
pub fn rest(z: &[f32], max: f32) -> f64 {
    // A row with NaN, with +inf, or with nothing but -inf has no probabilities.
    if !max.is_finite() {
        return f64::NAN;
    }
    // gap: todo!("the rest of {} logits, whose max is {max}", z.len())
    let at_max = z.iter().filter(|&&z_k| z_k == max).count();
    let below_max = z.iter().filter(|&&z_k| z_k != max);
    let small: f64 = below_max.map(|&z_k| exp_below_max(z_k, max)).sum();
    // Each tie adds a 1, so the ties come last: by then the small terms have been added to each
    // other, and in a row without ties they never meet a 1.
    small + (at_max - 1) as f64
    // end of gap
}

/// Returns the logarithm of the row's normalizer relative to the max, `ln(1 + rest)`: from 0
/// to `ln C`.
pub fn log_norm(rest: f64) -> f64 {
    // gap: todo!("ln(1 + {rest})")
    rest.ln_1p()
    // end of gap
}

/// Fills `grad`, as long as the row, with the derivative of the row's loss over `divisor` with
/// respect to each logit.
fn gradient_of_row(row: Row<'_>, divisor: f64, grad: &mut [f32]) {
    let z = row.logits();
    let max = max(z);
    let rest = rest(z, max);
    let total = row.target().total();
    for (k, (grad_k, &z_k)) in grad.iter_mut().zip(z).enumerate() {
        let p = exp_below_max(z_k, max) / (1.0 + rest);
        // 1 for the label and 0 for every other class, if the row has a label.
        let a = row.target().weight(k);
        // The sum of `a` over all other classes.
        let others = total.without(a);
        // gap: let grad: f64 =
        // gap:     todo!("from {z_k}, {max}, {rest}, p = {p}, a = {a}, others = {others}");
        // A class at the max may have nearly all of the probability. The others have the rest,
        // so 1 - p is a quotient there. Below the max p is at most 1/2, and the difference
        // loses nothing.
        let one_minus_p = if z_k == max { rest / (1.0 + rest) } else { 1.0 - p };
        let grad = p * others - a * one_minus_p;
        // end of gap
        *grad_k = (grad / divisor) as f32;
    }
}

// From here on, everything is given.

/// Returns the loss of a row in nats: `-ln p_y`, if the row has the label y.
fn loss_of_row(row: Row<'_>) -> f64 {
    let z = row.logits();
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    let mut loss = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        let a = row.target().weight(k);
        // A class with weight 0 costs nothing, even if its price is infinite.
        if a != 0.0 {
            loss += a * (log_norm + (f64::from(max) - f64::from(z_k)));
        }
    }
    loss
}

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

/// Returns the largest logit of a row, or NaN if one of the logits is NaN.
fn max(z: &[f32]) -> f32 {
    let mut max = f32::NEG_INFINITY;
    for &z_k in z {
        if z_k > max || z_k.is_nan() {
            max = z_k;
        }
    }
    max
}

/// Returns `exp(z_k - max)`, from 0 to 1.
fn exp_below_max(z_k: f32, max: f32) -> f64 {
    (f64::from(z_k) - f64::from(max)).exp()
}

/// A small backend around the functions above, so that the checks can run all the laws on
/// them. You don't have to read it now: the page "Checked once, then computed" explains it.
#[derive(Clone, Copy, Debug)]
pub struct RowBackend;

impl Backend for RowBackend {
    fn name(&self) -> &str {
        "rows"
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
