//! Logits, probabilities, and p - y.

use live::logits::{CLASSES, EPSILON, GRAD, LABEL, LOSS, P, TARGET, TEMPERATURE, Z};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale};

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("logits", 8.2 * ROW);
    let p = Scale::new([0.0, 1.0], [158.0, 214.0]);
    let grad = Scale::new([-1.0, 1.0], [266.0, 346.0]);
    for (x, anchor, words) in [
        (2.0, "start", "label"),
        (80.0, "middle", "logit z"),
        (158.0, "start", "p and target"),
        (grad.at(0.0), "middle", "p less target"),
    ] {
        canvas.words([x, 16.0], anchor, words);
    }
    for k in 0..CLASSES {
        let y = 1.4 * ROW + ROW * k as f64;
        canvas.choice(LABEL, k, [4.0, y], 26.0, &k.to_string());
        canvas.slider(Z + k, [42.0, 112.0], y);
        canvas.bar(Output(P + k), p, y);
        let target = Output(TARGET + k);
        let dashes = "<path class=\"mark\" d=\"M0 -10V10\"/>";
        canvas.moved(dashes, (target, p), (target, Scale::fixed(y)));
        canvas.line([grad.at(0.0), y - 9.0], [grad.at(0.0), y + 9.0]);
        canvas.bar(Output(GRAD + k), grad, y);
        for (x, value, digits) in [
            (150.0, Input(Z + k), 1),
            (256.0, Output(P + k), 3),
            (396.0, Output(GRAD + k), 3),
        ] {
            let number = canvas.number(value, digits);
            canvas.words([x, y + 4.0], "end", &number);
        }
    }
    for (row, input, name) in
        [(6.6, EPSILON, "smoothing"), (7.6, TEMPERATURE, "temperature")]
    {
        let y = row * ROW;
        canvas.words([2.0, y + 4.0], "start", name);
        canvas.slider(input, [100.0, 330.0], y);
        let value = canvas.number(Input(input), 2);
        canvas.words([396.0, y + 4.0], "end", &value);
    }
    canvas.said = format!("The loss is {} nats.", canvas.number(Output(LOSS), 3));
    canvas
}
