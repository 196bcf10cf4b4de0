//! Two answers: one probability, and two prices of it.

use backend::CrossEntropy;

use crate::row::Row;
use crate::{Figure, Inputs, Outputs, slider, switch};

/// Input: the probability of yes, above 0 and below 1.
pub const P: usize = 0;
/// Input: a switch, on if yes is right.
pub const YES: usize = 1;

/// The figure `binary`.
pub const BINARY: Figure = Figure {
    name: "binary",
    controls: &[
        slider("p of yes", [0.01, 0.99, 0.01], 0.8),
        switch("yes is right", true),
    ],
    compute: binary,
};

/// Output: the loss, in nats.
pub const LOSS: usize = 0;
/// Output: the squared error in p.
pub const SQUARED: usize = 1;
/// Output: the derivative of the loss with respect to p.
pub const SLOPE: usize = 2;
/// Output: the derivative of the squared error with respect to p.
pub const SLOPE_OF_SQUARED: usize = 3;
/// Output: 1 if no is right, else 0.
pub const IS_NO: usize = 4;

/// Computes `-ln p` if yes is right and `-ln(1 - p)` if no is, next to `(1 - p)^2` and `p^2`.
fn binary(inputs: &mut Inputs, outputs: &mut Outputs) {
    let (p, yes) = (inputs[P], inputs[YES] != 0.0);
    let of_right = if yes { p } else { 1.0 - p };
    let toward_right = if yes { 1.0 } else { -1.0 };
    let row =
        Row::of_probabilities(&CrossEntropy::default(), [p, 1.0 - p], usize::from(!yes));
    outputs[LOSS] = row.loss;
    outputs[SQUARED] = (1.0 - of_right).powi(2);
    outputs[SLOPE] = -toward_right / of_right;
    outputs[SLOPE_OF_SQUARED] = -toward_right * 2.0 * (1.0 - of_right);
    outputs[IS_NO] = f64::from(u8::from(!yes));
}
