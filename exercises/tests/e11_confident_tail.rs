//! A model puts the right class 40 ahead of the other one. The loss should be 4.2e-18, but the
//! formula from the exercise "The loss from logits" returns exactly 0, and p - 1 at the label
//! is 0 as well. The sum of the exponentials contains a literal 1, which comes from the max.
//! With two classes, an `f32` loses the whole rest next to that 1 from a margin of 17 on, and
//! an `f64` from a margin of 37 on.
//!
//! Your file has the functions that compute one row. Write the three places where your code
//! would meet the 1:
//!
//! 1. `rest`: the sum of exp(z_k - max) over all classes except one at the max. In
//!    `[5, 5, 0]`, two classes share the max, and you leave out only one of them.
//!    `exp_below_max(z_k, max)` is given.
//! 2. `log_norm`: ln(1 + rest), which must be right for a rest of 1e-30, too. `f64` has a
//!    method for it.
//! 3. In `gradient_of_row`, the derivative of the row's loss with respect to one logit. You
//!    know it as p - y. Here `a` is the one-hot y_k: 1 for the label and 0 for every other
//!    class. `others` is the sum of `a` over all the other classes. Written with both, p - y
//!    is
//!    ```text
//!    p * others - a * (1 - p)
//!    ```
//!    In a row with a label, nothing cancels here, as long as 1 - p itself is accurate. Below
//!    the max, p is at most 1/2, so you can subtract it from 1. How do you write 1 - p for a
//!    class at the max, using only `rest`?
//!
//! The last checks are all the laws of this course: facts that hold for every correct
//! implementation. To run them, the file wraps your functions in a small backend, which you
//! don't have to read now; the page "Checked once, then computed" explains backends. Some
//! laws use targets other than labels, for which `a` can be any number. The formula above holds for them, too.

#[path = "../src/e11_confident_tail.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
#[allow(
    clippy::diverging_sub_expression,
    reason = "the gap in the middle of a loop is still open"
)]
mod e11_confident_tail;

use backend::{Backend, Batch, Error};
use conformance::tolerance::LABEL_ULPS;
use e11_confident_tail::{RowBackend, log_norm, rest};
use exercises::{Lesson, lesson};

/// The relative error of a sum of up to 1000 terms in `f64`, each rounded by at most 1.1e-16.
const ROUNDING: f64 = 1e-13;

/// The expected number has ten digits.
const TEN_DIGITS: f64 = 1e-10;

/// Returns the margins of confident rows. The largest, at which a mistake leaves nothing at
/// all, come first.
fn margins() -> impl Iterator<Item = u8> {
    (17..=80).rev()
}

/// Checks the rest of a row.
#[track_caller]
fn check_rest(lesson: Lesson, z: &[f32], expected: f64, within: f64) {
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    lesson.near(format!("the rest of {z:?}"), rest(z, max), expected, within);
}

#[test]
fn the_rest_leaves_one_max_out() {
    let lesson = lesson(
        "tail",
        "the rest isn't the sum of all the exponentials except one at the max",
    );
    // The rest is exp(-1) + exp(-1.9), wherever the max stands.
    for z in [[2.0, 1.0, 0.1], [1.0, 2.0, 0.1], [0.1, 1.0, 2.0]] {
        check_rest(lesson, &z, 0.517_448_060_4, 1e-7);
    }
    check_rest(lesson, &[5.0], 0.0, 0.0);
    check_rest(lesson, &[f32::NEG_INFINITY, 5.0], 0.0, 0.0);
}

#[test]
fn of_several_at_the_max_one_is_left_out() {
    let lesson =
        lesson("tail", "in a tie at the max, all classes except one should count 1 each");
    check_rest(lesson, &[3.0; 3], 2.0, ROUNDING);
    check_rest(lesson, &[0.0, 7.0, 7.0], 1.0 + (-7.0_f64).exp(), ROUNDING);
    check_rest(lesson, &[0.0; 40], 39.0, ROUNDING);
}

#[test]
fn the_rest_keeps_what_is_small() {
    let lesson = lesson(
        "tail",
        "you add small exponentials to something large, which rounds them away",
    );
    for margin in margins() {
        for classes in [2, 1000] {
            let got = rest(&confident(margin, classes), f32::from(margin));
            let expected = exact_rest(margin, classes);
            let input = right_by("the rest", margin, classes);
            lesson.near(input, got, expected, ROUNDING * expected);
        }
    }
}

#[test]
fn log_norm_does_not_form_the_sum() {
    let check = |rest: f64, expected: f64, within: f64| {
        let lesson = lesson("tail", "the result isn't ln(1 + rest)");
        lesson.near(format!("log_norm({rest:e})"), log_norm(rest), expected, within);
    };
    check(0.0, 0.0, 0.0);
    check(1.0, std::f64::consts::LN_2, ROUNDING);
    check(999.0, 6.907_755_279_0, TEN_DIGITS);
    for rest in [1e-5, 1e-9, 1e-15, 1e-17, 1e-30, 1e-300] {
        check(rest, ln_of_1_plus(rest), ROUNDING * rest);
    }
}

#[test]
fn ordinary_rows_stay_right() -> Result<(), Error> {
    let lesson = lesson("tail", "the gradient isn't p * others - a * (1 - p)");
    let p = [0.659_001_138_8, 0.242_432_970_7, 0.098_565_890_5];
    let loss = [0.417_030_016_4, 1.417_030_016_4, 2.317_030_014_9];
    for (label, loss) in loss.into_iter().enumerate() {
        let (got, grad) = loss_and_grad(&[2.0, 1.0, 0.1], label)?;
        let input = format!("[2, 1, 0.1], label {label}");
        // These ten digits are right for 0.1 itself. The nearest f32 is 1.5e-9 away from it.
        lesson.near(&input, got, loss, 3e-7);
        let p_minus_y = |k: usize| if k == label { p[k] - 1.0 } else { p[k] };
        let expected = [0, 1, 2].map(p_minus_y);
        lesson.all_near(format!("{input}, gradient"), &grad, &expected, 1e-7);
    }
    let (loss, grad) = loss_and_grad(&[3.0; 3], 1)?;
    lesson.within_ulps("[3, 3, 3], label 1", loss, 3.0_f64.ln(), LABEL_ULPS);
    let third = 1.0 / 3.0;
    let expected = [third, third - 1.0, third];
    lesson.all_near("[3, 3, 3], label 1, gradient", &grad, &expected, 1e-7);
    Ok(())
}

#[test]
fn a_confident_row_has_a_loss() -> Result<(), Error> {
    let lesson =
        lesson("tail", "a 1 still swallows the tail, in `rest` or in `log_norm`");
    // Computed with 40 digits. The softmax losses of PyTorch 2.15, optax 0.2.8 and ONNX
    // Runtime 1.32 (November 2026) return 0 for the first three.
    for (logits, expected) in [
        (confident(80, 2), 1.804_851_39e-35),
        (confident(20, 2), 2.061_153_62e-9),
        (confident(17, 2), 4.139_937_63e-8),
        (confident(20, 1000), 2.059_090_35e-6),
    ] {
        let input =
            format!("the logit {} and {} x 0, label 0", logits[0], logits.len() - 1);
        lesson.within_ulps(input, loss_and_grad(&logits, 0)?.0, expected, LABEL_ULPS);
    }
    for margin in margins() {
        for classes in [2, 10, 1000] {
            let (got, _) = loss_and_grad(&confident(margin, classes), 0)?;
            let expected = ln_of_1_plus(exact_rest(margin, classes));
            let input = right_by("the loss", margin, classes);
            lesson.within_ulps(input, got, expected, LABEL_ULPS);
        }
    }
    Ok(())
}

#[test]
fn a_confident_row_has_a_gradient() -> Result<(), Error> {
    let lesson = lesson("tail", "the result isn't the exact gradient of a confident row");
    for margin in margins() {
        for classes in [2, 10, 1000] {
            let (_, grad) = loss_and_grad(&confident(margin, classes), 0)?;
            let rest = exact_rest(margin, classes);
            let of_label = -rest / (1.0 + rest);
            let input = right_by("the label's grad", margin, classes);
            lesson.within_ulps(input, grad[0], of_label, LABEL_ULPS);
            let of_other = (-f64::from(margin)).exp() / (1.0 + rest);
            let input = right_by("another class's grad", margin, classes);
            lesson.within_ulps(input, grad[classes - 1], of_other, LABEL_ULPS);
        }
    }
    Ok(())
}

conformance::suite!(RowBackend);

/// Returns the logits of a row that is right by a margin, with the label 0.
fn confident(margin: u8, classes: usize) -> Vec<f32> {
    let mut z = vec![0.0; classes];
    z[0] = f32::from(margin);
    z
}

/// Returns the exact rest of such a row: all the other logits are equal, so the sum is a product.
fn exact_rest(margin: u8, classes: usize) -> f64 {
    (classes - 1) as f64 * (-f64::from(margin)).exp()
}

/// Returns ln(1 + x) by its series, for x below 1e-4. There the next term is below 1e-12 of it.
fn ln_of_1_plus(x: f64) -> f64 {
    x - x * x / 2.0 + x * x * x / 3.0
}

fn loss_and_grad(logits: &[f32], label: usize) -> Result<(f32, Vec<f32>), Error> {
    let labels = [label];
    let batch = Batch::new(logits, &labels, logits.len())?;
    let mut grad = vec![0.0; logits.len()];
    let loss = RowBackend.forward_backward(batch.grad_out(&mut grad)?);
    Ok((loss, grad))
}

/// Names a result, and the row that it belongs to.
fn right_by(what: &str, margin: u8, classes: usize) -> String {
    format!("{what} of a row that is right by {margin}, {classes} classes")
}
