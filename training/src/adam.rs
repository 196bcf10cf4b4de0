//! Adam, an optimizer whose step length doesn't depend on the size of the gradient.

use std::iter::zip;

use crate::{Model, Optimizer};

/// The factors by which old slopes and old squares of slopes fade in each step.
const DECAY: f32 = 0.9;
const DECAY_OF_SQUARES: f32 = 0.999;
/// A term that avoids 0 / 0: a weight whose slopes have all been 0 stays where it is.
const EPSILON: f32 = 1e-8;

/// Adaptive moment estimation (Kingma and Ba 2015), with the paper's constants.
///
/// Each weight has a step of its own: the average of its slopes, divided by the root of
/// the average of their squares. That ratio is about 1 while the slope keeps its sign,
/// and about 0 while it doesn't.
#[derive(Clone, Debug, PartialEq)]
pub struct Adam {
    rate: f32,
    steps: i32,
    /// The averages of each weight, array by array as in [`Model::weights`].
    moments: Vec<Vec<Moments>>,
}

/// The averages of one weight, in which recent slopes count more than older ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Moments {
    slope: f32,
    square: f32,
}

impl Adam {
    /// Returns an optimizer with a learning rate, about the farthest a weight moves in a step.
    pub fn new(rate: f32) -> Self {
        Adam { rate, steps: 0, moments: Vec::new() }
    }
}

impl Optimizer for Adam {
    fn step<M: Model>(&mut self, model: &mut M, gradient: &M) {
        let slopes = gradient.weights();
        if self.moments.is_empty() {
            let start = |slopes: &&[f32]| vec![Moments::default(); slopes.len()];
            self.moments = slopes.iter().map(start).collect();
        }
        self.steps += 1;
        // The averages began at 0, so at first they're too small, by these factors.
        let weight_of_slopes = 1.0 - DECAY.powi(self.steps);
        let weight_of_squares = 1.0 - DECAY_OF_SQUARES.powi(self.steps);

        for ((weights, slopes), moments) in
            zip(zip(model.weights_mut(), slopes), &mut self.moments)
        {
            assert_eq!(weights.len(), moments.len(), "the model has another shape");
            for ((w, &slope), of_w) in zip(zip(weights, slopes), moments) {
                of_w.slope = DECAY * of_w.slope + (1.0 - DECAY) * slope;
                of_w.square = DECAY_OF_SQUARES * of_w.square
                    + (1.0 - DECAY_OF_SQUARES) * slope * slope;
                let square = of_w.square / weight_of_squares;
                *w -= self.rate * (of_w.slope / weight_of_slopes)
                    / (square.sqrt() + EPSILON);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::{Array1, array};

    use super::*;
    use crate::Linear;

    fn one_weight(w: f32) -> Linear {
        Linear { weights: array![[w]], bias: Array1::zeros(1) }
    }

    #[test]
    fn the_first_step_is_as_long_as_the_rate_whatever_the_slope() {
        for slope in [1e-4, 1.0, 1e4, -3.0] {
            let mut model = one_weight(0.0);
            Adam::new(0.1).step(&mut model, &one_weight(slope));
            let expected = -0.1 * slope.signum();
            assert_relative_eq!(model.weights[[0, 0]], expected, max_relative = 1e-3);
        }
    }

    /// Two steps by hand: the slopes 1 and -1 average to (0.09 - 0.1) / 0.19.
    #[test]
    fn slopes_of_unlike_sign_cancel() {
        let mut model = one_weight(0.0);
        let mut adam = Adam::new(0.1);
        adam.step(&mut model, &one_weight(1.0));
        adam.step(&mut model, &one_weight(-1.0));
        let second = -0.1 * (0.09 - 0.1) / 0.19;
        assert_relative_eq!(model.weights[[0, 0]], -0.1 + second, max_relative = 1e-3);
        assert_eq!(model.bias[0], 0.0);
    }
}
