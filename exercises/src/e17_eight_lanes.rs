//! e17, eight lanes. Your task is at the top of tests/e17_eight_lanes.rs.

/// The number of lanes, which are numbers that stand side by side.
pub const LANES: usize = 8;

/// The number of terms that are added in `f32` before their sum goes to an `f64`: 32 per lane.
pub const BLOCK: usize = 256;

/// Goes through a row in eight lanes and returns the lanes. Each lane begins at `start`. Lane k
/// meets the numbers at k, k + 8, k + 16 and so on, and becomes `step(lane, number)` each time.
///
/// For example, if `step` adds and `start` is 0, the row 1, 2, ..., 10 gives
/// `[1 + 9, 2 + 10, 3, 4, 5, 6, 7, 8]`.
pub fn lanes(row: &[f32], start: f32, step: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    let _ = step;
    todo!("eight lanes from {start:?} over {} numbers", row.len())
}

/// Returns the larger of two numbers, or NaN if one of them is NaN.
pub fn larger_or_nan(max: f32, z: f32) -> f32 {
    todo!("the larger of {max:?} and {z:?}, or NaN")
}

/// Returns the largest number of a row, NaN if a number is NaN, and `-inf` for an empty row.
pub fn max(z: &[f32]) -> f32 {
    todo!("the max of {} numbers", z.len())
}

/// Returns the sum of all terms, or 0 if there are none. Each block is summed in `f32` lanes,
/// and lanes and blocks are added in `f64`.
pub fn sum(terms: &[f32]) -> f64 {
    todo!("the sum of {} terms", terms.len())
}
