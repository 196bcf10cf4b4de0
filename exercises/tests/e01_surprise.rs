//! A forecast says that an event has the probability p, and the event happens. How much should
//! the forecast pay? We ask for two things: a less likely event costs more, and two
//! independent events together cost the sum of their prices. You've seen which kind of
//! function does both.
//!
//! Write `surprise`, the price in nats, and `surprise_in_bits`, in which a fair coin costs 1.

#[path = "../src/e01_surprise.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e01_surprise;

use std::f64::consts::LN_2;

use e01_surprise::{surprise, surprise_in_bits};
use exercises::lesson;

#[test]
fn what_is_certain_costs_nothing() {
    let lesson = lesson("surprise", "the price of a certain event isn't ln 1 = 0");
    lesson.near("surprise(1)", surprise(1.0), 0.0, 0.0);
    lesson.near("surprise_in_bits(1)", surprise_in_bits(1.0), 0.0, 0.0);
}

#[test]
fn a_coin_costs_ln_2_nats() {
    let lesson = lesson("surprise", "the price isn't minus the natural logarithm of p");
    lesson.near("surprise(1/2)", surprise(0.5), LN_2, 1e-15);
    lesson.near("surprise(0.01)", surprise(0.01), 4.605_170_185_99, 1e-11);
}

#[test]
fn a_coin_costs_one_bit() {
    let lesson = lesson("surprise", "the logarithm doesn't have the base 2");
    lesson.near("surprise_in_bits(1/2)", surprise_in_bits(0.5), 1.0, 1e-15);
    lesson.near("surprise_in_bits(1/8)", surprise_in_bits(0.125), 3.0, 1e-15);
}

#[test]
fn independent_surprises_add_up() {
    let lesson = lesson("surprise", "the price isn't a logarithm");
    for (p, q) in [(0.5, 0.1), (0.9, 0.9), (1e-3, 0.7)] {
        let sum = surprise(p) + surprise(q);
        lesson.near(format!("surprise({p} * {q})"), surprise(p * q), sum, 1e-12);
    }
}

#[test]
fn the_impossible_costs_everything() {
    let lesson =
        lesson("surprise", "the price has a ceiling: it should grow without end").when(
            surprise(0.0).is_finite() && surprise(0.0) > 2.0,
            "a small number inside the logarithm caps the price: you add it to p, or you \
         keep p above it",
        );
    lesson.near("surprise(0)", surprise(0.0), f64::INFINITY, 0.0);
    lesson.near("surprise(1e-300)", surprise(1e-300), 690.775_527_898, 1e-8);
}
