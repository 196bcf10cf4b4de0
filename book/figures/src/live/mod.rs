//! The live figures as they're printed, which a page shows before, or without, its script.
//!
//! [`canvas`] draws the marks and says how they move, by the numbers of [`values`], so that
//! a script can move them without knowing any figure. Each figure is in a file of its own.

mod binary;
pub mod canvas;
mod logits;
mod online;
mod overflow;
mod quiz;
mod smoothing;
mod twice;
pub mod values;

/// Returns all live figures, each a piece of HTML, by the names of their files.
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
