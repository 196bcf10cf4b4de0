//! Label smoothing: the target, the loss over the margin, and its floor.

use backend::CrossEntropy;

use crate::row::Row;
use crate::{Figure, Inputs, Outputs, slider, switch};

/// The number of classes: the label, and others that are all alike.
pub const CLASSES: usize = 5;

/// Input: epsilon, from 0 to 1.
pub const EPSILON: usize = 0;
/// Input: a switch, on if epsilon is spread over the others only.
pub const OVER_OTHERS: usize = 1;
/// Input: the margin, the label's logit above those of the others.
pub const MARGIN: usize = 2;

/// The figure `smoothing`.
pub const SMOOTHING: Figure = Figure {
    name: "smoothing",
    controls: &[
        slider("epsilon", [0.0, 0.5, 0.05], 0.1),
        switch("over the others", false),
        slider("margin", [FIRST, LAST, 0.1], 8.0),
    ],
    compute: smoothing,
};

/// Output: the target of the label.
pub const OF_LABEL: usize = 0;
/// Output: the target of each other class.
pub const OF_OTHER: usize = 1;
/// Output: the probability of the label.
pub const P_OF_LABEL: usize = 2;
/// Output: the probability of each other class.
pub const P_OF_OTHER: usize = 3;
/// Output: the derivative of the loss with respect to the logit of the label.
pub const GRAD_OF_LABEL: usize = 4;
/// Output: the derivative of the loss with respect to the logit of any other class.
pub const GRAD_OF_OTHER: usize = 5;
/// Output: the loss, in nats.
pub const LOSS: usize = 6;
/// Output: the least loss, the entropy of the target.
pub const FLOOR: usize = 7;
/// Outputs: the loss over margins, [`POINTS`] of them from [`FIRST`] to [`LAST`].
pub const CURVE: usize = 8;
/// The number of points of the curve.
pub const POINTS: usize = 65;
/// The least margin.
pub const FIRST: f64 = -4.0;
/// The largest margin.
pub const LAST: f64 = 12.0;

/// Computes the loss of `[margin, 0, 0, 0, 0]` with a smoothed label.
fn smoothing(inputs: &mut Inputs, outputs: &mut Outputs) {
    let smooth = if inputs[OVER_OTHERS] != 0.0 {
        CrossEntropy::label_smoothing_over_others
    } else {
        CrossEntropy::label_smoothing
    };
    let Ok(loss) = smooth(CrossEntropy::default(), inputs[EPSILON] as f32) else {
        return outputs.fill(f64::NAN);
    };
    let at = |margin: f64| {
        let mut z = [0.0; CLASSES];
        z[0] = margin;
        Row::of(&loss, z, 0)
    };
    let row = at(inputs[MARGIN]);
    outputs[OF_LABEL] = row.target[0];
    outputs[OF_OTHER] = row.target[1];
    outputs[P_OF_LABEL] = row.p[0];
    outputs[P_OF_OTHER] = row.p[1];
    outputs[GRAD_OF_LABEL] = row.grad[0];
    outputs[GRAD_OF_OTHER] = row.grad[1];
    outputs[LOSS] = row.loss;
    // A row that predicts its own target costs the target's entropy.
    outputs[FLOOR] = Row::of_probabilities(&loss, row.target, 0).loss;
    for (i, point) in outputs[CURVE..CURVE + POINTS].iter_mut().enumerate() {
        *point = at(FIRST + (LAST - FIRST) * i as f64 / (POINTS - 1) as f64).loss;
    }
}
