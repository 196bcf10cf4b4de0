//! The stage's answers about one row with a label.

use backend::{Backend, CrossEntropy, Error, Logits};
use scalar::Scalar;

/// The answer of the stage for a row of C classes.
#[derive(Clone, Copy, Debug)]
pub struct Row<const C: usize> {
    /// The loss, in nats.
    pub loss: f64,
    /// The probabilities.
    pub p: [f64; C],
    /// The derivative of the loss with respect to each logit.
    pub grad: [f64; C],
    /// The target weights.
    pub target: [f64; C],
}

impl<const C: usize> Row<C> {
    /// Returns the stage's answer for logits and a label, or NaN if the stage has none.
    pub fn of(loss: &CrossEntropy, z: [f64; C], label: usize) -> Self {
        let [mut p, mut grad, mut target] = [[f32::NAN; C]; 3];
        let z = z.map(|z_k| z_k as f32);
        let answer = ask(loss, &z, label, [&mut p, &mut grad, &mut target]);
        Row {
            loss: answer.unwrap_or(f32::NAN).into(),
            p: p.map(f64::from),
            grad: grad.map(f64::from),
            target: target.map(f64::from),
        }
    }

    /// Returns the stage's answer for probabilities: their logarithms are logits, and
    /// softmax returns the probabilities that they were made of.
    pub fn of_probabilities(loss: &CrossEntropy, p: [f64; C], label: usize) -> Self {
        Row::of(loss, p.map(f64::ln), label)
    }
}

fn ask(
    loss: &CrossEntropy,
    z: &[f32],
    label: usize,
    [p, grad, target]: [&mut [f32]; 3],
) -> Result<f32, Error> {
    let labels = [label];
    let batch = loss.batch(z, &labels, z.len())?;
    Scalar.softmax(Logits::new(z, z.len())?.softmax_out(p)?);
    if let Some(row) = batch.row(0) {
        for (k, a) in target.iter_mut().enumerate() {
            *a = row.target().weight(k) as f32;
        }
    }
    Ok(Scalar.forward_backward(batch.grad_out(grad)?))
}
