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

/// A number with so many digits after the point, or with an exponent, if it is smaller or has
/// more than seven before it.
pub fn in_digits(x: f64, digits: usize) -> String {
    let small = 0.5 * 10f64.powi(-(digits as i32));
    match x.abs() {
        size if x == 0.0 || size >= small && size < 1e7 => {
            format!("{:.digits$}", x + 0.0)
        }
        size if size.is_finite() => format!("{x:.2e}"),
        _ => x.to_string(),
    }
}
