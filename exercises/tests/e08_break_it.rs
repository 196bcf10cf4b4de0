//! The loss as its definition has it, in `f32`:
//!
//! ```text
//! fn naive_loss(z: &[f32], label: usize) -> f32 {
//!     let mut sum = 0.0;
//!     for z_k in z {
//!         sum += z_k.exp();
//!     }
//!     -(z[label].exp() / sum).ln()
//! }
//! ```
//!
//! The file lists six rows. Before anything runs, predict what this function returns for
//! each: the right loss, infinity, NaN, or 0. Write your six predictions in place of `None`,
//! such as `Some(Outcome::Right)`. A wrong one is worth more than a right one: it is told
//! what happened.
//!
//! All you need to know of `f32`: it holds nothing above 3.4028235e38, the exp of
//! 88.722839052, and nothing between 0 and 1.4e-45, where less than half of that becomes 0;
//! a sum loses what is smaller than 6e-8 of it; 1 / inf is 0, and 0 / 0 and inf / inf are
//! NaN.

#[path = "../src/e08_break_it.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e08_break_it;

use conformance::oracle;
use e08_break_it::{
    ABOVE_LIMIT, ABOVE_LIMIT_AT_LABEL, BELOW_LIMIT, FAR_BELOW_0, MARGIN_OF_20, Outcome,
    TWO_BELOW_LIMIT,
};
use exercises::lesson;

fn naive_loss(z: &[f32], label: usize) -> f32 {
    let mut sum = 0.0;
    for z_k in z {
        sum += z_k.exp();
    }
    -(z[label].exp() / sum).ln()
}

/// Holds a prediction against what comes out. An open one is not told the answer.
fn compare(predicted: Option<Outcome>, z: &[f32], label: usize, likely: &'static str) {
    let what = format!("the naive loss of {z:?} at label {label}");
    let Some(predicted) = predicted else { todo!("a prediction for {what}") };
    let loss = naive_loss(z, label);
    let exact = -oracle::log_probabilities(z)[label];
    let input = format!("{what}: it comes out as {loss:?}, right is {:?}", exact as f32);
    lesson("overflow", likely).equal(input, predicted, outcome(loss, exact));
}

fn outcome(loss: f32, exact: f64) -> Outcome {
    if (f64::from(loss) - exact).abs() <= 1e-6 * exact {
        Outcome::Right
    } else if loss == 0.0 {
        Outcome::Zero
    } else if loss == f32::INFINITY {
        Outcome::Infinite
    } else {
        assert!(loss.is_nan(), "{loss} is none of the four");
        Outcome::NotANumber
    }
}

#[test]
fn below_the_limit_it_is_as_predicted() {
    compare(
        BELOW_LIMIT,
        &[88.72283, 0.0],
        1,
        "a number that leaves f32 too early: 3.4028e38 fits, and so does 1 over it",
    );
}

#[test]
fn above_the_limit_it_is_as_predicted() {
    compare(
        ABOVE_LIMIT,
        &[88.72284, 0.0],
        1,
        "the overflow isn't seen: exp(88.72284) is infinite in f32",
    );
}

#[test]
fn above_the_limit_at_the_label_it_is_as_predicted() {
    compare(
        ABOVE_LIMIT_AT_LABEL,
        &[88.72284, 0.0],
        0,
        "the overflow isn't seen: exp(88.72284) is infinite in f32, at the label, too",
    );
}

#[test]
fn for_two_below_the_limit_it_is_as_predicted() {
    compare(
        TWO_BELOW_LIMIT,
        &[88.72283, 88.72283],
        0,
        "the sum is infinite, so the quotient is 0, and the loss is -ln of that",
    );
}

#[test]
fn at_a_margin_of_20_it_is_as_predicted() {
    compare(
        MARGIN_OF_20,
        &[20.0, 0.0],
        0,
        "an overflow where there is none: exp(20) is 4.9e8, far from the end of f32",
    );
}

#[test]
fn far_below_0_it_is_as_predicted() {
    compare(
        FAR_BELOW_0,
        &[-104.0, -104.0],
        0,
        "exp(-104) is 0, so the quotient is 0 / 0",
    );
}
