//! Is your gradient right? You can measure it: move one number a little up and a little down,
//! and divide the difference between the two values by the distance between the two points.
//!
//! ```text
//! (f(x + h) - f(x - h)) / 2h = f'(x) + h^2 f'''(x) / 6 + ... + about eps f(x) / 2h
//! ```
//!
//! The quotient has two errors. The first belongs to the formula, and it falls with the square
//! of the step h. The second belongs to the floats: each value is rounded by up to half of eps
//! of its size, and dividing by a small h makes that rounding large. Here eps is
//! `f64::EPSILON`, twice the u of the page. Plotted against h, the sum of both errors is a U.
//!
//! Write three functions:
//!
//! - `central_difference` is the quotient. Both x + h and x - h are rounded, so divide by the
//!   distance between the two points as they came out.
//! - `best_step` is the h at the bottom of the U if `f` and `f'''` are about equal. A factor of 2
//!   more or less doesn't matter. Where |x| is above 1, make the step |x| times as long.
//! - `gradient` is the slope of a function of several numbers with respect to each of them,
//!   and each number has its own best step. Ask the function for each value with a copy of `x`
//!   in which you have changed one number.

#[path = "../src/e06_finite_differences.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e06_finite_differences;

use conformance::random::Random;
use e06_finite_differences::{best_step, central_difference, gradient};
use exercises::lesson;

/// At the best step h, 6e-6, the two errors are 6e-12 times the third derivative, from
/// `h^2 / 6`, and 4e-11 times the function, from `eps / h`. Here the third derivative and the
/// function are at most about 10 times `1 + |slope|`.
const NINE_DIGITS: f64 = 1e-9;

/// The cube root of 2^-52.
const BEST_AT_1: f64 = 6.055_454e-6;

/// A function and its derivative.
type Known = (&'static str, fn(f64) -> f64, fn(f64) -> f64);

const KNOWN: [Known; 5] = [
    ("exp x", f64::exp, f64::exp),
    ("sin x", f64::sin, f64::cos),
    ("x^3 - x", |x| x.powi(3) - x, |x| 3.0 * x * x - 1.0),
    ("1 / (2 + x^2)", |x| 1.0 / (2.0 + x * x), |x| -2.0 * x / (2.0 + x * x).powi(2)),
    // The loss of two classes at a margin of x.
    ("ln(1 + exp -x)", |x| (-x).exp().ln_1p(), |x| -1.0 / (1.0 + x.exp())),
];

/// Returns the largest error of the slope of exp at 41 points from 0 to 1. At a single point,
/// the roundings might happen to cancel.
fn worst_of_exp(step: f64) -> f64 {
    let error = |x: f64| (central_difference(f64::exp, x, step) - x.exp()).abs();
    let errors = (0..=40).map(|forty| error(f64::from(forty) / 40.0));
    // In this order, NaN is above every number.
    errors.max_by(f64::total_cmp).expect("there are 41 points")
}

fn softmax(z: &[f64]) -> Vec<f64> {
    let exps: Vec<f64> = z.iter().map(|z_k| z_k.exp()).collect();
    exps.iter().map(|exp| exp / exps.iter().sum::<f64>()).collect()
}

#[test]
fn a_straight_line_and_a_parabola_come_out_exactly() {
    let lesson = lesson(
        "differentiate",
        "the result isn't the difference of two values over the distance between their \
         points",
    );
    let got = central_difference(|x| 5.0 * x - 1.0, 2.0, 0.25);
    lesson.near("5x - 1 at 2, step 1/4", got, 5.0, 0.0);
    let got = central_difference(|x| x * x, 3.0, 0.5);
    lesson.near("x^2 at 3, step 1/2", got, 6.0, 0.0);
    // Here f''' is 6, so the formula is off by h^2, and by nothing else.
    let got = central_difference(|x| x * x * x, 1.0, 0.5);
    lesson.near("x^3 at 1, step 1/2, which is off by h^2", got, 3.25, 0.0);
}

#[test]
fn a_tenth_of_the_step_has_a_hundredth_of_the_error() {
    let lesson =
        lesson("differentiate", "the error doesn't fall with the square of the step");
    for (name, f, slope) in KNOWN {
        let error = |step: f64| (central_difference(f, 0.6, step) - slope(0.6)).abs();
        let ratio = error(1e-2) / error(1e-3);
        // The next term of the formula has an h^4 and moves the ratio by about 0.01. Rounding
        // moves it by less.
        let input = format!("{name} at 0.6, the error at step 0.01 over that at 0.001");
        lesson.near(input, ratio, 100.0, 1.0);
    }
}

#[test]
fn the_distance_walked_is_divided_by() {
    let lesson = lesson(
        "differentiate",
        "you don't divide by the distance between the two points",
    );
    for x in [1e6 + 0.1, 1e7 / 3.0, 123_456.789] {
        // Doubling is exact, so the slope is exact, too, whatever the two points are.
        let got = central_difference(|x| 2.0 * x, x, 1e-7);
        lesson.near(format!("2x at {x}, step 1e-7"), got, 2.0, 0.0);
    }
}

#[test]
fn the_best_step_is_at_the_bottom_of_the_u() {
    let lesson =
        lesson("differentiate", "the step is left or right of the bottom of the U");
    let step = best_step(0.5);
    lesson.holds("best_step(0.5)", step, "2e-6 to 2e-5", (2e-6..=2e-5).contains(&step));
    let best = worst_of_exp(step);
    for (what, other) in [("a hundred times", 100.0), ("a hundredth of", 0.01)] {
        let error = worst_of_exp(step * other);
        let input = format!("exp on 0 to 1, the error at {what} best_step(0.5)");
        // The errors are about 100^2 and 100 times as large, or less on one side if best_step
        // isn't quite at the bottom.
        let expected = format!("at least 5 times that at the step itself, {best:.1e}");
        lesson.holds(input, error, &expected, error >= 5.0 * best);
    }
}

#[test]
fn the_best_step_grows_with_x() {
    let lesson = lesson("differentiate", "the step doesn't grow in proportion to x");
    for x in [0.0, 1e-3, -0.5, 1.0, -1.0, 250.0, -1e6, 1e12] {
        let step = best_step(x);
        let expected = BEST_AT_1 * x.abs().max(1.0);
        let is = (expected / 3.3..=expected * 3.3).contains(&step);
        let expected = format!("about {expected:.1e}");
        lesson.holds(format!("best_step({x})"), step, &expected, is);
    }
}

#[test]
fn nine_digits_are_right() {
    let lesson = lesson(
        "differentiate",
        "the step isn't the best one, or the quotient isn't the slope",
    );
    for (name, f, slope) in KNOWN {
        for x in [-3.0, -1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 2.5, 4.0] {
            let got = central_difference(f, x, best_step(x));
            let within = NINE_DIGITS * (1.0 + slope(x).abs());
            lesson.near(format!("{name} at {x}"), got, slope(x), within);
        }
    }
    // The third derivative of a square is 0, but far from 0 its values are large, and rounded.
    for x in [250.0, -1e6, 1e12] {
        let got = central_difference(|x| x * x, x, best_step(x));
        lesson.near(format!("x^2 at {x}"), got, 2.0 * x, NINE_DIGITS * 2.0 * x.abs());
    }
}

#[test]
fn each_number_moves_alone_and_by_its_own_step() {
    let lesson = lesson(
        "differentiate",
        "a number doesn't move alone, or it doesn't move by its own step",
    );
    let got = gradient(|x| x[0] * x[1] + x[2] * x[2], &[2.0, 3.0, 4.0]);
    let within = 10.0 * NINE_DIGITS;
    lesson.all_near("x_0 x_1 + x_2^2 at [2, 3, 4]", &got, &[3.0, 2.0, 8.0], within);
    for (x, slopes) in [([1e6, 0.5], [1e-6, 0.5_f64.exp()]), ([5e5, 0.0], [2e-6, 1.0])] {
        // The logarithm's slope is small compared with the value: 1e-15 over 6 is 1e-10 of it.
        let got = gradient(|x| x[0].ln() + x[1].exp(), &x);
        lesson.equal(
            "the gradient with respect to two numbers: how many there are",
            got.len(),
            2,
        );
        let shares = [got[0] / slopes[0], got[1] / slopes[1]];
        let input = format!("ln x_0 + exp x_1 at {x:?}, over the right gradient");
        lesson.all_near(input, &shares, &[1.0; 2], within);
    }
}

#[test]
fn the_gradient_of_the_loss_is_p_minus_y() {
    let lesson = lesson(
        "differentiate",
        "an entry isn't the slope with respect to its own number",
    );
    let mut random = Random::new(6);
    for classes in 1..=12 {
        let z = random.normals(classes, 2.0);
        let z: Vec<f64> = z.into_iter().map(f64::from).collect();
        let y = classes / 2;
        let loss = |z: &[f64]| z.iter().map(|z_k| z_k.exp()).sum::<f64>().ln() - z[y];
        let mut p_minus_y = softmax(&z);
        p_minus_y[y] -= 1.0;
        let input = format!("the loss of {classes} normal logits with label {y}, seed 6");
        lesson.all_near(input, &gradient(loss, &z), &p_minus_y, NINE_DIGITS);
    }
}
