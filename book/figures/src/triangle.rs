//! The probabilities of three classes, as the points of a triangle.

use scalar::softmax::softmax;

use crate::canvas::{BLUE, Canvas, GRAY, ORANGE, TEXT, decimal};

/// The corners, where one class has all the probability. Class 0 is the label.
const CORNERS: [[f64; 2]; 3] = [[165.0, 34.0], [15.0, 294.0], [315.0, 294.0]];
/// The steps of a probability from 0 to 1: small arrows stand at all multiples of one tenth.
const STEPS: u32 = 10;
/// The part of its way to the label's corner that a small arrow shows.
const SHOWN: f64 = 0.12;

/// Draws the step `y - p`, minus the gradient, at many points of the triangle and the running row.
pub fn picture() -> String {
    let mut canvas = Canvas::new(430.0, 325.0);
    let [label, first, second] = CORNERS;
    canvas.line(&[label, first, second, label], GRAY, 1.5);
    for i in 0..=STEPS {
        for j in 0..=STEPS - i {
            let p = [i, j, STEPS - i - j].map(|part| f64::from(part) / f64::from(STEPS));
            let from = place(p);
            let to = [0, 1].map(|side| from[side] + SHOWN * (label[side] - from[side]));
            canvas.arrow(from, to, BLUE, 1.2);
        }
    }

    let mut p = [0.0; 3];
    softmax(&[2.0, 1.0, 0.1], &mut p);
    let p = p.map(f64::from);
    let step = [1.0 - p[0], -p[1], -p[2]];
    let at = place(p);
    canvas.arrow(at, label, ORANGE, 3.5);
    canvas.dot(at, 5.0, TEXT);
    let shown = |row: [f64; 3]| row.map(|x| decimal(x, 3)).join(", ");
    canvas.words(label[0] + 12.0, label[1] - 12.0, "start", "class 0 (the label)");
    canvas.words(first[0] - 10.0, first[1] + 22.0, "start", "class 1");
    canvas.words(second[0], second[1] + 22.0, "middle", "class 2");
    let middle = [0, 1].map(|side| (at[side] + label[side]) / 2.0);
    canvas.line(&[middle, [236.0, 62.0]], ORANGE, 1.0);
    canvas.inked(240.0, 58.0, "start", ORANGE, "y − p, minus the gradient");
    canvas.inked(240.0, 76.0, "start", ORANGE, &format!("= ({})", shown(step)));
    canvas.line(&[at, [246.0, 112.0]], TEXT, 1.0);
    canvas.words(250.0, 116.0, "start", &format!("p = ({})", shown(p)));
    canvas.svg()
}

/// Returns the place of these probabilities: the mean of the corners, weighted by them.
fn place(p: [f64; 3]) -> [f64; 2] {
    [0, 1].map(|side| p.iter().zip(CORNERS).map(|(p_k, corner)| p_k * corner[side]).sum())
}
