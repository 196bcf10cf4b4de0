//! e08, break it. Your task is at the top of tests/e08_break_it.rs.

/// The four ways in which a computed loss can turn out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The loss is within a millionth of the exact loss.
    Right,
    /// The loss is infinite, although the exact loss is a number.
    Infinite,
    /// The loss is NaN.
    NotANumber,
    /// The loss is 0, although the exact loss is larger.
    Zero,
}

/// The naive loss of `[88.72283, 0.0]` at label 1. It should be 88.72283.
pub const BELOW_LIMIT: Option<Outcome> = None;

/// The naive loss of `[88.72284, 0.0]` at label 1. It should be 88.72284.
pub const ABOVE_LIMIT: Option<Outcome> = None;

/// The naive loss of `[88.72284, 0.0]` at label 0. It should be 2.9e-39.
pub const ABOVE_LIMIT_AT_LABEL: Option<Outcome> = None;

/// The naive loss of `[88.72283, 88.72283]` at label 0. It should be ln 2.
pub const TWO_BELOW_LIMIT: Option<Outcome> = None;

/// The naive loss of `[20.0, 0.0]` at label 0. It should be 2.1e-9.
pub const MARGIN_OF_20: Option<Outcome> = None;

/// The naive loss of `[-104.0, -104.0]` at label 0. It should be ln 2.
pub const FAR_BELOW_0: Option<Outcome> = None;
