//! What a mark shows and where, as numbers and as text.

use std::fmt::{Display, Formatter, Result};

/// What a mark shows.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// What a slider or a switch says.
    Input(usize),
    /// What was computed.
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

/// Where a value of 0 stands, and how far it is to 1.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Where 0 stands.
    pub zero: f64,
    /// How far it is to 1.
    pub unit: f64,
}

impl Scale {
    /// A place that does not move.
    pub fn fixed(at: f64) -> Self {
        Scale { zero: at, unit: 0.0 }
    }

    /// From one value to another, which stand at two places.
    pub fn new(values: [f64; 2], places: [f64; 2]) -> Self {
        let unit = (places[1] - places[0]) / (values[1] - values[0]);
        Scale { zero: places[0] - unit * values[0], unit }
    }

    /// Where a value stands.
    pub fn at(self, value: f64) -> f64 {
        self.zero + self.unit * value
    }
}

impl Display for Scale {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}", rounded(self.zero, 4), rounded(self.unit, 4))
    }
}

/// A curve that stays.
pub fn drawn_path(class: &str, points: &[[f64; 2]]) -> String {
    format!("<path class=\"{class}\" d=\"{}\"/>", path(points))
}

/// The path through some points.
pub(super) fn path(points: &[[f64; 2]]) -> String {
    let places: Vec<String> =
        points.iter().map(|[x, y]| format!("{} {}", short(*x), short(*y))).collect();
    format!("M{}", places.join("L"))
}

/// A place, to a hundredth.
pub(super) fn short(x: f64) -> String {
    rounded(x, 2)
}

/// A number, to so many digits after the point, without zeros at its end.
pub(super) fn rounded(x: f64, digits: i32) -> String {
    let power = 10f64.powi(digits);
    format!("{}", (power * x).round() / power + 0.0)
}

/// A number with so many digits after the point.
pub fn in_digits(x: f64, digits: usize) -> String {
    // What is rounded to 0 has no sign.
    let shown = if x.abs() < half(digits) { 0.0 } else { x };
    if x.is_finite() { format!("{shown:.digits$}") } else { x.to_string() }
}

/// The same, but with an exponent where that would show nothing, or too many digits.
pub fn in_any_size(x: f64, digits: usize) -> String {
    if x == 0.0 || !x.is_finite() || (half(digits)..1e7).contains(&x.abs()) {
        in_digits(x, digits)
    } else {
        format!("{x:.2e}")
    }
}

/// Half of the last digit.
fn half(digits: usize) -> f64 {
    0.5 * 10f64.powi(-(digits as i32))
}
