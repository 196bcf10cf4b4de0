//! Five logits, their probabilities by softmax, and p - y.

use backend::CrossEntropy;

use crate::row::Row;
use crate::{Figure, Inputs, Outputs, choice, chosen, slider};

/// The number of classes.
pub const CLASSES: usize = 5;

/// Inputs: the logits.
pub const Z: usize = 0;
/// Input: the label.
pub const LABEL: usize = CLASSES;
/// Input: the part of the target that's spread over all classes, from 0 to 1.
pub const EPSILON: usize = LABEL + 1;
/// Input: the number that the logits are divided by, above 0.
pub const TEMPERATURE: usize = EPSILON + 1;

/// The figure `logits`.
pub const LOGITS: Figure = Figure {
    name: "logits",
    controls: &[
        slider("logit of class 0", LOGITS_RANGE, 2.0),
        slider("logit of class 1", LOGITS_RANGE, 1.0),
        slider("logit of class 2", LOGITS_RANGE, 0.1),
        slider("logit of class 3", LOGITS_RANGE, -1.0),
        slider("logit of class 4", LOGITS_RANGE, 0.5),
        choice("the label is class", CLASSES, 0),
        slider("smoothing", [0.0, 0.9, 0.05], 0.0),
        slider("temperature", [0.25, 4.0, 0.05], 1.0),
    ],
    compute: logits,
};

const LOGITS_RANGE: [f64; 3] = [-5.0, 5.0, 0.1];

/// Outputs: the probabilities.
pub const P: usize = 0;
/// Outputs: `p` less the target.
pub const GRAD: usize = P + CLASSES;
/// Outputs: the target.
pub const TARGET: usize = GRAD + CLASSES;
/// Output: the loss, in nats.
pub const LOSS: usize = TARGET + CLASSES;

/// Computes the loss of `z / T` with a smoothed label, and its gradient with respect to `z / T`.
fn logits(inputs: &mut Inputs, outputs: &mut Outputs) {
    let label = chosen(inputs[LABEL], CLASSES);
    let Ok(loss) = CrossEntropy::default().label_smoothing(inputs[EPSILON] as f32) else {
        return outputs.fill(f64::NAN);
    };
    let mut z = [0.0; CLASSES];
    z.copy_from_slice(&inputs[Z..Z + CLASSES]);
    let row = Row::of(&loss, z.map(|z_k| z_k / inputs[TEMPERATURE]), label);
    outputs[P..P + CLASSES].copy_from_slice(&row.p);
    outputs[GRAD..GRAD + CLASSES].copy_from_slice(&row.grad);
    outputs[TARGET..TARGET + CLASSES].copy_from_slice(&row.target);
    outputs[LOSS] = row.loss;
}
