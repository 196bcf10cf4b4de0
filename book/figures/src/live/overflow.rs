//! One loss, four ways, over an offset and over a margin.

use live::overflow::{
    BITS, BITS_OF_REST, BITS_OF_SUM, MARGIN, MARGIN_IS_WRONG, NAMES, OF_MARGIN,
    OF_OFFSET, OFFSET, OFFSET_IS_WRONG, POWER, WAYS,
};

use super::canvas::{Canvas, ROW};
use super::values::{Input, Output};

pub(super) fn draw() -> Canvas {
    let mut canvas = Canvas::new("overflow", 9.6 * ROW);
    let columns = [
        ("[c, c], c = ", Output(OFFSET), POWER, OF_OFFSET, OFFSET_IS_WRONG, 150.0),
        ("[m, 0], m = ", Input(MARGIN), MARGIN, OF_MARGIN, MARGIN_IS_WRONG, 285.0),
    ];
    for (row, name) in NAMES.into_iter().enumerate() {
        canvas.words([2.0, 2.9 * ROW + 22.0 * row as f64], "start", name);
    }
    for (z, value, input, losses, are_wrong, x) in columns {
        let z = format!("{z}{}", canvas.any_number(value, 1));
        canvas.words([x, 16.0], "start", &z);
        canvas.slider(input, [x, x + 105.0], 1.3 * ROW);
        for row in 0..WAYS {
            let (x, y) = (x + 14.0, 2.9 * ROW + 22.0 * row as f64);
            let loss = canvas.any_number(Output(losses + row), 4);
            canvas.words([x, y], "start", &loss);
            let flag = format!(
                "<text class=\"flag\" x=\"{}\" y=\"{y}\">\u{2717}</text>",
                x - 14.0
            );
            canvas.lit(Output(are_wrong + row), &flag);
        }
    }
    for (y, name, bits) in
        [(6.4 * ROW, "1 + e^-m", BITS_OF_SUM), (8.2 * ROW, "e^-m", BITS_OF_REST)]
    {
        canvas.words(
            [2.0, y],
            "start",
            &format!("{name} in f32: sign, exponent, fraction"),
        );
        for bit in 0..BITS {
            let gap = if bit == 0 {
                0.0
            } else if bit < 9 {
                6.0
            } else {
                12.0
            };
            let x = 4.0 + gap + 11.6 * bit as f64;
            let cell = format!(
                "<rect class=\"bit\" x=\"{x:.1}\" y=\"{}\" width=\"9.6\" height=\"16\"/>",
                y + 8.0
            );
            canvas.lit(Output(bits + bit), &cell);
        }
    }
    let [of_offset, of_margin] =
        [OF_OFFSET, OF_MARGIN].map(|first| Output(first + WAYS - 1));
    canvas.said = format!(
        "The stage says {} and {}.",
        canvas.any_number(of_offset, 4),
        canvas.any_number(of_margin, 4)
    );
    canvas
}
