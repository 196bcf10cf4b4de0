//! A row, read one logit after the other.

use live::online::{
    CLASSES, EXPS, FACTOR, IS_READ, MAX, MAX_BEFORE, READ, REST, SUM, SUM_BEFORE, Z,
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
        canvas.slider(Z + k, [40.0, 170.0], y);
        let z = canvas.number(Input(Z + k), 1);
        canvas.words([206.0, y + 4.0], "end", &z);
        canvas.bar(Output(EXPS + k), exps, y);
        let exp = canvas.number(Output(EXPS + k), 3);
        let read = format!(
            "<text x=\"2\" y=\"{0}\">z{k}</text>\
             <text class=\"hidden\" x=\"396\" y=\"{0}\" text-anchor=\"end\">{exp}</text>",
            y + 4.0
        );
        canvas.lit(Output(IS_READ + k), &read);
    }
    let y = 8.8 * ROW + 4.0;
    let before = format!(
        "before: max {}, sum {}; now it counts {} times",
        canvas.number(Output(MAX_BEFORE), 1),
        canvas.number(Output(SUM_BEFORE), 4),
        canvas.number(Output(FACTOR), 4)
    );
    canvas.words([2.0, y], "start", &before);
    let now = format!(
        "now: max {}, sum {}; the rest is {}",
        canvas.number(Output(MAX), 1),
        canvas.number(Output(SUM), 4),
        canvas.number(Output(REST), 4)
    );
    canvas.words([2.0, y + ROW], "start", &now);
    canvas.said = format!(
        "{} of {CLASSES} logits are read: the max is {} and the rest {}.",
        canvas.number(Input(READ), 0),
        canvas.number(Output(MAX), 1),
        canvas.number(Output(REST), 4)
    );
    canvas
}
