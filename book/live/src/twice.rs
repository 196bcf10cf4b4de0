//! Training with one softmax and with two: gradient descent on the ten logits of a row.

use backend::CrossEntropy;

use crate::row::Row;
use crate::{Figure, Inputs, Outputs, slider};

/// The number of classes.
pub const CLASSES: usize = 10;

/// Input: the margin to begin with, the label's logit above those of the others.
pub const START: usize = 0;
/// Input: the learning rate.
pub const RATE: usize = 1;

/// The figure `twice`.
pub const TWICE: Figure = Figure {
    name: "twice",
    controls: &[
        slider("first margin", [-5.0, 5.0, 0.5], -2.0),
        slider("learning rate", [0.1, 2.0, 0.1], 1.0),
    ],
    compute: twice,
};

/// Output: the label's probability at the end, trained with one softmax.
pub const P_OF_ONE: usize = 0;
/// Output: the label's probability at the end, trained with two softmaxes.
pub const P_OF_TWO: usize = 1;
/// Outputs: the loss with one softmax, before each step.
pub const ONE: usize = 2;
/// Outputs: the loss with two softmaxes, before each step.
pub const TWO: usize = ONE + POINTS;
/// The number of points of each curve.
pub const POINTS: usize = STEPS + 1;
/// The number of steps.
pub const STEPS: usize = 40;

/// A loss, a label's probability, and a gradient with respect to the logits.
type Step = (f64, f64, [f64; CLASSES]);

/// Trains twice from the same logits, with one softmax and with two.
fn twice(inputs: &mut Inputs, outputs: &mut Outputs) {
    let (start, rate) = (inputs[START], inputs[RATE]);
    outputs[P_OF_ONE] = train(one_softmax, start, rate, &mut outputs[ONE..TWO]);
    outputs[P_OF_TWO] =
        train(two_softmaxes, start, rate, &mut outputs[TWO..TWO + POINTS]);
}

/// Returns the label's probability after one step less than there are losses to fill.
fn train(
    loss: fn([f64; CLASSES]) -> Step,
    start: f64,
    rate: f64,
    losses: &mut [f64],
) -> f64 {
    let mut z = [0.0; CLASSES];
    z[0] = start;
    let mut p_of_label = f64::NAN;
    for out in losses {
        let (loss, p, grad) = loss(z);
        (*out, p_of_label) = (loss, p);
        for (z_k, grad_k) in z.iter_mut().zip(grad) {
            *z_k -= rate * grad_k;
        }
    }
    p_of_label
}

fn one_softmax(z: [f64; CLASSES]) -> Step {
    let row = Row::of(&CrossEntropy::default(), z, 0);
    (row.loss, row.p[0], row.grad)
}

/// Takes the probabilities for logits. Their slopes reach the logits through the Jacobian
/// of a softmax, `diag(p) - p p'`.
fn two_softmaxes(z: [f64; CLASSES]) -> Step {
    let p = Row::of(&CrossEntropy::default(), z, 0).p;
    let row = Row::of(&CrossEntropy::default(), p, 0);
    let mean: f64 = p.iter().zip(row.grad).map(|(p_k, slope)| p_k * slope).sum();
    let mut grad = [0.0; CLASSES];
    for k in 0..CLASSES {
        grad[k] = p[k] * (row.grad[k] - mean);
    }
    (row.loss, p[0], grad)
}
