//! A running max or a running sum is a chain: each step waits for the step before it.
//! Eight chains side by side don't wait for each other, and the compiler puts an array
//! of eight numbers into vectors. Two things are new. The length of a row may not be a
//! multiple of eight, so some numbers are left over. And at the end, eight numbers have
//! to become one.
//!
//! Write four functions. The last two use the first two:
//!
//! ```text
//! lanes(row, start, step)   eight numbers, each of them `start` at first; the i-th number
//!                           of the row changes lane i % 8 into step(lane, number)
//! larger_or_nan(max, z)     the larger number, or NaN if one of the two is NaN
//! max(z)                    NaN if a number is NaN, and -inf for an empty row
//! sum(terms)                in f64, and 0 if there are no terms
//! ```
//!
//! A sum in `f32` loses more the longer it runs, even in eight lanes. So `sum` adds at
//! most `BLOCK` terms in `f32` lanes, adds these lanes to an `f64`, and starts the next
//! block at 0. You're given `LANES` and `BLOCK`. `as_chunks` cuts a slice into arrays and
//! a remainder.

#[path = "../src/e17_eight_lanes.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e17_eight_lanes;

use std::ops::RangeInclusive;

use conformance::random::Random;
use e17_eight_lanes::{lanes, larger_or_nan, max, sum};
use exercises::lesson;

/// Every remainder, after no vector, after one and after eight.
const COUNTS: RangeInclusive<usize> = 1..=67;

/// A lane of a block takes 32 steps, and each is rounded by 2^-24 of its result at most;
/// the rest is `f64`. Relative to the sum of the terms' sizes.
const BLOCK_ERROR: f64 = 32.0 / (1 << 24) as f64;

#[test]
fn each_number_goes_to_its_lane() {
    // Digit by digit, a lane spells what it took and in which order.
    let spell = |lane: f32, digit: f32| 10.0 * lane + digit;

    let row: Vec<f32> = (1..=9).chain(1..=7).map(|digit| digit as f32).collect();
    let spelled = [19.0, 21.0, 32.0, 43.0, 54.0, 65.0, 76.0, 87.0];
    let input = "lanes spelling the digits 1, 2, ..., 9, 1, ..., 7";
    let got = lanes(&row, 0.0, spell);
    lesson("vectorize", "not the numbers at k, k + 8, k + 16, in order")
        .all_near(input, &got, &spelled, 0.0);

    let row: Vec<f32> =
        (1..=9).chain(1..=9).chain(1..=1).map(|digit| digit as f32).collect();
    let spelled = [198.0, 219.0, 321.0, 43.0, 54.0, 65.0, 76.0, 87.0];
    let input = "lanes spelling the digits 1, 2, ..., 9, 1, ..., 9, 1";
    let got = lanes(&row, 0.0, spell);
    lesson("vectorize", "the numbers after the last eight don't go to their lanes")
        .all_near(input, &got, &spelled, 0.0);

    let spelled = [74.0, 75.0, 76.0, 7.0, 7.0, 7.0, 7.0, 7.0];
    let input = "lanes spelling the digits 4, 5, 6 after a 7";
    let got = lanes(&[4.0, 5.0, 6.0], 7.0, spell);
    lesson("vectorize", "a lane that gets no number doesn't stay as it was at the start")
        .all_near(input, &got, &spelled, 0.0);
}

#[test]
fn of_two_numbers_nan_is_the_larger() {
    let number = lesson("vectorize", "not the larger number");
    for [max, z] in [[1.0, 2.0], [2.0, 1.0], [-1.0, -2.0], [f32::NEG_INFINITY, -3e38]] {
        let larger = if max < z { z } else { max };
        let input = format!("larger_or_nan({max:?}, {z:?})");
        number.near(input, larger_or_nan(max, z), f64::from(larger), 0.0);
    }
    let nan = lesson("vectorize", "NaN isn't kept");
    for number in [1.0, f32::INFINITY, f32::NEG_INFINITY] {
        let input =
            format!("larger_or_nan of NaN and {number:?}, and of {number:?} and NaN");
        let got = [larger_or_nan(f32::NAN, number), larger_or_nan(number, f32::NAN)];
        nan.all_near(input, &got, &[f64::NAN; 2], 0.0);
    }
}

#[test]
fn the_max_is_found_wherever_it_stands() {
    let lesson = lesson(
        "vectorize",
        "a lane, or what is left after the last eight, isn't looked at",
    );
    for count in COUNTS {
        for at in 0..count {
            let mut z: Vec<f32> = (0..count).map(|k| -100.0 - k as f32).collect();
            z[at] = -1.0;
            let input = format!("the max of {count} below 0, with -1 at {at}");
            lesson.near(input, max(&z), -1.0, 0.0);
        }
    }
}

#[test]
fn nan_wins_wherever_it_stands() {
    let lesson = lesson(
        "vectorize",
        "the lanes keep NaN, and it's lost on the way from eight numbers to one",
    );
    for count in COUNTS {
        for at in 0..count {
            let mut z: Vec<f32> = (0..count).map(|k| k as f32).collect();
            z[at] = f32::NAN;
            let input = format!("the max of {count}, with NaN at {at}");
            lesson.near(input, max(&z), f64::NAN, 0.0);
        }
    }
}

#[test]
fn no_number_is_no_exception() {
    let lesson = lesson("vectorize", "no number at all doesn't give the start");
    lesson.near("the sum of no terms", sum(&[]), 0.0, 0.0);
    let masked = [f32::NEG_INFINITY; 11];
    for (input, z) in [("no numbers", &[][..]), ("eleven times -inf", &masked)] {
        lesson.near(format!("the max of {input}"), max(z), f64::NEG_INFINITY, 0.0);
    }
}

#[test]
fn every_count_adds_up() {
    let lesson = lesson("vectorize", "terms are left out, or counted twice");
    // Around one block, and around two.
    for count in COUNTS.chain([255, 256, 257, 263, 264, 511, 512, 513, 519]) {
        let terms: Vec<f32> = (1..=count).map(|term| term as f32).collect();
        // Whole numbers below 2^24, so that no sum is rounded.
        let triangle = (count * (count + 1) / 2) as f64;
        lesson.near(format!("the sum of 1 to {count}"), sum(&terms), triangle, 0.0);
    }
}

#[test]
fn lanes_and_blocks_meet_in_f64() {
    let large: f32 = 16_777_216.0;
    let exact = 16_777_217.0;
    let lanes = lesson("vectorize", "a sum of two lanes isn't exact");
    lanes.near("the sum of 2^24 and 1", sum(&[large, 1.0]), exact, 0.0);
    let mut terms = vec![0.0; 257];
    (terms[0], terms[256]) = (large, 1.0);
    let blocks = lesson("vectorize", "a sum of two blocks isn't exact");
    blocks.near("the sum of 2^24, 255 zeros and 1", sum(&terms), exact, 0.0);
}

#[test]
fn a_million_terms_add_up() {
    let lesson = lesson(
        "vectorize",
        "an f32 runs too long: terms are rounded against a large sum, also in lanes",
    );
    let million = 1_000_000;
    let normals = Random::new(17).normals(million, 1.0);
    let units = Random::new(18).units(million);
    for (name, terms) in [
        ("a million times 0.1", vec![0.1; million]),
        ("a million numbers from 0 to 1, seed 18", units),
        ("a million normal numbers, seed 17", normals),
    ] {
        // In f64 a million terms lose less than 1e-9 of their sizes.
        let exact: f64 = terms.iter().map(|&term| f64::from(term)).sum();
        let sizes: f64 = terms.iter().map(|&term| f64::from(term.abs())).sum();
        let within = BLOCK_ERROR * sizes;
        lesson.near(format!("the sum of {name}"), sum(&terms), exact, within);
    }
}
