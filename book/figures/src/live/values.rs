//! The values and the places of marks, as numbers and as text.

use std::fmt::{Display, Formatter, Result};

/// The value that a mark shows.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// The value of a slider or a switch.
    Input(usize),
    /// A computed value.
    Output(usize),
}

pub use Value::{Input, Output};

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Input(place) => write!(f, "i{place}"),
            Output(place) => write!(f, "{place}"),
        }
    }
}

/// A scale: the place of the value 0, and the distance from there to 1.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The place of 0.
    pub zero: f64,
    /// The distance from 0 to 1.
    pub unit: f64,
}

impl Scale {
    /// Returns the scale of a place that doesn't move.
    pub fn fixed(at: f64) -> Self {
        Scale { zero: at, unit: 0.0 }
    }

    /// Returns the scale on which two values stand at two places.
    pub fn new(values: [f64; 2], places: [f64; 2]) -> Self {
        let unit = (places[1] - places[0]) / (values[1] - values[0]);
        Scale { zero: places[0] - unit * values[0], unit }
    }

    /// Returns the place of a value.
    pub fn at(self, value: f64) -> f64 {
        self.zero + self.unit * value
    }
}

impl Display for Scale {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", rounded(self.zero, 4), rounded(self.unit, 4))
    }
}

/// Returns a curve that stays.
pub fn drawn_path(class: &str, points: &[[f64; 2]]) -> String {
    format!("<path class=\"{class}\" d=\"{}\"/>", path(points))
}

/// Returns the path through some points.
pub(super) fn path(points: &[[f64; 2]]) -> String {
    let places: Vec<String> =
        points.iter().map(|[x, y]| format!("{} {}", short(*x), short(*y))).collect();
    format!("M{}", places.join("L"))
}

/// Returns a place, to a hundredth.
pub(super) fn short(x: f64) -> String {
    rounded(x, 2)
}

/// Returns a number with this many digits after the point, without zeros at its end.
pub(super) fn rounded(x: f64, digits: i32) -> String {
    let power = 10f64.powi(digits);
    format!("{}", (power * x).round() / power + 0.0)
}

/// Returns a number with this many digits after the point.
pub fn in_digits(x: f64, digits: usize) -> String {
    // A number that's rounded to 0 has no sign.
    let shown = if x.abs() < half(digits) { 0.0 } else { x };
    if x.is_finite() { format!("{shown:.digits$}") } else { x.to_string() }
}

/// Returns a number as [`in_digits`] does, or with an exponent if it's too small or too large.
pub fn in_any_size(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() || (half(digits)..1e7).contains(&x.abs()) {
        in_digits(x, digits)
    } else {
        format!("{x:.2e}")
    }
}

/// Returns half of the last digit.
fn half(digits: usize) -> f64 {
    0.5 * 10f64.powi(-(digits as i32))
}
