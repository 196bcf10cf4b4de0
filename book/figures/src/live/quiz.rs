//! Five answers as bars of probability.

use live::quiz::{ANSWERS, LOSS, LOSS_ON_SCALE, P, RIGHT, SCALE};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale};

/// The places where bars begin and end.
const BARS: [f64; 2] = [80.0, 340.0];

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("quiz", 7.9 * ROW);
    canvas.words([4.0, 16.0], "start", "right");
    canvas.words([80.0, 16.0], "start", "your probability");
    for (answer, name) in ["A", "B", "C", "D", "E"].into_iter().enumerate() {
        let y = 1.3 * ROW + ROW * answer as f64;
        canvas.choice(RIGHT, answer, [4.0, y], 66.0, name);
        let is_right = format!("<text x=\"52\" y=\"{}\">{name}</text>", y + 4.0);
        canvas.lit(Output(live::quiz::IS_RIGHT + answer), &is_right);
        canvas.bar(Input(P + answer), Scale::new([0.0, 1.0], BARS), y);
        canvas.slider(P + answer, BARS, y);
        let p = canvas.number(Input(P + answer), 2);
        canvas.words([396.0, y + 4.0], "end", &p);
    }
    let y = 6.6 * ROW;
    let nats = Scale::new([0.0, SCALE], BARS);
    canvas.words([4.0, y + 4.0], "start", "loss");
    canvas.bar(Output(LOSS_ON_SCALE), nats, y);
    let loss = canvas.number(Output(LOSS), 3);
    canvas.words([396.0, y + 4.0], "end", &loss);
    for (p, name) in [(0.99_f64, "0.99"), (1.0 / ANSWERS as f64, "1/5"), (0.01, "0.01")] {
        let x = nats.at(-p.ln());
        canvas.line([x, y + 7.0], [x, y + 14.0]);
        canvas.words([x, y + 27.0], "middle", name);
    }
    canvas.words([4.0, y + 27.0], "start", "for p =");
    canvas.said =
        format!("The right answer costs {} nats.", canvas.number(Output(LOSS), 3));
    canvas
}
