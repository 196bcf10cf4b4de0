//! Seven formulas for the loss against six rows: the result of each in `f32`, and whether
//! that's right.

use backend::{Backend, Batch};
use scalar::{Scalar, naive};

use crate::canvas::{Canvas, GREEN, RED, TEXT};

/// A formula: its name, and the loss it returns for a row with the label 0.
type Formula = (&'static str, fn(&[f32]) -> f32);

/// The formulas, each of which answers the failure of the one before.
const FORMULAS: [Formula; 7] = [
    ("−ln(softmax)", |z| naive::loss_of_softmax(z, 0)),
    ("ln sum − z", |z| naive::loss_by_log_sum_exp(z, 0)),
    ("max subtracted", |z| naive::loss_by_shifted_softmax(z, 0)),
    ("+ 1e-9", |z| naive::loss_with_epsilon(z, 0)),
    ("lse − z", |z| naive::loss_by_lse_minus_z(z, 0)),
    ("ln sum + (max − z)", |z| naive::loss_by_ln_of_sum(z, 0)),
    ("stage 1", stage_1),
];

/// The rows, each with the label 0.
const INPUTS: [&[f32]; 6] = [
    &[2.0, 1.0, 0.1],
    &[89.0, 0.0],
    &[-200.0, -200.0],
    &[0.0, 104.0],
    &[1e8, 1e8],
    &[20.0, 0.0],
];

/// The tolerance of a right loss: four right digits, as many as the tables of the book print.
const TOLERANCE: f64 = 1e-4;

const CELL: [f64; 2] = [49.0, 44.0];
const LEFT: f64 = 142.0;
const TOP: f64 = 66.0;

/// Draws a cell for each formula and row: a check or a cross, and the value that came back.
pub fn picture() -> String {
    let mut canvas = Canvas::new(LEFT + 6.0 * CELL[0], TOP + 7.0 * CELL[1] + 4.0);
    canvas.words(0.0, 16.0, "start", "row of logits;");
    canvas.words(0.0, 34.0, "start", "the label is the first");
    for (column, z) in INPUTS.into_iter().enumerate() {
        let x = LEFT + CELL[0] * (column as f64 + 0.5);
        for (k, z_k) in z.iter().enumerate() {
            let shown = if *z_k < 1e4 { z_k.to_string() } else { format!("{z_k:e}") };
            let y = 16.0 + 18.0 * (k + 3 - z.len()) as f64;
            canvas.words(x, y, "middle", &shown.replace('-', "−"));
        }
    }
    for (row, (name, loss)) in FORMULAS.into_iter().enumerate() {
        let y = TOP + CELL[1] * row as f64;
        canvas.words(0.0, y + 26.0, "start", name);
        for (column, z) in INPUTS.into_iter().enumerate() {
            let x = LEFT + CELL[0] * column as f64;
            let (got, right) = (loss(z), exact(z));
            let is_right = (f64::from(got) - right).abs() <= TOLERANCE * right;
            let color = if is_right { GREEN } else { RED };
            canvas.fill([x + 1.5, y + 1.5, CELL[0] - 3.0, CELL[1] - 3.0], color);
            let middle = x + CELL[0] / 2.0;
            mark(&mut canvas, [middle, y + 13.0], is_right);
            canvas.words(middle, y + 36.0, "middle", &short(got));
        }
    }
    canvas.svg()
}

/// Draws a check, or a cross.
fn mark(canvas: &mut Canvas, [x, y]: [f64; 2], is_right: bool) {
    if is_right {
        canvas.line(&[[x - 6.0, y], [x - 2.0, y + 4.0], [x + 6.0, y - 5.0]], TEXT, 2.0);
    } else {
        for slope in [1.0, -1.0] {
            let end = [x + 5.0, y + 5.0 * slope];
            canvas.line(&[[x - 5.0, y - 5.0 * slope], end], TEXT, 2.0);
        }
    }
}

/// Returns the loss of a row with the label 0, `ln(1 + sum of exp(z_k - z_0))`, in `f64`.
fn exact(z: &[f32]) -> f64 {
    let below = z[1..].iter().map(|z_k| (f64::from(*z_k) - f64::from(z[0])).exp());
    below.sum::<f64>().ln_1p()
}

fn stage_1(z: &[f32]) -> f32 {
    let batch = Batch::new(z, &[0], z.len()).expect("a row with its label is a batch");
    Scalar.forward(&batch)
}

/// Returns a loss in at most five characters.
fn short(loss: f32) -> String {
    let shown = match loss {
        0.0 => "0".to_owned(),
        x if x.is_finite() && x < 1e-3 => format!("{x:.0e}"),
        x if x.is_finite() && x < 10.0 => format!("{x:.3}"),
        x if x.is_finite() && x.fract() != 0.0 => format!("{x:.2}"),
        x => x.to_string(),
    };
    // We lengthen the minus of a number, but not that of an exponent.
    shown.strip_prefix('-').map_or(shown.clone(), |number| format!("−{number}"))
}
