//! The tape of the running row as a graph: the numbers that were computed, and the effect
//! of each on the loss.

use scalar::tape::{Gradient, Tape, Var};

use crate::canvas::{BLUE, Canvas, GRAY, ORANGE, TEXT, decimal};

const BOX: [f64; 2] = [108.0, 66.0];
/// The middles of the three columns, and the tops of the four rows.
const COLUMNS: [f64; 3] = [64.0, 200.0, 336.0];
const ROWS: [f64; 4] = [58.0, 164.0, 270.0, 376.0];

/// Draws the loss of the logits 2, 1 and 0.1 with the label 0, by the tape: each number
/// with the derivative of the loss with respect to it.
pub fn picture() -> String {
    let tape = Tape::default();
    let z = [2.0, 1.0, 0.1].map(|z| tape.variable(z));
    let exps = z.map(Var::exp);
    let sum = exps[0] + exps[1] + exps[2];
    let p = exps[0] / sum;
    let ln = p.ln();
    let loss = -ln;
    let grad = loss.gradient();

    let mut canvas = Canvas::new(400.0, 452.0);
    canvas.inked(10.0, 18.0, "start", BLUE, "↓ a number, computed from the top down");
    canvas.inked(
        10.0,
        38.0,
        "start",
        ORANGE,
        "↑ the loss's derivative by it, from the end up",
    );
    let below = |row: usize| ROWS[row] + BOX[1];
    let middle = (COLUMNS[1] + COLUMNS[2]) / 2.0;
    for (k, x) in COLUMNS.into_iter().enumerate() {
        canvas.arrow([x, below(0)], [x, ROWS[1]], GRAY, 2.0);
        let to = middle + 30.0 * (k as f64 - 1.0);
        canvas.arrow([x, below(1)], [to, ROWS[2]], GRAY, 2.0);
    }
    let right_of = |column: usize| COLUMNS[column] + BOX[0] / 2.0;
    let left_of = |column: usize| COLUMNS[column] - BOX[0] / 2.0;
    canvas.arrow([COLUMNS[0], below(1)], [COLUMNS[0], ROWS[3]], GRAY, 2.0);
    canvas.arrow([middle - 30.0, below(2)], [COLUMNS[0] + 30.0, ROWS[3]], GRAY, 2.0);
    for column in 0..2 {
        let y = ROWS[3] + BOX[1] / 2.0;
        canvas.arrow([right_of(column), y], [left_of(column + 1), y], GRAY, 2.0);
    }

    for (k, x) in COLUMNS.into_iter().enumerate() {
        let subscript = ["₀", "₁", "₂"][k];
        node(&mut canvas, &grad, [x, ROWS[0]], &format!("z{subscript}"), z[k]);
        node(&mut canvas, &grad, [x, ROWS[1]], &format!("exp z{subscript}"), exps[k]);
    }
    node(&mut canvas, &grad, [middle, ROWS[2]], "sum", sum);
    node(&mut canvas, &grad, [COLUMNS[0], ROWS[3]], "p₀ (divide)", p);
    node(&mut canvas, &grad, [COLUMNS[1], ROWS[3]], "ln p₀", ln);
    node(&mut canvas, &grad, [COLUMNS[2], ROWS[3]], "loss (negate)", loss);
    canvas.svg()
}

/// Draws a box with a name, a number, and the derivative with respect to it.
fn node(
    canvas: &mut Canvas,
    grad: &Gradient<'_>,
    [x, top]: [f64; 2],
    name: &str,
    number: Var<'_>,
) {
    canvas.fill([x - BOX[0] / 2.0, top, BOX[0], BOX[1]], GRAY);
    canvas.inked(x, top + 18.0, "middle", TEXT, name);
    canvas.inked(x, top + 38.0, "middle", BLUE, &decimal(number.value(), 3));
    canvas.inked(x, top + 57.0, "middle", ORANGE, &decimal(grad.by(number), 3));
}
