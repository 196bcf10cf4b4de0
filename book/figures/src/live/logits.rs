//! Logits, probabilities, and p - y.

use live::logits::{CLASSES, EPSILON, GRAD, LABEL, LOSS, P, TARGET, TEMPERATURE, Z};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale};

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("logits", 8.2 * ROW);
    let (p, grad) =
        (Scale::new([0.0, 1.0], [180.0, 240.0]), Scale::new([-1.0, 1.0], [290.0, 390.0]));
    for (x, anchor, words) in [
        (2.0, "start", "label"),
        (90.0, "middle", "logit z"),
        (180.0, "start", "p, target"),
        (grad.at(0.0), "middle", "gradient"),
    ] {
        canvas.words([x, 16.0], anchor, words);
    }
    for k in 0..CLASSES {
        let y = 1.4 * ROW + ROW * k as f64;
        canvas.choice(LABEL, k, [4.0, y], &k.to_string());
        canvas.slider(Z + k, [42.0, 138.0], y);
        let z = canvas.number(Input(Z + k), 1);
        canvas.words([170.0, y + 4.0], "end", &z);
        canvas.bar(Output(P + k), p, y);
        canvas.moved(
            "<path class=\"mark\" d=\"M0 -10V10\"/>",
            (Output(TARGET + k), p),
            (Output(TARGET + k), Scale::fixed(y)),
        );
        let p_k = canvas.number(Output(P + k), 3);
        canvas.words([286.0, y + 4.0], "end", &p_k);
        canvas.line([grad.at(0.0), y - 9.0], [grad.at(0.0), y + 9.0]);
        canvas.bar(Output(GRAD + k), grad, y);
    }
    for (row, input, name) in
        [(6.6, EPSILON, "smoothing"), (7.6, TEMPERATURE, "temperature")]
    {
        let y = row * ROW;
        canvas.words([2.0, y + 4.0], "start", name);
        canvas.slider(input, [90.0, 330.0], y);
        let value = canvas.number(Input(input), 2);
        canvas.words([396.0, y + 4.0], "end", &value);
    }
    canvas.said = format!("The loss is {} nats.", canvas.spoken(Output(LOSS), 3));
    canvas
}
