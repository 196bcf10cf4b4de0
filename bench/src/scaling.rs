//! The growth of the time, in the form of `bench/data/scaling.json`.

use serde::{Deserialize, Serialize};

/// The results of the program `scaling`.
#[derive(Debug, Deserialize, Serialize)]
pub struct Scaling {
    /// The command that measured the times.
    pub command: String,
    /// The day on which the command ran.
    pub date: String,
    /// The processor.
    pub machine: String,
    /// Times over the number of rows.
    pub rows: Curve,
    /// Times over the number of classes.
    pub classes: Curve,
    /// Times over the number of threads.
    pub threads: Vec<Point>,
}

/// Times over one length, while the other stays the same.
#[derive(Debug, Deserialize, Serialize)]
pub struct Curve {
    /// The length that stays the same.
    pub held: usize,
    /// The times.
    pub points: Vec<Point>,
    /// The slope of a line through the logarithms of the last decade and a half.
    pub slope: f64,
}

/// One time.
#[derive(Debug, Deserialize, Serialize)]
pub struct Point {
    /// The length, or the number of threads.
    pub at: usize,
    /// The time of a call.
    pub milliseconds: f64,
}
