//! A row, read one logit after the other.

use live::online::{
    CLASSES, EXPS, FACTOR, IS_READ, LOG_NORM, MAX, MAX_BEFORE, READ, REST, REST_BEFORE, Z,
};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale};

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("online", 10.6 * ROW);
    canvas.words([2.0, 16.0], "start", "read");
    let top = 12.0;
    canvas.slider(READ, [50.0, 330.0], top);
    let read = format!("{} of {CLASSES}", canvas.number(Input(READ), 0));
    canvas.words([396.0, 16.0], "end", &read);
    canvas.words([110.0, 1.9 * ROW], "middle", "logit");
    canvas.words([220.0, 1.9 * ROW], "start", "exp(z - max so far)");
    let exps = Scale::new([0.0, 1.0], [220.0, 340.0]);
    for k in 0..CLASSES {
        let y = 2.6 * ROW + ROW * k as f64;
        let name = format!("<text x=\"2\" y=\"{}\">z{k}</text>", y + 4.0);
        canvas.lit(Output(IS_READ + k), &name);
        canvas.slider(Z + k, [40.0, 170.0], y);
        let z = canvas.number(Input(Z + k), 1);
        canvas.words([206.0, y + 4.0], "end", &z);
        canvas.bar(Output(EXPS + k), exps, y);
        let exp = canvas.number(Output(EXPS + k), 3);
        canvas.words([396.0, y + 4.0], "end", &exp);
    }
    let y = 8.8 * ROW;
    let before = format!(
        "before: max {}, rest {}; its sum times {}",
        canvas.number(Output(MAX_BEFORE), 1),
        canvas.number(Output(REST_BEFORE), 4),
        canvas.number(Output(FACTOR), 4)
    );
    canvas.words([2.0, y + 4.0], "start", &before);
    let now = format!(
        "now: max {}, rest {}, ln(1 + rest) {}",
        canvas.number(Output(MAX), 1),
        canvas.number(Output(REST), 4),
        canvas.number(Output(LOG_NORM), 4)
    );
    canvas.words([2.0, y + ROW + 4.0], "start", &now);
    canvas.said = format!(
        "After {} logits the max is {} and the rest {}.",
        canvas.spoken(Input(READ), 0),
        canvas.spoken(Output(MAX), 1),
        canvas.spoken(Output(REST), 4)
    );
    canvas
}
