//! The numbers of `f32`: around 1, and their gaps elsewhere.

use crate::canvas::{BLUE, Canvas, ORANGE, TEXT};

/// The number of pixels for a distance of 2^-24, and the place of 1.
const UNIT: f64 = 50.0;
const ONE_AT: f64 = 215.0;

/// Draws the neighbors of 1, the sum that rounds to 1, and the gaps between larger numbers.
pub fn picture() -> String {
    let mut canvas = Canvas::new(430.0, 280.0);
    let unit = 1.0 - f64::from(1.0_f32.next_down());
    let place = |x: f64| ONE_AT + UNIT * (x - 1.0) / unit;

    const LINE: f64 = 110.0;
    canvas.line(&[[5.0, LINE], [425.0, LINE]], TEXT, 1.5);
    let mut number = 1.0_f32;
    while place(f64::from(number)) - UNIT >= 5.0 {
        number = number.next_down();
    }
    while place(f64::from(number)) <= 425.0 {
        let x = place(f64::from(number));
        let height = if number == 1.0 { 14.0 } else { 8.0 };
        canvas.line(&[[x, LINE - height], [x, LINE + height]], TEXT, 2.0);
        number = number.next_up();
    }
    canvas.words(ONE_AT, LINE + 32.0, "middle", "1");
    let gaps = [(1.0_f32.next_down(), -1.0), (1.0, 2.0)];
    for (from, units) in gaps {
        let gap = gap(from);
        let (left, right) = (place(f64::from(from)), place(f64::from(from) + gap));
        let y = LINE + 18.0;
        canvas.line(
            &[
                [left + 2.0, y - 5.0],
                [left + 2.0, y],
                [right - 2.0, y],
                [right - 2.0, y - 5.0],
            ],
            BLUE,
            2.0,
        );
        let (anchor, x) =
            if units < 0.0 { ("end", ONE_AT - 14.0) } else { ("start", ONE_AT + 14.0) };
        canvas.inked(x, y + 18.0, anchor, BLUE, &format!("{} apart", scientific(gap)));
    }

    let sum = 1.0 + (-20.0_f64).exp();
    let x = place(sum);
    canvas.words(
        x,
        22.0,
        "middle",
        &format!("1 + {}, the sum for [20, 0],", scientific(sum - 1.0)),
    );
    let times = gap(1.0) / (sum - 1.0);
    canvas.words(
        x,
        41.0,
        "middle",
        &format!("is {times:.0} times nearer to 1 than the next number:"),
    );
    canvas.inked(x, 62.0, "middle", ORANGE, "it rounds to 1");
    canvas.arrow([x, 68.0], [x, LINE - 4.0], ORANGE, 2.5);
    the_gaps_of(&[1.0, 1000.0, 1e8], &mut canvas);
    canvas.svg()
}

/// Draws a second, logarithmic line: some numbers, and the distance from each to the next one.
fn the_gaps_of(numbers: &[f32], canvas: &mut Canvas) {
    const LINE: f64 = 220.0;
    canvas.words(
        5.0,
        LINE - 24.0,
        "start",
        "The larger the number, the farther is the next:",
    );
    canvas.line(&[[5.0, LINE], [425.0, LINE]], TEXT, 1.5);
    for &number in numbers {
        let x = 50.0 + 40.0 * f64::from(number).log10();
        canvas.line(&[[x, LINE - 8.0], [x, LINE + 8.0]], TEXT, 2.0);
        let shown = if number < 1e4 { number.to_string() } else { format!("{number:e}") };
        canvas.words(x, LINE + 26.0, "middle", &shown);
        let gap = gap(number);
        let shown = if gap < 1.0 { scientific(gap) } else { gap.to_string() };
        canvas.inked(x, LINE + 46.0, "middle", BLUE, &format!("+ {shown}"));
    }
}

/// Returns the distance to the next larger number.
fn gap(from: f32) -> f64 {
    f64::from(from.next_up()) - f64::from(from)
}

fn scientific(x: f64) -> String {
    format!("{x:.2e}")
}
