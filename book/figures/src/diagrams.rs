//! Diagrams: boxes with words in them, in the colors of the text around.

use crate::canvas::{BLUE, Canvas, GRAY, GREEN, ORANGE};

/// Draws a row of 37 logits in vectors of sixteen, and their way to the max.
pub fn lanes() -> String {
    const SIDE: f64 = 46.0;
    let mut canvas = canvas(60.0 + 16.0 * SIDE, 250.0);
    for k in 0..48 {
        let (vector, lane) = (k / 16, k % 16);
        let at =
            [50.0 + lane as f64 * SIDE, 10.0 + vector as f64 * 42.0, SIDE - 4.0, 30.0];
        match k {
            0..37 => canvas.rect(at, BLUE, &format!("z{k}")),
            _ => canvas.rect(at, ORANGE, "-inf"),
        }
    }
    for lane in 0..16 {
        let x = 50.0 + lane as f64 * SIDE;
        canvas.words(x + SIDE / 2.0 - 2.0, 150.0, "middle", "\u{2193}");
        canvas.rect([x, 165.0, SIDE - 4.0, 30.0], GREEN, &format!("m{lane}"));
    }
    canvas.words(50.0 + 8.0 * SIDE, 215.0, "middle", "\u{2193}");
    canvas.rect([50.0 + 7.0 * SIDE, 222.0, 2.0 * SIDE - 4.0, 26.0], GREEN, "max");
    canvas.svg()
}

/// Draws the bytes per logit that go over the memory bus, in four ways through a row.
pub fn passes() -> String {
    const BYTE: f64 = 30.0;
    const READ: &str = "read";
    const WRITE: &str = "write";
    // These are bytes from and to memory; bytes in a cache cost nothing here.
    let ways: [(&str, &[(&str, f64)]); 4] = [
        (
            "whole batch, expression by expression",
            &[
                (READ, 4.0),
                (READ, 4.0),
                (WRITE, 4.0),
                (READ, 4.0),
                (READ, 4.0),
                (WRITE, 4.0),
            ],
        ),
        ("row by row, the row in cache", &[(READ, 4.0), (WRITE, 4.0)]),
        ("a copy", &[(READ, 4.0), (WRITE, 4.0)]),
        ("the loss alone", &[(READ, 4.0)]),
    ];
    let mut canvas = canvas(760.0, 230.0);
    for (i, (way, parts)) in ways.into_iter().enumerate() {
        let y = 24.0 + 54.0 * i as f64;
        canvas.words(10.0, y - 6.0, "start", way);
        let mut x = 10.0;
        for &(what, bytes) in parts {
            let color = if what == READ { BLUE } else { ORANGE };
            canvas.rect(
                [x, y, bytes * BYTE - 4.0, 24.0],
                color,
                &format!("{what} {bytes}"),
            );
            x += bytes * BYTE;
        }
    }
    canvas.svg()
}

/// Draws twelve numbers in memory, and two views of them.
pub fn strides() -> String {
    const SIDE: f64 = 44.0;
    let mut canvas = canvas(620.0, 320.0);
    canvas.words(10.0, 20.0, "start", "memory");
    for place in 0..12 {
        let at = [10.0 + place as f64 * SIDE, 28.0, SIDE - 4.0, 28.0];
        canvas.rect(at, BLUE, &place.to_string());
    }
    let mut view =
        |left: f64, title: &str, rows: usize, columns: usize, strides: [usize; 2]| {
            canvas.words(left, 92.0, "start", title);
            for row in 0..rows {
                for column in 0..columns {
                    let place = row * strides[0] + column * strides[1];
                    let x = left + column as f64 * SIDE;
                    let at = [x, 102.0 + row as f64 * SIDE, SIDE - 4.0, SIDE - 4.0];
                    canvas.rect(at, GREEN, &place.to_string());
                }
            }
        };
    view(10.0, "3 x 4, strides 4 and 1", 3, 4, [4, 1]);
    view(260.0, "its transpose, strides 1 and 4", 4, 3, [1, 4]);
    view(470.0, "every second class", 3, 2, [4, 2]);
    canvas.svg()
}

/// Draws sixteen rows of few classes, each as a lane.
pub fn rows_as_lanes() -> String {
    const SIDE: f64 = 34.0;
    let mut canvas = canvas(720.0, 240.0);
    canvas.words(90.0, 20.0, "start", "lanes: sixteen rows side by side");
    for class in 0..5 {
        let y = 30.0 + class as f64 * SIDE;
        canvas.words(80.0, y + 20.0, "end", &format!("class {class}"));
        for row in 0..16 {
            let at = [90.0 + row as f64 * SIDE, y, SIDE - 4.0, SIDE - 4.0];
            canvas.rect(at, if class == 2 { ORANGE } else { BLUE }, "");
        }
    }
    canvas.words(90.0, 222.0, "start", "one vector: the same class of sixteen rows");
    canvas.svg()
}

/// Draws the logits that a linear head never holds, by blocks of rows and of the vocabulary.
pub fn head_blocks() -> String {
    let mut canvas = canvas(700.0, 260.0);
    let logits = [200.0, 120.0];
    for (left, title, block) in [
        (20.0, "by rows", [20.0, 70.0, 200.0, 24.0]),
        (380.0, "by vocabulary", [380.0 + 60.0, 56.0, 36.0, 48.0]),
    ] {
        canvas.words(left, 26.0, "start", title);
        canvas.rect([left, 40.0, logits[0], logits[1]], GRAY, "");
        canvas.rect(block, ORANGE, "");
        canvas.words(left + logits[0] + 8.0, 104.0, "start", "N rows");
        canvas.words(left + logits[0] / 2.0, 178.0, "middle", "C classes");
    }
    canvas.words(20.0, 210.0, "start", "held: some rows of logits, C wide,");
    canvas.words(20.0, 228.0, "start", "each computed once");
    canvas.words(380.0, 210.0, "start", "held: some columns of 1,024 rows, and a");
    canvas.words(380.0, 228.0, "start", "max and a rest a row; each computed twice");
    canvas.svg()
}

/// Returns the canvas of a wide picture, which scrolls on a phone.
fn canvas(width: f64, height: f64) -> Canvas {
    Canvas::new(width, height).with_text_size(12.0)
}
