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

#[path = "../src/e10_break_it.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e10_break_it;

use conformance::oracle;
use e10_break_it::{
    ABOVE_LIMIT, ABOVE_LIMIT_AT_LABEL, BELOW_LIMIT, FAR_BELOW_0, MARGIN_OF_20, Outcome,
    TWO_BELOW_LIMIT,
};
use exercises::{Lesson, lesson};

fn naive_loss(z: &[f32], label: usize) -> f32 {
    let mut sum = 0.0;
    for z_k in z {
        sum += z_k.exp();
    }
    -(z[label].exp() / sum).ln()
}

/// Holds a prediction against what comes out. An open one is not told the answer.
///
/// What is wrong with a prediction depends on it: `why` answers some of the wrong ones, and
/// `likely` all others.
fn compare(
    predicted: Option<Outcome>,
    z: &[f32],
    label: usize,
    why: &[(Outcome, &'static str)],
    likely: &'static str,
) {
    let what = format!("the naive loss of {z:?} at label {label}");
    let Some(predicted) = predicted else { todo!("a prediction for {what}") };
    let loss = naive_loss(z, label);
    let exact = -oracle::log_probabilities(z)[label];
    let input = format!("{what}: it comes out as {loss:?}, right is {:?}", exact as f32);
    let told = |lesson: Lesson, &(wrong, why)| lesson.when(predicted == wrong, why);
    let lesson = why.iter().fold(lesson("overflow", likely), told);
    lesson.equal(input, predicted, outcome(loss, exact));
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
    let overflow = "an overflow seen too early: exp(88.72283) is 3.4028e38, and fits";
    let vanished = "1 over 3.4e38 is taken for 0: it's 2.9e-39, a subnormal, which has a \
                    logarithm";
    compare(
        BELOW_LIMIT,
        &[88.72283, 0.0],
        1,
        &[(Outcome::Infinite, vanished), (Outcome::NotANumber, overflow)],
        "a number that leaves f32 too early: 3.4028e38 fits, and so does 1 over it",
    );
}

#[test]
fn above_the_limit_it_is_as_predicted() {
    let nan = "NaN takes an infinity on both sides of the quotient: here 1 stands over it, \
               which gives 0";
    let zero = "1 / inf is 0, but the loss is -ln of that";
    compare(
        ABOVE_LIMIT,
        &[88.72284, 0.0],
        1,
        &[(Outcome::NotANumber, nan), (Outcome::Zero, zero)],
        "the overflow isn't seen: exp(88.72284) is infinite in f32",
    );
}

#[test]
fn above_the_limit_at_the_label_it_is_as_predicted() {
    let infinite = "the infinity is seen on one side only: at this label it stands above and \
                    below the line, and inf / inf is NaN";
    let zero = "inf / inf isn't 1, though a probability of 1 would cost 0";
    compare(
        ABOVE_LIMIT_AT_LABEL,
        &[88.72284, 0.0],
        0,
        &[(Outcome::Infinite, infinite), (Outcome::Zero, zero)],
        "the overflow isn't seen: exp(88.72284) is infinite in f32, at the label, too",
    );
}

#[test]
fn for_two_below_the_limit_it_is_as_predicted() {
    let right = "each exponential was looked at alone: both fit, but their sum doesn't";
    let nan = "the sum alone is infinite: what stands over it is a number, so the quotient is \
               0 and not NaN";
    compare(
        TWO_BELOW_LIMIT,
        &[88.72283, 88.72283],
        0,
        &[(Outcome::Right, right), (Outcome::NotANumber, nan)],
        "the sum is infinite, so the quotient is 0, and the loss is -ln of that",
    );
}

#[test]
fn at_a_margin_of_20_it_is_as_predicted() {
    let right = "nothing overflows, but a number is lost: exp(20) is 4.9e8, and adding 1 \
                 doesn't change it in f32";
    compare(
        MARGIN_OF_20,
        &[20.0, 0.0],
        0,
        &[(Outcome::Right, right)],
        "an overflow where there is none: exp(20) is 4.9e8, far from the end of f32",
    );
}

#[test]
fn far_below_0_it_is_as_predicted() {
    let right = "an exponential can leave f32 at its lower end, too: exp(-104) is 0";
    let infinite = "-ln 0 would be infinite, but the sum is 0 as well, and 0 / 0 is NaN";
    compare(
        FAR_BELOW_0,
        &[-104.0, -104.0],
        0,
        &[(Outcome::Right, right), (Outcome::Infinite, infinite)],
        "exp(-104) is 0, so the quotient is 0 / 0",
    );
}
