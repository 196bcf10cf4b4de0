//! Sixteen numbers side by side: a row in blocks, its max, and sums.
//!
//! A loop that carries one number from step to step, a max or a sum, takes its steps one
//! after the other. Sixteen numbers carried side by side do not wait for each other, and
//! an array of sixteen is what the compiler puts into vectors: one of AVX-512, two of
//! AVX2, four of SSE. Written as plain loops over `[f32; LANES]`, it is one source for all
//! of them.
//!
//! A row is cut into such arrays, and they are worked on in blocks of four. The last numbers
//! of a row, where they fill no array, are filled up with numbers that do not count.
//!
//! Floats are not associative, so the compiler may not reorder a sum by itself. Here the
//! order is written down, and it's a better one: four numbers are added in `f32`, two and
//! two, so that each is rounded twice at most, and then the sum goes on in `f64`. (A running
//! `f32` sum of 0.1, a million times, is off by 1 %, since each small term is rounded against
//! a large sum.)

/// How many numbers are worked on side by side.
pub const LANES: usize = 16;

/// How many arrays are worked on before their sum goes over to `f64`.
pub(crate) const BLOCK: usize = 4;

/// Returns the numbers at the end of a row that are left over by whole vectors, in a vector
/// whose other lanes hold a number that does not count.
///
/// Where the row is long enough, it's the row's last sixteen numbers, those of the vector
/// before overwritten: copying a few numbers one by one would take longer than their
/// exponentials.
#[inline(always)]
pub(crate) fn remainder(row: &[f32], filler: f32) -> [f32; LANES] {
    let count = row.len() % LANES;
    let Some(&(mut vector)) = row.last_chunk::<LANES>() else {
        return filled_up(row, filler);
    };
    for (k, number) in vector.iter_mut().enumerate() {
        *number = if k < LANES - count { filler } else { *number };
    }
    vector
}

/// Puts a vector like that of [`remainder`] at the end of a row.
#[inline(always)]
pub(crate) fn put_remainder(row: &mut [f32], vector: [f32; LANES]) {
    let count = row.len() % LANES;
    if let Some(last) = row.last_chunk_mut::<LANES>() {
        for k in 0..LANES {
            last[k] = if k < LANES - count { last[k] } else { vector[k] };
        }
    } else {
        row.copy_from_slice(&vector[..count]);
    }
}

/// The end of a row, filled up to a vector with a number that does not count.
#[inline(always)]
pub(crate) fn filled_up(last: &[f32], filler: f32) -> [f32; LANES] {
    let mut vector = [filler; LANES];
    for (lane, &number) in vector.iter_mut().zip(last) {
        *lane = number;
    }
    vector
}

/// The largest number of a row; NaN if one of them is.
// ANCHOR: max
#[inline(always)]
pub(crate) fn max(z: &[f32]) -> f32 {
    let (vectors, last) = z.as_chunks::<LANES>();
    let mut max = filled_up(last, f32::NEG_INFINITY);
    for z in vectors {
        for k in 0..LANES {
            max[k] = larger_or_nan(max[k], z[k]);
        }
    }
    max.into_iter().fold(f32::NEG_INFINITY, larger_or_nan)
}

#[inline(always)]
fn larger_or_nan(max: f32, z: f32) -> f32 {
    // `f32::max` would drop a NaN. Once the max is one, no comparison with it is true.
    if z > max || z.is_nan() { z } else { max }
}
// ANCHOR_END: max

/// Where a number stands in a row, looked for sixteen at a time.
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

/// The larger of two numbers; NaN is passed over.
#[inline(always)]
pub(crate) fn larger(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// The smaller of two numbers; NaN is passed over.
#[inline(always)]
pub(crate) fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

/// The smaller and the larger of two numbers; NaN counts as the smaller one.
#[inline(always)]
pub(crate) fn in_order(a: f32, b: f32) -> (f32, f32) {
    if b > a { (a, b) } else { (b, a) }
}

/// Adds sums of a block to sums in `f64`.
#[inline(always)]
pub(crate) fn add<const N: usize>(sums: &mut [f64; N], of_block: [f32; N]) {
    for k in 0..N {
        sums[k] += f64::from(of_block[k]);
    }
}

/// The sum over all lanes. Not inlined: once a row it costs nothing, and its code is long.
#[inline(never)]
pub(crate) fn sum(mut lanes: [f64; LANES]) -> f64 {
    // In pairs: four steps, where one lane after the other would be sixteen.
    for half in [8, 4, 2, 1] {
        for k in 0..half {
            lanes[k] += lanes[k + half];
        }
    }
    lanes[0]
}
