//! The stage, asked about one row with a label.

use backend::{Backend, CrossEntropy, Error, Logits};
use scalar::Scalar;

/// What the stage says about a row of C classes.
#[derive(Clone, Copy, Debug)]
pub struct Row<const C: usize> {
    /// In nats.
    pub loss: f64,
    /// The probabilities.
    pub p: [f64; C],
    /// The derivative of the loss by each logit.
    pub grad: [f64; C],
}

impl<const C: usize> Row<C> {
    /// What there is where the stage has no answer.
    pub const NAN: Self = Row { loss: f64::NAN, p: [f64::NAN; C], grad: [f64::NAN; C] };

    /// The stage's answer for logits and a label.
    pub fn of(loss: &CrossEntropy, z: [f64; C], label: usize) -> Self {
        let (mut p, mut grad) = ([0.0; C], [0.0; C]);
        match ask(loss, &z.map(|z_k| z_k as f32), label, &mut p, &mut grad) {
            Ok(loss) => {
                Row { loss: loss.into(), p: p.map(f64::from), grad: grad.map(f64::from) }
            }
            Err(_) => Row::NAN,
        }
    }

    /// The same for probabilities: their logarithms are logits, and softmax returns what they
    /// were made of.
    pub fn of_probabilities(loss: &CrossEntropy, p: [f64; C], label: usize) -> Self {
        Row::of(loss, p.map(f64::ln), label)
    }
}

fn ask(
    loss: &CrossEntropy,
    z: &[f32],
    label: usize,
    p: &mut [f32],
    grad: &mut [f32],
) -> Result<f32, Error> {
    Scalar.softmax(Logits::new(z, z.len())?.softmax_out(p)?);
    let labels = [label];
    let batch = loss.batch(z, &labels, z.len())?;
    Ok(Scalar.forward_backward(batch.grad_out(grad)?))
}
