//! The rest of a row is relative to its max, and you don't know the max until you've read
//! the last logit. So a row is read twice. There's another way: keep the rest relative to
//! the largest logit so far, and if a larger one comes, make the rest relative to that
//! (Milakov and Gimelshein 2018). In the same way you can join the summaries of two parts
//! of a row, and so share a row out among lanes, threads or machines.
//!
//! A `Summary` has the `max` of a part and its `rest`: the sum of exp(z_k - max) over the
//! part, with one logit at the max left out. Write
//!
//! ```text
//! summary.push(z_k)       the summary of the part and one more logit
//! summary.merged(other)   the summary of two parts together
//! ```
//!
//! Take differences in `f64`. A part that's masked throughout, with only `-inf`, counts
//! as `Summary::NOTHING`, before, between or after other parts. NaN must never get
//! lost: if a row has a NaN, its `log_norm` must be NaN. You're given `of_row` and
//! `log_norm`.

#[path = "../src/e19_online_softmax.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e19_online_softmax;

use std::f64::consts::E;

use conformance::random::Random;
use e19_online_softmax::Summary;
use exercises::{Lesson, lesson};

const MASKED: f32 = f32::NEG_INFINITY;

/// Each step, an exponential, a product and a sum, adds some 4 times 2^-53, relative to
/// the rest, and no row here takes more than 2,000 steps.
const EXACT: f64 = 1e-12;

/// For checks of what is computed, not of how exactly.
const ROUGH: f64 = 1e-5;

/// The max and the rest in two passes.
fn max_and_rest(z: &[f32]) -> (f32, f64) {
    let (mut top, mut max) = (0, MASKED);
    for (k, &z_k) in z.iter().enumerate() {
        if z_k > max {
            (top, max) = (k, z_k);
        }
    }
    let mut rest = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        if k != top {
            rest += (f64::from(z_k) - f64::from(max)).exp();
        }
    }
    (max, rest)
}

/// Compares a summary with a max and a rest, the rest within so much of itself.
fn near(lesson: Lesson, input: &str, got: Summary, (max, rest): (f32, f64), within: f64) {
    lesson.equal(format!("the max of {input}"), got.max, max);
    lesson.near(format!("the rest of {input}"), got.rest, rest, within * rest);
}

fn check(lesson: Lesson, input: &str, got: Summary, expected: (f32, f64)) {
    near(lesson, input, got, expected, ROUGH);
}

#[test]
fn one_logit_has_no_rest() {
    let lesson = lesson("memory", "not the summary of a part that is one logit");
    check(lesson, "one logit, 3", Summary::NOTHING.push(3.0), (3.0, 0.0));
    check(lesson, "one logit, -1000", Summary::NOTHING.push(-1000.0), (-1000.0, 0.0));
}

#[test]
fn a_logit_below_the_max_adds_its_exponential() {
    let lesson = lesson("memory", "exp(z_k - max) isn't added");
    check(lesson, "[1, 0]", Summary::of_row(&[1.0, 0.0]), (1.0, 1.0 / E));
    let got = Summary::of_row(&[1.0, 0.0, -1.0]);
    check(lesson, "[1, 0, -1]", got, (1.0, (1.0 + 1.0 / E) / E));
    check(lesson, "[5, 5, 5]", Summary::of_row(&[5.0; 3]), (5.0, 2.0));
}

#[test]
fn a_new_max_rescales_the_rest() {
    let lesson = lesson("memory", "the rest isn't made relative to the new max");
    check(lesson, "[0, 1]", Summary::of_row(&[0.0, 1.0]), (1.0, 1.0 / E));
    check(lesson, "[0, 0, 1]", Summary::of_row(&[0.0, 0.0, 1.0]), (1.0, 2.0 / E));
    let rest = (1.0 + 1.0 / E) / E;
    check(lesson, "[-1, 0, 1]", Summary::of_row(&[-1.0, 0.0, 1.0]), (1.0, rest));
}

#[test]
fn a_row_gives_its_max_and_its_rest() {
    let lesson = lesson("memory", "a rest isn't exact to the last digits of an f64");
    for deviation in [3.0, 30.0, 1e5, 1e-3, 0.0] {
        let z = Random::new(19).normals(1000, deviation);
        let expected = max_and_rest(&z);
        let name = format!("1000 normal logits of deviation {deviation}, seed 19");
        let got = Summary::of_row(&z);
        let lesson = lesson.when(
            (got.rest / expected.1 - 1.0).abs() < 1e-4,
            "right to some six digits: a difference or an exponential is in f32",
        );
        near(lesson, &name, got, expected, EXACT);
        let mut rising = z;
        rising.sort_by(f32::total_cmp);
        let name = format!("{name}, rising");
        near(lesson, &name, Summary::of_row(&rising), expected, EXACT);
    }
    let far = [-3e38, 3e38, 0.0];
    near(lesson, "[-3e38, 3e38, 0]", Summary::of_row(&far), (3e38, 0.0), EXACT);
}

#[test]
fn a_confident_row_keeps_its_tail() {
    let lesson = lesson(
        "memory",
        "the max's own 1 is added to a sum and taken away again: what was below 2^-53 of it is \
         lost in between",
    );
    for margin in [17.0_f32, 40.0, 80.0, 700.0] {
        let tail = (margin, (-f64::from(margin)).exp());
        check(lesson, &format!("[{margin}, 0]"), Summary::of_row(&[margin, 0.0]), tail);
        check(lesson, &format!("[0, {margin}]"), Summary::of_row(&[0.0, margin]), tail);
        let (one, other) = (Summary::of_row(&[0.0]), Summary::of_row(&[margin]));
        check(lesson, &format!("[0] merged with [{margin}]"), one.merged(other), tail);
    }
}

#[test]
fn parts_merge_in_any_order() {
    let lesson = lesson("memory", "only one order of the two parts works");
    let z = Random::new(20).normals(120, 3.0);
    let expected = max_and_rest(&z);
    for at in 0..=z.len() {
        let (left, right) = (Summary::of_row(&z[..at]), Summary::of_row(&z[at..]));
        let one_way = format!("120 logits, the first {at} merged with the others");
        check(lesson, &one_way, left.merged(right), expected);
        let other_way = format!("120 logits, the others merged with the first {at}");
        check(lesson, &other_way, right.merged(left), expected);
    }
    for size in [1, 2, 7, 40] {
        let parts: Vec<Summary> = z.chunks(size).map(Summary::of_row).collect();
        let forward = parts.iter().fold(Summary::NOTHING, |all, &part| all.merged(part));
        let backward =
            parts.iter().rev().fold(Summary::NOTHING, |all, &part| part.merged(all));
        // As threads do it: neighbors first, then their results.
        let mut pairs = parts;
        while pairs.len() > 1 {
            let merged = |pair: &[Summary]| {
                pair.iter().fold(Summary::NOTHING, |a, &b| a.merged(b))
            };
            pairs = pairs.chunks(2).map(merged).collect();
        }
        check(lesson, &format!("parts of {size}, from the first"), forward, expected);
        check(lesson, &format!("parts of {size}, from the last"), backward, expected);
        check(lesson, &format!("parts of {size}, in pairs"), pairs[0], expected);
    }
}

#[test]
fn masked_parts_count_for_nothing() {
    let lesson = lesson(
        "memory",
        "-inf less -inf is NaN: while the max is -inf there is nothing to be relative to",
    );
    let masked = Summary::of_row(&[MASKED; 3]);
    check(lesson, "[-inf, -inf, -inf]", masked, (MASKED, 0.0));
    check(lesson, "two masked parts", masked.merged(masked), (MASKED, 0.0));
    check(lesson, "[-inf, 2]", Summary::of_row(&[MASKED, 2.0]), (2.0, 0.0));
    check(lesson, "[2, -inf]", Summary::of_row(&[2.0, MASKED]), (2.0, 0.0));
    let row = Random::new(21).normals(50, 3.0);
    let (part, expected) = (Summary::of_row(&row), max_and_rest(&row));
    check(lesson, "a masked part, then a part", masked.merged(part), expected);
    check(lesson, "a part, then a masked part", part.merged(masked), expected);
    let hole = [&[MASKED; 9][..], &row[..20], &[MASKED; 9], &row[20..]].concat();
    check(lesson, "a row with masked blocks", Summary::of_row(&hole), expected);
}

#[test]
fn nan_is_never_lost() {
    let lesson = lesson(
        "memory",
        "NaN is dropped: it compares as no larger and no smaller, so `f32::max` loses it, and \
         so does a part that seems masked because its max is still -inf",
    );
    let logits = 8;
    for at in 0..logits {
        for masked in 0..=at {
            let mut z: Vec<f32> = (0..logits).map(|k| k as f32).collect();
            z[..masked].fill(MASKED);
            z[at] = f32::NAN;
            let log_norm = Summary::of_row(&z).log_norm();
            lesson.near(format!("the log_norm of {z:?}"), log_norm, f64::NAN, 0.0);
            let (left, right) = z.split_at(logits / 2);
            let (left, right) = (Summary::of_row(left), Summary::of_row(right));
            for (name, merged) in
                [("left", left.merged(right)), ("right", right.merged(left))]
            {
                let input =
                    format!("the log_norm of {z:?} in halves, the {name} one first");
                lesson.near(input, merged.log_norm(), f64::NAN, 0.0);
            }
        }
    }
    // A mask after it, and numbers after that.
    let z = [f32::NAN, MASKED, 1.0, 0.5];
    let log_norm = Summary::of_row(&z).log_norm();
    lesson.near(format!("the log_norm of {z:?}"), log_norm, f64::NAN, 0.0);
    let infinite = [1.0, f32::INFINITY, 2.0];
    let log_norm = Summary::of_row(&infinite).log_norm();
    lesson.near(format!("the log_norm of {infinite:?}"), log_norm, f64::NAN, 0.0);
}
