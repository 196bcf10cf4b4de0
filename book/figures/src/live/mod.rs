//! The live figures as they are printed: what a page shows before, or without, its script.
//!
//! [`canvas`] draws what moves and says how it moves, by the numbers of [`values`], so that a
//! script can move it without knowing any figure. What each shows is in a file of its own.

mod binary;
pub mod canvas;
mod logits;
mod online;
mod overflow;
mod quiz;
mod smoothing;
mod twice;
pub mod values;

/// All of them, each a piece of HTML, by the names of their files.
pub fn all() -> Vec<(String, String)> {
    let drawn = [
        quiz::draw(),
        binary::draw(),
        logits::draw(),
        overflow::draw(),
        online::draw(),
        smoothing::draw(),
        twice::draw(),
    ];
    drawn
        .into_iter()
        .map(|canvas| (format!("{}.html", canvas.name()), canvas.html()))
        .collect()
}
