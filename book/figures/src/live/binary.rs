//! Two prices of one probability.

use live::binary::{IS_NO, LOSS, P, SLOPE, SLOPE_OF_SQUARED, SQUARED, YES};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output, Scale, drawn_path};

const LEFT: f64 = 30.0;
const TOP: f64 = 8.0;
const SIDE: f64 = 220.0;
/// The highest price that's drawn.
const HIGHEST: u32 = 5;

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("binary", SIDE + 1.9 * ROW);
    let x = Scale::new([0.0, 1.0], [LEFT, LEFT + SIDE]);
    let y = canvas.axes([LEFT, TOP, SIDE, SIDE], HIGHEST, |canvas, y| {
        for (of_yes, is_right) in [(true, Input(YES)), (false, Output(IS_NO))] {
            let curve = |class: &str, price: fn(f64) -> f64| {
                let ps = (1..200).map(|i| f64::from(i) / 200.0);
                let price = |p| price(if of_yes { p } else { 1.0 - p });
                let points: Vec<_> = ps.map(|p| [x.at(p), y.at(price(p))]).collect();
                drawn_path(class, &points)
            };
            let loss = curve("first", |p| -p.ln());
            let squared = curve("second", |p| (1.0 - p).powi(2));
            canvas.lit(is_right, &(loss + &squared));
        }
    });
    for (class, price) in [("first", LOSS), ("second", SQUARED)] {
        let dot = format!("<circle class=\"{class}\" r=\"5\"/>");
        canvas.moved(&dot, (Input(P), x), (Output(price), y));
    }
    let below = SIDE + TOP + 0.6 * ROW;
    canvas.slider(P, [LEFT, LEFT + SIDE], below);
    canvas.words([LEFT, below + 22.0], "middle", "0");
    let p = format!("p of yes = {}", canvas.number(Input(P), 2));
    canvas.words([LEFT + SIDE / 2.0, below + 22.0], "middle", &p);
    canvas.words([LEFT + SIDE, below + 22.0], "middle", "1");
    let right = LEFT + SIDE + 20.0;
    canvas.switch(YES, [right, 20.0]);
    for (at, class, name, price, slope) in [
        (70.0, "first", "surprise", LOSS, SLOPE),
        (150.0, "second", "squared error", SQUARED, SLOPE_OF_SQUARED),
    ] {
        let name = format!("<tspan class=\"{class}\">\u{25cf}</tspan> {name}");
        canvas.words([right, at], "start", &name);
        let price = format!("price {}", canvas.number(Output(price), 3));
        canvas.words([right + 14.0, at + 20.0], "start", &price);
        let slope = format!("slope in p {}", canvas.number(Output(slope), 2));
        canvas.words([right + 14.0, at + 40.0], "start", &slope);
    }
    canvas.said = format!(
        "Surprise costs {}, squared error {}.",
        canvas.number(Output(LOSS), 3),
        canvas.number(Output(SQUARED), 3)
    );
    canvas
}
