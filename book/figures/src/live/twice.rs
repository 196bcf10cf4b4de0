//! The loss over training steps, with one softmax and with two.

use live::twice::{ONE, P_OF_ONE, P_OF_TWO, POINTS, RATE, START, STEPS, TWO};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output};

const LEFT: f64 = 30.0;
const TOP: f64 = 8.0;
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 150.0;
/// The highest loss that's drawn.
const HIGHEST: u32 = 8;

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("twice", HEIGHT + 3.9 * ROW);
    let step = WIDTH / STEPS as f64;
    canvas.axes([LEFT, TOP, WIDTH, HEIGHT], HIGHEST, |canvas, y| {
        canvas.curve("first", ONE..ONE + POINTS, [LEFT, step], y);
        canvas.curve("second", TWO..TWO + POINTS, [LEFT, step], y);
    });
    let mut row = HEIGHT + TOP + 0.8 * ROW;
    canvas.words([LEFT, row], "start", &format!("loss over {STEPS} steps: <tspan class=\"first\">\u{25cf}</tspan> one softmax, <tspan class=\"second\">\u{25cf}</tspan> two"));
    for (input, name) in [(START, "first margin"), (RATE, "learning rate")] {
        row += ROW;
        canvas.words([2.0, row + 4.0], "start", name);
        canvas.slider(input, [106.0, 340.0], row);
        let value = canvas.number(Input(input), 1);
        canvas.words([396.0, row + 4.0], "end", &value);
    }
    canvas.said = format!(
        "In the end p of the label is {} with one softmax, {} with two.",
        canvas.number(Output(P_OF_ONE), 3),
        canvas.number(Output(P_OF_TWO), 3)
    );
    canvas
}
