//! Here is the loss exactly as we defined it, in `f32`:
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
//! Your file lists six rows. Before you run anything, predict for each row whether this
//! function returns the right loss, infinity, NaN, or 0. Write your six predictions in place
//! of `None`, such as `Some(Outcome::Right)`. You learn more from a wrong prediction than from
//! a right one, because the check then tells you what happened.
//!
//! You need only a few facts about `f32`. Its largest number is 3.4028235e38, the exp of
//! 88.722839052, and anything larger becomes infinity. Its smallest number above 0 is 1.4e-45,
//! and anything below half of that becomes zero; the exp of -104 is 6.8e-46. A sum always
//! loses a term below 2.9e-8 of it, and never one above 6e-8. And 1 / inf is 0, -ln 0 is inf,
//! while 0 / 0 and inf / inf are NaN.

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

/// Compares a prediction with the result. If you haven't predicted yet, you don't see the answer.
fn compare(predicted: Option<Outcome>, z: &[f32], label: usize, likely: &'static str) {
    let what = format!("the naive loss of {z:?} at label {label}");
    let Some(predicted) = predicted else { todo!("a prediction for {what}") };
    let loss = naive_loss(z, label);
    let exact = -oracle::log_probabilities(z)[label];
    let input =
        format!("{what}: the result is {loss:?}, the right loss is {:?}", exact as f32);
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
        "you let a number leave f32 too early: 3.4028e38 fits, and so does 1 over it",
    );
}

#[test]
fn above_the_limit_it_is_as_predicted() {
    compare(
        ABOVE_LIMIT,
        &[88.72284, 0.0],
        1,
        "you missed the overflow: exp(88.72284) is infinite in f32",
    );
}

#[test]
fn above_the_limit_at_the_label_it_is_as_predicted() {
    compare(
        ABOVE_LIMIT_AT_LABEL,
        &[88.72284, 0.0],
        0,
        "you missed the overflow: exp(88.72284) is infinite in f32, at the label, too",
    );
}

#[test]
fn for_two_below_the_limit_it_is_as_predicted() {
    compare(
        TWO_BELOW_LIMIT,
        &[88.72283, 88.72283],
        0,
        "the sum is infinite, so the quotient is 0, and the loss is -ln 0",
    );
}

#[test]
fn at_a_margin_of_20_it_is_as_predicted() {
    compare(
        MARGIN_OF_20,
        &[20.0, 0.0],
        0,
        "nothing overflows: exp(20) is 4.9e8, far from the end of f32",
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
