//! A quiz with five answers, graded on confidence.

use backend::CrossEntropy;

use crate::row::Row;
use crate::{Figure, Inputs, MOVED, Outputs, choice, chosen, slider};

/// The number of answers.
pub const ANSWERS: usize = 5;

/// Inputs: a probability for each answer.
pub const P: usize = 0;
/// Input: the right answer.
pub const RIGHT: usize = ANSWERS;

/// The figure `quiz`.
pub const QUIZ: Figure = Figure {
    name: "quiz",
    controls: &[
        slider("probability of answer A", UNIT, 0.4),
        slider("probability of answer B", UNIT, 0.3),
        slider("probability of answer C", UNIT, 0.15),
        slider("probability of answer D", UNIT, 0.1),
        slider("probability of answer E", UNIT, 0.05),
        choice("the right answer is", ANSWERS, 0),
    ],
    compute: share,
};

/// The values of a probability, by hundredths.
const UNIT: [f64; 3] = [0.0, 1.0, 0.01];

/// Output: the loss, in nats.
pub const LOSS: usize = 0;
/// Output: the loss, or the end of the scale if the loss is beyond it.
pub const LOSS_ON_SCALE: usize = 1;
/// Outputs: 1 if the answer is right, else 0.
pub const IS_RIGHT: usize = 2;
/// The end of the scale.
pub const SCALE: f64 = 7.0;

/// Moves the other probabilities when you move one: they keep their ratios, and share the rest.
fn share(inputs: &mut Inputs, outputs: &mut Outputs) {
    let mut p = [0.0; ANSWERS];
    p.copy_from_slice(&inputs[P..P + ANSWERS]);
    if let Some(moved) = (0..ANSWERS).find(|&k| k as f64 == inputs[MOVED]) {
        share_out(&mut p, moved);
    }
    let right = chosen(inputs[RIGHT], ANSWERS);
    let row = Row::of_probabilities(&CrossEntropy::default(), p, right);
    inputs[P..P + ANSWERS].copy_from_slice(&p);
    outputs[IS_RIGHT + right] = 1.0;
    outputs[LOSS] = row.loss;
    outputs[LOSS_ON_SCALE] = row.loss.min(SCALE);
}

fn share_out(p: &mut [f64; ANSWERS], moved: usize) {
    p[moved] = p[moved].clamp(0.0, 1.0);
    let left = 1.0 - p[moved];
    let of_others = p.iter().sum::<f64>() - p[moved];
    for k in (0..ANSWERS).filter(|&k| k != moved) {
        let share =
            if of_others > 1e-9 { p[k] / of_others } else { 1.0 / (ANSWERS - 1) as f64 };
        p[k] = share * left;
    }
}
