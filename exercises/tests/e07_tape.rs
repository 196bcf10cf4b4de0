//! While you compute with numbers, a tape writes down every operation: which earlier entries
//! went in, and the derivative of the result with respect to each of them. Read backwards, the
//! tape gives you the derivative of a number with respect to every other number. The tape
//! knows the chain rule and nothing about softmax.
//!
//! The tape in your file has `+`, `-`, `*`, `exp` and `ln`. Read how they're written, then
//! write the three missing parts:
//!
//! 1. `derivatives`, in `impl Var`: begin with 1 at the number itself and 0 everywhere else.
//!    Visit the entries from the last to the first. Each entry gives each of its operands
//!    ```text
//!    the entry's own derivative  x  the derivative that the tape holds for the operand
//!    ```
//!    and an operand adds up everything that it's given. The `gradient` in your file then
//!    picks some of these derivatives.
//! 2. `/`, at the end of the file: the quotient x / y with its two derivatives, 1 / y and
//!    -x / y^2.
//! 3. `log_sum_exp`, in `impl Tape`: ln of the sum of exp(z_k), written as one entry. Find its
//!    derivative with respect to z_k on paper first. You've met these numbers under another
//!    name.

#[path = "../src/e07_tape.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e07_tape;

use conformance::random::Random;
use e07_tape::{Tape, Var};
use exercises::lesson;

/// The numbers are at most 10 and take a few roundings of `f64`, each relative to 1.1e-16.
const ROUNDING: f64 = 1e-14;

#[test]
fn a_number_changes_with_itself() {
    let lesson =
        lesson("tape", "you don't start with 1 at the number itself and 0 at all others");
    let tape = Tape::default();
    let (x, y) = (tape.variable(3.0), tape.variable(4.0));
    let gradient = (x - y).gradient(&[x, y]);
    lesson.all_near("x - y with respect to x and y", &gradient, &[1.0, -1.0], 0.0);
    let sum = x + y;
    lesson.all_near("x + y with respect to itself", &sum.gradient(&[sum]), &[1.0], 0.0);
}

#[test]
fn the_chain_rule_multiplies() {
    let lesson = lesson("tape", "the result isn't the product of both derivatives");
    // At 0, exp has the slope 1, and you wouldn't see that a factor is missing.
    let tape = Tape::default();
    let x = tape.variable(0.5);
    let e = 0.5_f64.exp();
    let gradient = x.exp().exp().gradient(&[x]);
    lesson.all_near(
        "exp(exp(x)) with respect to x, at 0.5",
        &gradient,
        &[e * e.exp()],
        ROUNDING,
    );
    // Here each number is used once, on a tape of its own.
    let tape = Tape::default();
    let (x, y) = (tape.variable(0.5), tape.variable(1.5));
    let gradient = (x * y).exp().gradient(&[x, y]);
    let e = 0.75_f64.exp();
    let expected = [1.5 * e, 0.5 * e];
    lesson.all_near(
        "exp(x y) with respect to x and y, at 0.5 and 1.5",
        &gradient,
        &expected,
        ROUNDING,
    );
}

#[test]
fn a_number_used_twice_collects_both() {
    let tape = Tape::default();
    let x = tape.variable(3.0);
    let gradient = (x * x + x).gradient(&[x]);
    let lesson = lesson(
        "tape",
        "a number that you use more than once doesn't collect all its contributions",
    );
    lesson.all_near("x x + x with respect to x, at 3", &gradient, &[7.0], 0.0);
    // Each doubling uses the number before it twice, so the paths to x double, too.
    let doubled = (0..10).fold(x, |x, _| x + x);
    let gradient = doubled.gradient(&[x]);
    lesson.all_near("x doubled 10 times, with respect to x", &gradient, &[1024.0], 0.0);
}

#[test]
fn what_came_later_does_not_count() {
    let lesson = lesson("tape", "an entry that came later has a derivative");
    let tape = Tape::default();
    let x = tape.variable(3.0);
    let square = x * x;
    let later = square * x;
    let input = "the slopes of x * x at 3, for x and for an entry made after x * x";
    lesson.all_near(input, &square.gradient(&[x, later]), &[6.0, 0.0], 0.0);
}

#[test]
fn a_quotient_has_two_slopes() {
    let lesson = lesson("tape", "these aren't the two derivatives of a quotient");
    for (x, y) in [(3.0, 4.0), (-3.0, 4.0), (5.0, -0.5), (0.0, 2.0)] {
        let tape = Tape::default();
        let (on_tape_x, on_tape_y) = (tape.variable(x), tape.variable(y));
        let quotient = on_tape_x / on_tape_y;
        let input = format!("x / y at {x} and {y}");
        lesson.near(&input, quotient.value(), x / y, ROUNDING);
        let gradient = quotient.gradient(&[on_tape_x, on_tape_y]);
        let expected = [1.0 / y, -x / (y * y)];
        lesson.all_near(format!("{input}, slopes"), &gradient, &expected, ROUNDING);
    }
}

#[test]
fn the_slope_of_a_log_sum_exp_is_the_softmax() {
    let lesson = lesson(
        "tape",
        "the value or the slopes aren't those of the logarithm of the sum",
    );
    let tape = Tape::default();
    let z = [2.0, 1.0, 0.1].map(|z_k| tape.variable(z_k));
    let before = tape.count();
    let lse = tape.log_sum_exp(&z);
    let written = tape.count() - before;
    lesson.holds("entries of one log_sum_exp", written, "1", written == 1);
    // exp(2), exp(1), exp(0.1): 7.38906, 2.71828, 1.10517 of 11.21251. Ten digits are given.
    lesson.near("log_sum_exp of [2, 1, 0.1]", lse.value(), 2.417_030_016_3, 1e-10);
    let p = [0.659_001_138_9, 0.242_432_970_7, 0.098_565_890_4];
    lesson.all_near("its gradient at [2, 1, 0.1]", &lse.gradient(&z), &p, 1e-10);
    // One logit used twice makes two operands with the same place, 1/2 each.
    let twice = tape.log_sum_exp(&[z[0], z[0]]).gradient(&[z[0]]);
    lesson.all_near("log_sum_exp of [x, x] with respect to x", &twice, &[1.0], ROUNDING);
}

#[test]
fn three_gradients_of_the_loss_agree() {
    let lesson = lesson(
        "tape",
        "z_y goes in twice, through the sum and by itself, and both contributions count",
    );
    /// The formula's error is h^2 / 6 times a third derivative below 1/8, which is 2e-12. The
    /// rounding error is 1e-15 / h, which is 1e-10.
    const DIFFERENCE: f64 = 1e-9;
    let seed = 7;
    let logits: Vec<f64> =
        Random::new(seed).normals(5, 2.0).into_iter().map(f64::from).collect();
    for label in 0..logits.len() {
        let input =
            |which: &str| format!("{which}, normal logits of seed {seed}, label {label}");
        let tape = Tape::default();
        let z: Vec<Var<'_>> = logits.iter().map(|&z_k| tape.variable(z_k)).collect();

        let sum = z[1..].iter().fold(z[0].exp(), |sum, z_k| sum + z_k.exp());
        let naive = -(z[label].exp() / sum).ln();
        let short = tape.log_sum_exp(&z) - z[label];

        let p_minus_y = p_minus_y(&logits, label);
        let slopes = slopes(&logits, label);
        for (name, loss) in [("-ln(exp(z_y) / sum)", naive), ("lse - z_y", short)] {
            let gradient = loss.gradient(&z);
            lesson.near(input(name), loss.value(), value(&logits, label), ROUNDING);
            let by_hand = input(&format!("{name} and p - y"));
            lesson.all_near(by_hand, &gradient, &p_minus_y, ROUNDING);
            let by_differences = input(&format!("{name} and central differences"));
            lesson.all_near(by_differences, &gradient, &slopes, DIFFERENCE);
        }
    }
}

/// Returns the loss of a row.
fn value(z: &[f64], label: usize) -> f64 {
    z.iter().map(|z_k| (z_k - z[label]).exp()).sum::<f64>().ln()
}

fn p_minus_y(z: &[f64], label: usize) -> Vec<f64> {
    let sum: f64 = z.iter().map(|z_k| z_k.exp()).sum();
    let y = |k| if k == label { 1.0 } else { 0.0 };
    z.iter().enumerate().map(|(k, z_k)| z_k.exp() / sum - y(k)).collect()
}

/// Returns the central differences of the loss with respect to each logit.
fn slopes(z: &[f64], label: usize) -> Vec<f64> {
    const STEP: f64 = 1e-5;
    let at = |k: usize, step: f64| {
        let mut z = z.to_vec();
        z[k] += step;
        value(&z, label)
    };
    (0..z.len()).map(|k| (at(k, STEP) - at(k, -STEP)) / (2.0 * STEP)).collect()
}
