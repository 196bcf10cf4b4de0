//! A forecast gives an event the probability p. The event happens. What should the forecast
//! pay? Nothing if it was certain, more the less likely it said the event was, and for two
//! independent events the sum of both prices. Only one kind of function does that: -ln p.
//!
//! Write `surprise`, the price in nats, and `surprise_in_bits`, where a fair coin costs 1.

#[path = "../src/e01_surprise.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e01_surprise;

use std::f64::consts::LN_2;

use e01_surprise::{surprise, surprise_in_bits};
use exercises::{Lesson, alike, lesson};

/// Recognizes the mistakes of a price in nats, at a probability above 0.
fn of_nats(lesson: Lesson, p: f64, got: f64) -> Lesson {
    lesson
        .when(
            alike(&[got], &[-p.log2()]),
            "this price counts bits: its logarithm has the base 2",
        )
        .when(alike(&[got], &[-p.log10()]), "this logarithm has the base 10")
        .when(
            alike(&[got], &[p.ln()]),
            "the sign isn't turned: ln p is negative below p = 1",
        )
        .when(
            alike(&[got], &[1.0 - p]),
            "1 - p can't exceed 1, but surprise has no limit: it's a logarithm",
        )
        .when(alike(&[got], &[1.0 / p]), "1 / p multiplies where prices have to add up")
        .when(
            (got + p.ln()).abs() < 1e-3,
            "almost right: a small number is added inside the logarithm, which caps the \
             price",
        )
}

/// Recognizes the mistakes of a price in bits.
fn of_bits(lesson: Lesson, p: f64, got: f64) -> Lesson {
    lesson
        .when(
            alike(&[got], &[-p.ln()]),
            "this price counts nats: its logarithm has the base e",
        )
        .when(
            alike(&[got], &[-p.ln() * LN_2]),
            "it's multiplied by ln 2: a nat is more than a bit, so the price in bits is \
             larger",
        )
        .when(
            alike(&[got], &[p.log2()]),
            "the sign isn't turned: log2 p is negative below p = 1",
        )
}

#[test]
fn what_is_certain_costs_nothing() {
    let lesson = lesson("surprise", "a price that doesn't start at ln 1 = 0");
    of_nats(lesson, 1.0, surprise(1.0)).near("surprise(1)", surprise(1.0), 0.0, 0.0);
    lesson.near("surprise_in_bits(1)", surprise_in_bits(1.0), 0.0, 0.0);
}

#[test]
fn a_coin_costs_ln_2_nats() {
    let lesson = lesson("surprise", "a price that isn't minus the natural logarithm");
    let check = |input: &str, p: f64, expected, within| {
        let got = surprise(p);
        of_nats(lesson, p, got).near(input, got, expected, within);
    };
    check("surprise(1/2)", 0.5, LN_2, 1e-15);
    check("surprise(0.01)", 0.01, 4.605_170_185_99, 1e-11);
}

#[test]
fn a_coin_costs_one_bit() {
    let lesson = lesson("surprise", "a price whose base isn't 2");
    let check = |input: &str, p: f64, expected| {
        let got = surprise_in_bits(p);
        of_bits(lesson, p, got).near(input, got, expected, 1e-15);
    };
    check("surprise_in_bits(1/2)", 0.5, 1.0);
    check("surprise_in_bits(1/8)", 0.125, 3.0);
}

#[test]
fn independent_surprises_add_up() {
    let lesson = lesson("surprise", "a price that isn't a logarithm");
    for (p, q) in [(0.5, 0.1), (0.9, 0.9), (1e-3, 0.7)] {
        let sum = surprise(p) + surprise(q);
        lesson.near(format!("surprise({p} * {q})"), surprise(p * q), sum, 1e-12);
    }
}

#[test]
fn the_impossible_costs_everything() {
    let lesson = lesson("surprise", "a price that doesn't grow without end").when(
        surprise(0.0).is_finite() && surprise(0.0) > 2.0,
        "a small number inside the logarithm caps the price: it's added to p, or p isn't let \
         below it",
    );
    lesson.near("surprise(0)", surprise(0.0), f64::INFINITY, 0.0);
    lesson.near("surprise(1e-300)", surprise(1e-300), 690.775_527_898, 1e-8);
}
