use backend::{Backend, Batch, GradOut, LossesOut, Row, SoftmaxOut};

/// A backend that takes everything from log-probabilities.
pub struct Mine;

fn log_p(z: &[f32]) -> Vec<f64> {
    let top = (0..z.len()).fold(0, |top, k| if z[k] > z[top] { k } else { top });
    let below_top = |k: usize| f64::from(z[k]) - f64::from(z[top]);
    let others = (0..z.len()).filter(|&k| k != top);
    let rest: f64 = others.map(|k| below_top(k).exp()).sum();
    // NaN or inf at the top makes every difference NaN, its own among them.
    let log_norm = rest.ln_1p() + below_top(top);
    (0..z.len()).map(|k| below_top(k) - log_norm).collect()
}

fn loss(row: Row<'_>) -> f64 {
    let log_p = log_p(row.logits()).into_iter().enumerate();
    let with_weight = log_p.map(|(k, log_p)| (row.target().weight(k), log_p));
    with_weight.filter(|(a, _)| *a != 0.0).map(|(a, log_p)| -a * log_p).sum()
}

impl Backend for Mine {
    fn name(&self) -> &str {
        "mine"
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, p) in out.rows() {
            p.iter_mut().zip(log_p(z)).for_each(|(p, log_p)| *p = log_p.exp() as f32);
        }
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, out) in out.rows() {
            out.iter_mut().zip(log_p(z)).for_each(|(out, log_p)| *out = log_p as f32);
        }
    }

    fn losses(&self, mut out: LossesOut<'_>) {
        for (row, loss_of_row) in out.rows() {
            *loss_of_row = row.map_or(0.0, loss) as f32;
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        batch.iter().flatten().map(loss).sum()
    }

    fn backward(&self, mut out: GradOut<'_>) {
        let divisor = out.batch().divisor();
        for (row, grad) in out.rows() {
            grad.fill(0.0);
            let Some(row) = row else { continue };
            let total = row.target().total();
            for (k, log_p) in log_p(row.logits()).into_iter().enumerate() {
                let a = row.target().weight(k);
                let slope = log_p.exp() * total.without(a) + a * log_p.exp_m1();
                grad[k] = (slope / divisor) as f32;
            }
        }
    }
}
