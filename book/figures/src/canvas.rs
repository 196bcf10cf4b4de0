//! A plane to draw on, in pixels, whose origin is at the top left.

use std::fmt::Write;

use crate::theme::{TEXT_SIZE, ink, picture};

pub(crate) const BLUE: &str = "#2f7fd1";
pub(crate) const ORANGE: &str = "#d9480f";
pub(crate) const GREEN: &str = "#2b8a3e";
pub(crate) const RED: &str = "#c92a2a";
pub(crate) const GRAY: &str = "#888888";
/// The color of the text around the picture.
pub(crate) const TEXT: &str = "currentColor";

/// A picture of shapes and words.
pub(crate) struct Canvas {
    width: f64,
    height: f64,
    text_size: f64,
    parts: String,
}

impl Canvas {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Canvas { width, height, text_size: TEXT_SIZE, parts: String::new() }
    }

    /// Returns the canvas with smaller words: for a wide picture, which scrolls on a phone.
    pub(crate) fn with_text_size(self, text_size: f64) -> Self {
        Canvas { text_size, ..self }
    }

    /// Draws a box, filled with a color that lets the text through.
    pub(crate) fn fill(&mut self, [x, y, w, h]: [f64; 4], color: &str) {
        let _ = write!(
            self.parts,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" fill=\"{color}\" \
             fill-opacity=\"0.3\" stroke=\"{color}\"/>"
        );
    }

    /// Draws a box, and a word in its middle.
    pub(crate) fn rect(&mut self, at: [f64; 4], color: &str, word: &str) {
        self.fill(at, color);
        let [x, y, w, h] = at;
        self.words(x + w / 2.0, y + h / 2.0 + 4.0, "middle", word);
    }

    /// Draws a line of this thickness through some points.
    pub(crate) fn line(&mut self, points: &[[f64; 2]], color: &str, thickness: f64) {
        let points = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}"));
        let _ = write!(
            self.parts,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" \
             stroke-width=\"{thickness}\"/>",
            points.collect::<Vec<_>>().join(" ")
        );
    }

    /// Draws a line with a head, which ends exactly at `to`.
    pub(crate) fn arrow(
        &mut self,
        from: [f64; 2],
        to: [f64; 2],
        color: &str,
        thickness: f64,
    ) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0].hypot(along[1]);
        if length == 0.0 {
            return;
        }
        let [dx, dy] = along.map(|side| side / length);
        let head = (2.0 + 3.0 * thickness).min(length);
        let [x, y] = [to[0] - head * dx, to[1] - head * dy];
        self.line(&[from, [x, y]], color, thickness);
        let half = head / 2.2;
        let _ = write!(
            self.parts,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}z\" fill=\"{color}\"/>",
            to[0],
            to[1],
            x - half * dy,
            y + half * dx,
            x + half * dy,
            y - half * dx
        );
    }

    /// Draws a dot.
    pub(crate) fn dot(&mut self, [x, y]: [f64; 2], radius: f64, color: &str) {
        let _ = write!(
            self.parts,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{color}\"/>"
        );
    }

    /// Writes words at a place: they begin there, end there, or have their middle there.
    pub(crate) fn words(&mut self, x: f64, y: f64, anchor: &str, words: &str) {
        self.inked(x, y, anchor, TEXT, words);
    }

    /// Writes words in a color.
    pub(crate) fn inked(
        &mut self,
        x: f64,
        y: f64,
        anchor: &str,
        color: &str,
        words: &str,
    ) {
        let _ = write!(
            self.parts,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-size=\"{}\" {}>\
             {words}</text>",
            self.text_size,
            ink(color)
        );
    }

    pub(crate) fn svg(self) -> String {
        picture(self.width, self.height, &self.parts)
    }
}

/// Returns a number with this many decimals, and a minus as long as a plus.
pub(crate) fn decimal(number: f64, decimals: usize) -> String {
    format!("{number:.decimals$}").replace('-', "−")
}
