//! The target of a smoothed label, and its effect on the loss.

use live::smoothing::{
    CURVE, EPSILON, FIRST, FLOOR, GRAD_OF_LABEL, GRAD_OF_OTHER, LAST, LOSS, MARGIN,
    OF_LABEL, OF_OTHER, OVER_OTHERS, P_OF_LABEL, P_OF_OTHER, POINTS,
};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale};

const LEFT: f64 = 30.0;
const TOP: f64 = 8.0;
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 130.0;
/// The highest loss that's drawn.
const HIGHEST: u32 = 6;

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("smoothing", HEIGHT + TOP + 6.1 * ROW);
    let x = Scale::new([FIRST, LAST], [LEFT, LEFT + WIDTH]);
    let y = canvas.axes([LEFT, TOP, WIDTH, HEIGHT], HIGHEST, |canvas, y| {
        let step = WIDTH / (POINTS - 1) as f64;
        let floor = format!("<path class=\"mark\" d=\"M{LEFT} 0h{WIDTH}\"/>");
        canvas.moved(&floor, (Output(FLOOR), Scale::fixed(0.0)), (Output(FLOOR), y));
        canvas.curve("first", CURVE..CURVE + POINTS, [LEFT, step], y);
    });
    let dot = "<circle class=\"first\" r=\"5\"/>";
    canvas.moved(dot, (Input(MARGIN), x), (Output(LOSS), y));
    let mut row = HEIGHT + TOP + 0.6 * ROW;
    canvas.slider(MARGIN, [LEFT, LEFT + WIDTH], row);
    row += ROW;
    canvas.words(
        [2.0, row],
        "start",
        &format!(
            "margin {}, loss {}, floor {}",
            canvas.number(Input(MARGIN), 1),
            canvas.number(Output(LOSS), 3),
            canvas.number(Output(FLOOR), 3)
        ),
    );
    row += 0.8 * ROW;
    canvas.words(
        [2.0, row + 4.0],
        "start",
        &format!("epsilon {}", canvas.number(Input(EPSILON), 2)),
    );
    canvas.slider(EPSILON, [100.0, 230.0], row);
    canvas.switch(OVER_OTHERS, [256.0, row]);
    row += 1.2 * ROW;
    for (x, name) in [(190.0, "target"), (290.0, "p"), (390.0, "gradient")] {
        canvas.words([x, row], "end", name);
    }
    for (name, values) in [
        ("the label", [OF_LABEL, P_OF_LABEL, GRAD_OF_LABEL]),
        ("each of 4 others", [OF_OTHER, P_OF_OTHER, GRAD_OF_OTHER]),
    ] {
        row += 0.9 * ROW;
        canvas.words([2.0, row], "start", name);
        for (x, value) in [190.0, 290.0, 390.0].into_iter().zip(values) {
            let value = canvas.number(Output(value), 3);
            canvas.words([x, row], "end", &value);
        }
    }
    canvas.said = format!(
        "The loss is {}, and cannot be below {}.",
        canvas.number(Output(LOSS), 3),
        canvas.number(Output(FLOOR), 3)
    );
    canvas
}
