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
// gap: pub const BELOW_LIMIT: Option<Outcome> = None;
// The large exponential fits. 1 over it is a subnormal number, which still has a logarithm.
pub const BELOW_LIMIT: Option<Outcome> = Some(Outcome::Right);
// end of gap

/// The naive loss of `[88.72284, 0.0]` at label 1. It should be 88.72284.
// gap: pub const ABOVE_LIMIT: Option<Outcome> = None;
// 1 / inf is 0, and -ln 0 is infinite.
pub const ABOVE_LIMIT: Option<Outcome> = Some(Outcome::Infinite);
// end of gap

/// The naive loss of `[88.72284, 0.0]` at label 0. It should be 2.9e-39.
// gap: pub const ABOVE_LIMIT_AT_LABEL: Option<Outcome> = None;
// inf / inf is NaN.
pub const ABOVE_LIMIT_AT_LABEL: Option<Outcome> = Some(Outcome::NotANumber);
// end of gap

/// The naive loss of `[88.72283, 88.72283]` at label 0. It should be ln 2.
// gap: pub const TWO_BELOW_LIMIT: Option<Outcome> = None;
// Each exponential fits, but their sum doesn't.
pub const TWO_BELOW_LIMIT: Option<Outcome> = Some(Outcome::Infinite);
// end of gap

/// The naive loss of `[20.0, 0.0]` at label 0. It should be 2.1e-9.
// gap: pub const MARGIN_OF_20: Option<Outcome> = None;
// No number is too large, but adding 1 to 4.9e8 changes nothing.
pub const MARGIN_OF_20: Option<Outcome> = Some(Outcome::Zero);
// end of gap

/// The naive loss of `[-104.0, -104.0]` at label 0. It should be ln 2.
// gap: pub const FAR_BELOW_0: Option<Outcome> = None;
// Both exponentials are 0, and 0 / 0 is NaN.
pub const FAR_BELOW_0: Option<Outcome> = Some(Outcome::NotANumber);
// end of gap
