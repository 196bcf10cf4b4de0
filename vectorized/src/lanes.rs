//! Sixteen numbers side by side.
//!
//! A loop that carries one number from step to step, a max or a sum, takes its steps one
//! after the other. Sixteen numbers carried side by side don't wait for each other, and the
//! compiler puts an array of sixteen into vectors: one of AVX-512, two of AVX2, four of Neon.
//! Plain loops over `[f32; LANES]` are one source for all of them.
//!
//! The functions take and return whole arrays. If a loop wrote into a slice instead, the
//! compiler would have to prove that the slice overlaps with nothing that the loop reads.

use std::hint::black_box;

/// The number of lanes, which are worked on side by side.
pub const LANES: usize = 16;

/// Sixteen numbers, one in each lane.
pub(crate) type Vector = [f32; LANES];

/// Returns the larger of two numbers in each lane, and `a` if `b` is NaN.
#[inline(always)]
pub(crate) fn larger(a: Vector, b: Vector) -> Vector {
    let mut larger = a;
    for k in 0..LANES {
        larger[k] = if b[k] > a[k] { b[k] } else { a[k] };
    }
    larger
}

/// Returns the smaller of two numbers in each lane, and `a` if `b` is NaN.
#[inline(always)]
pub(crate) fn smaller(a: Vector, b: Vector) -> Vector {
    let mut smaller = a;
    for k in 0..LANES {
        smaller[k] = if b[k] < a[k] { b[k] } else { a[k] };
    }
    smaller
}

/// Returns the sum of two numbers in each lane.
#[inline(always)]
pub(crate) fn plus(a: Vector, b: Vector) -> Vector {
    let mut sums = a;
    for k in 0..LANES {
        sums[k] += b[k];
    }
    sums
}

/// Adds a vector to sums in `f64`, two of its numbers to each.
#[inline(always)]
pub(crate) fn add(sums: &mut [f64; LANES / 2], vector: Vector) {
    for k in 0..LANES / 2 {
        sums[k] += f64::from(vector[k]) + f64::from(vector[k + LANES / 2]);
    }
}

/// Returns the sum over all lanes, in pairs: that takes three steps, and one lane after the
/// other would take seven.
#[inline(always)]
pub(crate) fn sum(lanes: [f64; LANES / 2]) -> f64 {
    // Without the black box, the compiler would take the lanes apart in the loop before, too.
    let four: [f64; 4] = halved(&black_box(lanes));
    let [a, b] = halved(&four);
    a + b
}

/// Adds the second half of some numbers to the first.
#[inline(always)]
pub(crate) fn halved<const N: usize, const HALF: usize>(
    numbers: &[f64; N],
) -> [f64; HALF] {
    let mut sums = [0.0; HALF];
    for k in 0..HALF {
        sums[k] = numbers[k] + numbers[k + HALF];
    }
    sums
}

/// Returns the place of a number in a row, and compares sixteen numbers at a time.
#[inline(always)]
pub(crate) fn position(row: &[f32], number: f32) -> Option<usize> {
    let mut start = 0;
    for vector in row.as_chunks::<LANES>().0 {
        let mut here = false;
        for x in vector {
            here |= *x == number;
        }
        if here {
            break;
        }
        start += LANES;
    }
    let after = row[start..].iter().position(|x| *x == number);
    after.map(|position| start + position)
}

/// Returns a vector of at most sixteen numbers, filled up with `filler`.
#[inline(always)]
pub(crate) fn filled_up(numbers: &[f32], filler: f32) -> Vector {
    let mut vector = [filler; LANES];
    for (lane, &number) in vector.iter_mut().zip(numbers) {
        *lane = number;
    }
    vector
}

/// Returns the last `count` numbers of a vector, with zeros before them.
///
/// A comparison of indices would do the same, but the compiler turns it into sixteen branches.
#[inline(always)]
pub(crate) fn last(count: usize, numbers: Vector) -> Vector {
    static FACTORS: [Vector; 2] = [[0.0; LANES], [1.0; LANES]];
    let factors: &Vector = FACTORS.as_flattened()[count.min(LANES)..]
        .first_chunk()
        .expect("sixteen factors are left");
    let mut last = numbers;
    for k in 0..LANES {
        last[k] *= factors[k];
    }
    last
}
