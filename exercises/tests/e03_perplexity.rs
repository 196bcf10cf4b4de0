//! Class k comes up with the weight a_k (the page's q_k), and the weights sum to 1. A model gives class k the
//! probability p_k, so when class k comes up, the model pays its surprise, -ln p_k. Write the
//! price that the model pays on average, and three numbers that are made from that price:
//!
//! ```text
//! cross_entropy  H(a, p)  = sum_k a_k (-ln p_k)     the model p pays this on average
//! entropy        H(a)     = H(a, a)                 even a perfect model pays this
//! kl             KL(a, p) = H(a, p) - H(a)          the model overpays by this
//! perplexity              = exp(H(a, p))            the price as a number of classes
//! ```
//!
//! A class that never comes up costs nothing, whatever its price is: where a_k is 0, the term
//! is 0, even if p_k is 0 as well. A class that does come up although the model gives it the
//! probability 0 costs infinity, and your code mustn't hide that behind a small number.
//!
//! The weights come from the truth and the prices from the model. If you exchange a and p, you
//! get a different number.

#[path = "../src/e03_perplexity.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e03_perplexity;

use std::f64::consts::LN_2;

use conformance::random::Random;
use e03_perplexity::{cross_entropy, entropy, kl, perplexity};
use exercises::lesson;

/// The sums have at most 50 terms below 10, where one rounding costs 1e-15.
const ROUNDING: f64 = 1e-12;

/// Returns C numbers above 0 that sum to 1: they're drawn evenly and divided by their sum.
fn distribution(random: &mut Random, classes: usize) -> Vec<f64> {
    let units = random.units(classes);
    // We keep them away from 0, so that no price is above 10.
    let units: Vec<f64> = units.iter().map(|&unit| 0.01 + f64::from(unit)).collect();
    let sum: f64 = units.iter().sum();
    units.iter().map(|unit| unit / sum).collect()
}

/// Returns the price that the model p pays on average.
fn price(a: &[f64], p: &[f64]) -> f64 {
    a.iter().zip(p).map(|(a_k, p_k)| -a_k * p_k.ln()).sum()
}

#[test]
fn weights_come_from_the_truth_and_prices_from_the_model() {
    let lesson =
        lesson("entropy", "the result isn't the average price, sum_k a_k (-ln p_k)");
    let (a, p) = ([0.5, 0.5], [0.125, 0.875]);
    // The model pays ln 8 half of the time and ln 8/7 half of the time.
    let expected = (8.0_f64.ln() + (8.0_f64 / 7.0).ln()) / 2.0;
    let input = "cross_entropy([1/2, 1/2], [1/8, 7/8])";
    lesson.near(input, cross_entropy(&a, &p), expected, ROUNDING);
    // The other way round, the model pays ln 2 for every class.
    let input = "cross_entropy([1/8, 7/8], [1/2, 1/2])";
    lesson.near(input, cross_entropy(&p, &a), LN_2, ROUNDING);
}

#[test]
fn a_label_costs_its_surprise() {
    let lesson = lesson(
        "entropy",
        "the result isn't the surprise at the class that has all the weight",
    );
    let p = [0.25, 0.5, 0.125, 0.125];
    for (y, bits) in [2.0, 1.0, 3.0, 3.0].into_iter().enumerate() {
        let mut a = [0.0; 4];
        a[y] = 1.0;
        let input = format!("cross_entropy({a:?}, {p:?})");
        lesson.near(input, cross_entropy(&a, &p), bits * LN_2, ROUNDING);
    }
}

#[test]
fn what_never_comes_up_costs_nothing() {
    let lesson = lesson("entropy", "a class with weight 0 costs something");
    let one = [0.0, 1.0, 0.0];
    lesson.near("entropy([0, 1, 0])", entropy(&one), 0.0, ROUNDING);
    let got = cross_entropy(&one, &[0.0, 0.25, 0.75]);
    lesson.near("cross_entropy([0, 1, 0], [0, 1/4, 3/4])", got, 2.0 * LN_2, ROUNDING);
}

#[test]
fn what_comes_up_though_impossible_costs_infinity() {
    let (a, p) = ([0.5, 0.25, 0.25], [0.5, 0.5, 0.0]);
    let input = "cross_entropy([1/2, 1/4, 1/4], [1/2, 1/2, 0])";
    let got = cross_entropy(&a, &p);
    lesson("entropy", "the price of an impossible class isn't infinite")
        .when(got > 3.0, "a small number inside the logarithm caps the price of p = 0")
        .near(input, got, f64::INFINITY, 0.0);
}

#[test]
fn entropy_is_largest_where_all_weights_are_equal() {
    let lesson =
        lesson("entropy", "the result isn't the cross-entropy of a with itself, in nats");
    for classes in 1..=50_usize {
        let even = vec![1.0 / classes as f64; classes];
        let most = (classes as f64).ln();
        let input = format!("entropy of {classes} equal weights");
        lesson.near(input, entropy(&even), most, ROUNDING);
        let a = distribution(&mut Random::new(3), classes);
        let expected = price(&a, &a);
        let input = format!("entropy of {classes} unequal weights, seed 3");
        lesson.near(&input, entropy(&a), expected, ROUNDING);
        lesson.holds(input, entropy(&a), "at most ln C", entropy(&a) <= most + ROUNDING);
    }
}

#[test]
fn kl_is_the_price_of_being_wrong() {
    let lesson =
        lesson("entropy", "the result isn't the cross-entropy minus the entropy of a");
    let (a, p) = ([0.5, 0.5], [0.25, 0.75]);
    // 1/2 ln 2 + 1/2 ln 2/3, and the other way round 1/4 ln 1/2 + 3/4 ln 3/2.
    let expected = (4.0_f64 / 3.0).ln() / 2.0;
    lesson.near("kl([1/2, 1/2], [1/4, 3/4])", kl(&a, &p), expected, ROUNDING);
    let expected = 0.75 * 3.0_f64.ln() - LN_2;
    lesson.near("kl([1/4, 3/4], [1/2, 1/2])", kl(&p, &a), expected, ROUNDING);
    // First a class that never comes up, then a class that does, although p calls it
    // impossible.
    let (a, p) = ([0.5, 0.5, 0.0], [0.5, 0.25, 0.25]);
    let input = "kl([1/2, 1/2, 0], [1/2, 1/4, 1/4])";
    lesson.near(input, kl(&a, &p), LN_2 / 2.0, ROUNDING);
    let input = "kl([1/2, 1/4, 1/4], [1/2, 1/2, 0])";
    lesson.near(input, kl(&p, &a), f64::INFINITY, 0.0);
    let mut random = Random::new(4);
    for classes in 2..=50 {
        let [a, p] = [(); 2].map(|()| distribution(&mut random, classes));
        let terms = a.iter().zip(&p).map(|(a_k, p_k)| a_k * (a_k / p_k).ln());
        let input = format!("kl of two distributions of {classes} classes, seed 4");
        lesson.near(&input, kl(&a, &p), terms.sum(), ROUNDING);
        lesson.holds(input, kl(&a, &p), "more than 0", kl(&a, &p) > 0.0);
        let input = format!("kl of one of {classes} classes with itself, seed 4");
        lesson.near(input, kl(&a, &a), 0.0, ROUNDING);
    }
}

#[test]
fn perplexity_counts_classes() {
    let lesson =
        lesson("entropy", "the result isn't e to the power of the cross-entropy");
    for classes in 1..=50_usize {
        let even = vec![1.0 / classes as f64; classes];
        let mut label = vec![0.0; classes];
        label[classes / 2] = 1.0;
        let input = format!("perplexity of {classes} equal probabilities");
        // The tolerance grows with the count, because exp turns the rounding of its argument
        // into a factor.
        let (count, within) = (classes as f64, ROUNDING * classes as f64);
        lesson.near(input, perplexity(&label, &even), count, within);
    }
    let (a, p) = ([0.5, 0.25, 0.25], [0.25, 0.25, 0.5]);
    // The model pays 2 bits three quarters of the time, and 1 bit a quarter of the time.
    let expected = 2.0_f64.powf(1.75);
    let input = "perplexity([1/2, 1/4, 1/4], [1/4, 1/4, 1/2])";
    lesson.near(input, perplexity(&a, &p), expected, ROUNDING);
    let input = "perplexity([1/2, 1/2], [1, 0])";
    let got = perplexity(&[0.5, 0.5], &[1.0, 0.0]);
    lesson.near(input, got, f64::INFINITY, 0.0);
}
