//! A model gives each class a logit, which can be any real number. You want probabilities:
//! each at least 0, with the sum 1, and a larger one where the logit is larger. Softmax takes
//! exponentials, which are never negative, and divides each of them by their sum:
//!
//! ```text
//! p_k = exp(z_k) / sum_j exp(z_j)
//! ```
//!
//! So only the differences between logits count. If a logit is larger by ln 2, its class is
//! twice as likely. If you add the same number to all logits, nothing changes.
//!
//! Write `softmax`, just as the formula says. Then write `softmax_at`: it divides the logits
//! by a temperature before it takes their softmax. At a high temperature all classes become
//! equally likely; at a low one, the class with the largest logit gets everything.
//!
//! No check has a logit above 300. From 710 on, this formula overflows. You'll fix that in the
//! exercise "Log-sum-exp".

#[path = "../src/e02_naive_softmax.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e02_naive_softmax;

use conformance::oracle::log_probabilities;
use conformance::random::Random;
use e02_naive_softmax::{softmax, softmax_at};
use exercises::lesson;

/// A probability is at most 1, where one rounding costs 1e-16. If you add a number to a logit
/// and get an exponent near 300, that sum's rounding costs 6e-14.
const ROUNDING: f64 = 1e-12;

fn normal_logits(seed: u64, classes: usize) -> Vec<f32> {
    Random::new(seed).normals(classes, 2.0)
}

fn exactly(z: &[f32]) -> Vec<f64> {
    z.iter().copied().map(f64::from).collect()
}

#[test]
fn equal_logits_share_evenly() {
    let lesson =
        lesson("softmax", "the result isn't each exponential over the sum of them all");
    for (z, p) in [(vec![0.0; 2], 0.5), (vec![-3.0; 5], 0.2), (vec![7.0], 1.0)] {
        let expected = vec![p; z.len()];
        lesson.all_near(format!("softmax of {z:?}"), &softmax(&z), &expected, ROUNDING);
    }
}

#[test]
fn a_logit_larger_by_ln_2_is_twice_as_likely() {
    let lesson = lesson("softmax", "the result isn't exp(z_k) over sum_j exp(z_j)");
    let z = [0.0, 2.0_f64.ln(), 3.0_f64.ln()];
    let p = [1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0];
    let got = softmax(&z);
    let error =
        got.iter().zip(p).fold(0.0, |max: f64, (got, p)| max.max((got - p).abs()));
    lesson
        .when(
            (1e-13..1e-4).contains(&error),
            "the result is almost right: you add a small number to the sum, or to each \
             exponential",
        )
        .all_near("softmax of [0, ln 2, ln 3]", &got, &p, ROUNDING);
    let z = [4.0_f64.ln(), f64::NEG_INFINITY, 1.0_f64.ln()];
    let p = [0.8, 0.0, 0.2];
    lesson.all_near("softmax of [ln 4, -inf, 0]", &softmax(&z), &p, ROUNDING);
}

#[test]
fn rows_sum_to_one() {
    let lesson = lesson("softmax", "you don't divide by the sum of all the exponentials");
    for classes in 1..=67 {
        for offset in [0.0, -30.0] {
            let z: Vec<f64> =
                exactly(&normal_logits(2, classes)).iter().map(|z| z + offset).collect();
            let p = softmax(&z);
            let input = format!("{classes} normal logits around {offset}, seed 2");
            lesson.equal(format!("{input}: how many numbers"), p.len(), classes);
            let within = p.iter().all(|p_k| (0.0..=1.0).contains(p_k));
            lesson.holds(format!("{input}: all"), &p, "numbers from 0 to 1", within);
            let sum: f64 = p.iter().sum();
            lesson.near(format!("{input}: the sum"), sum, 1.0, ROUNDING);
        }
    }
}

#[test]
fn a_larger_logit_is_more_likely() {
    let lesson = lesson(
        "softmax",
        "the order of the classes is lost, or an exponent has the wrong sign",
    );
    let z = exactly(&normal_logits(3, 20));
    let p = softmax(&z);
    lesson.equal("20 normal logits, seed 3: how many numbers", p.len(), z.len());
    for j in 0..z.len() {
        for k in (0..z.len()).filter(|&k| z[k] > z[j]) {
            let (input, got) = (format!("the logits {} < {}", z[j], z[k]), (p[j], p[k]));
            lesson.holds(input, got, "the second probability is larger", got.1 > got.0);
        }
    }
}

#[test]
fn the_same_number_added_to_all_logits_changes_nothing() {
    let lesson = lesson(
        "softmax",
        "you add a number to an exponential or to the sum, and it doesn't cancel",
    );
    // All these logits and their sums are exact, so only exp and the division round.
    let z = [2.0, 1.0, 0.125, -4.0];
    let exps = z.map(f64::exp);
    let p = exps.map(|exp| exp / exps.iter().sum::<f64>());
    for offset in [1.0, -3.0, 50.0, -100.0, 290.0] {
        let shifted = z.map(|z_k| z_k + offset);
        // exp is accurate to an ulp, at 290 as well as at 0.
        let input = format!("softmax of {shifted:?}");
        lesson.all_near(input, &softmax(&shifted), &p, ROUNDING);
    }
}

#[test]
fn random_rows_are_as_the_oracle_has_them() {
    let lesson = lesson("softmax", "the result isn't exp(z_k) over sum_j exp(z_j)");
    for classes in 1..=67 {
        let z = normal_logits(4, classes);
        let p: Vec<f64> = log_probabilities(&z).into_iter().map(f64::exp).collect();
        let input = format!("{classes} normal logits, seed 4");
        lesson.all_near(input, &softmax(&exactly(&z)), &p, ROUNDING);
    }
}

#[test]
fn the_temperature_divides_the_logits() {
    let lesson = lesson("softmax", "the temperature doesn't divide the logits");
    let z = [0.0, 4.0_f64.ln(), 9.0_f64.ln()];
    // At 2 the odds are 1 : 2 : 3, at 1 they are 1 : 4 : 9, and at 1/2 1 : 16 : 81.
    for (temperature, odds) in
        [(2.0, [1.0, 2.0, 3.0]), (1.0, [1.0, 4.0, 9.0]), (0.5, [1.0, 16.0, 81.0])]
    {
        let p = odds.map(|odd| odd / odds.iter().sum::<f64>());
        let input = format!("[0, ln 4, ln 9] at temperature {temperature}");
        lesson.all_near(input, &softmax_at(temperature, &z), &p, ROUNDING);
    }
}

#[test]
fn a_hot_row_is_even_and_a_cold_one_has_one_winner() {
    let lesson = lesson(
        "softmax",
        "hot and cold are exchanged: a high temperature makes the classes alike",
    );
    let z = [2.0, 1.0, 0.0];
    // In a hot row, p_k - 1/3 is about (z_k - 1) / 3 over the temperature.
    let hot = softmax_at(1e6, &z);
    lesson.all_near("[2, 1, 0] at temperature 1e6", &hot, &[1.0 / 3.0; 3], 4e-7);
    // In a cold row, a class that is 1 below the max has exp(-1 / 0.01) times the probability
    // of the max: 4e-44, which is far below a rounding.
    let cold = softmax_at(0.01, &z);
    lesson.all_near("[2, 1, 0] at temperature 0.01", &cold, &[1.0, 0.0, 0.0], ROUNDING);
    let tied = softmax_at(0.01, &[1.0, 1.0, 0.0]);
    lesson.all_near("[1, 1, 0] at temperature 0.01", &tied, &[0.5, 0.5, 0.0], ROUNDING);
}
