//! e17, eight lanes. Your task is at the top of tests/e17_eight_lanes.rs.

/// How many numbers are worked on side by side.
pub const LANES: usize = 8;

/// How many terms are added in `f32` before their sum goes over to `f64`: 32 a lane.
pub const BLOCK: usize = 256;

/// What `step` makes of a row, lane by lane: each lane begins at `start`, and lane k
/// takes the numbers at k, k + 8, k + 16 and so on, by `step(lane, number)`.
///
/// By addition from 0, the row 1, 2, ..., 10 gives `[1 + 9, 2 + 10, 3, 4, 5, 6, 7, 8]`.
pub fn lanes(row: &[f32], start: f32, step: impl Fn(f32, f32) -> f32) -> [f32; LANES] {
    // gap: let _ = step;
    // gap: todo!("eight lanes from {start:?} over {} numbers", row.len())
    let mut lane = [start; LANES];
    let (vectors, last) = row.as_chunks::<LANES>();
    for vector in vectors {
        // Eight equal steps, none of which waits for another: one vector's work.
        for k in 0..LANES {
            lane[k] = step(lane[k], vector[k]);
        }
    }
    // What is left fills no vector. The lanes that get nothing more stay as they are.
    for (k, &number) in last.iter().enumerate() {
        lane[k] = step(lane[k], number);
    }
    lane
    // end of gap
}

/// The larger of two numbers; NaN if one of them is.
pub fn larger_or_nan(max: f32, z: f32) -> f32 {
    // gap: todo!("the larger of {max:?} and {z:?}, or NaN")
    // Once the max is NaN, no comparison with it is true, so it stays.
    if z > max || z.is_nan() { z } else { max }
    // end of gap
}

/// The largest number of a row; NaN if one of them is, `-inf` if there is none.
pub fn max(z: &[f32]) -> f32 {
    // gap: todo!("the max of {} numbers", z.len())
    lanes(z, f32::NEG_INFINITY, larger_or_nan)
        .into_iter()
        .fold(f32::NEG_INFINITY, larger_or_nan)
    // end of gap
}

/// The sum of all terms: of each block in `f32` lanes, of the lanes and blocks in `f64`.
/// 0 if there are none.
pub fn sum(terms: &[f32]) -> f64 {
    // gap: todo!("the sum of {} terms", terms.len())
    let mut sum = 0.0;
    for block in terms.chunks(BLOCK) {
        // No lane grows so large beside its terms that they would be rounded away.
        for lane in lanes(block, 0.0, |sum, term| sum + term) {
            sum += f64::from(lane);
        }
    }
    sum
    // end of gap
}
