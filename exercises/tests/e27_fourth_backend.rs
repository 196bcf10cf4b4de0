//! The capstone: write a backend of your own, in any design you like.
//!
//! `FourthBackend` implements the trait of `backend/src/lib.rs`. Invalid calls are
//! refused before they reach you, so only arithmetic is left. Fill in the methods. You
//! may delete `backward_with_sum`: then the trait's own version calls `backward` and
//! `sum_of_losses` in turn. Callers just write `FourthBackend`, so it has no fields.
//!
//! Then the whole suite must pass, 39 laws. A broken law tells you the input, the likely
//! mistake and the page to read. A few checks come before the laws, and recognize
//! mistakes that are easily made. Most laws pass with a plain loop in f64 over the rows,
//! like the one that exercises 9 to 15 lead to, so begin with that.
//!
//! Then make the design your own: one pass for max and rest, lanes of f32, rows on
//! threads, or log-probabilities first and everything else from them. You may read the
//! source of the stages. Keep the contract's promise about threads: the results don't
//! depend on their number, bit for bit.
//!
//! When all laws pass, `cargo learn bench` races your backend against the stages.

#[path = "../src/e27_fourth_backend.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e27_fourth_backend;

use std::f64::consts::E;

use backend::{Backend, Batch, CrossEntropy, Error, Reduction};
use e27_fourth_backend::FourthBackend;
use exercises::lesson;

/// What a test of small rows leaves to rounding: the laws are strict about that.
const ROUGH: f64 = 1e-5;

fn loss(logits: &[f32], label: usize) -> Result<f32, Error> {
    Ok(FourthBackend.forward(&Batch::new(logits, &[label], logits.len())?))
}

#[test]
fn the_order_of_the_logits_does_not_matter() -> Result<(), Error> {
    // ln(1 + 1/e), and with one more logit at 0, ln(1 + 2/e).
    for (z, label, exact) in [
        (&[1.0, 0.0][..], 0, (1.0 / E).ln_1p()),
        (&[0.0, 1.0], 1, (1.0 / E).ln_1p()),
        (&[0.0, 0.0, 1.0], 2, (2.0 / E).ln_1p()),
    ] {
        let lesson = lesson("memory", "not ln(1 + rest) for the row's largest logit");
        let input = format!("the loss of {z:?}, label {label}");
        lesson.near(input, loss(z, label)?, exact, ROUGH);
    }
    Ok(())
}

#[test]
fn a_row_may_begin_with_masked_classes() -> Result<(), Error> {
    for (z, label) in
        [([f32::NEG_INFINITY, 1.0, 1.0], 1), ([1.0, 1.0, f32::NEG_INFINITY], 0)]
    {
        let lesson = lesson("overflow", "a masked class costs something");
        let input = format!("the loss of {z:?}, label {label}");
        lesson.near(input, loss(&z, label)?, 2.0_f64.ln(), ROUGH);
    }
    Ok(())
}

#[test]
fn a_row_without_probabilities_is_nan() -> Result<(), Error> {
    for z in
        [[1.0, f32::INFINITY], [f32::INFINITY, 1.0], [f32::NAN, 1.0], [1.0, f32::NAN]]
    {
        for label in 0..2 {
            let lesson = lesson("overflow", "a row without probabilities has a loss");
            let input = format!("the loss of {z:?}, label {label}");
            lesson.near(input, loss(&z, label)?, f64::NAN, 0.0);
        }
    }
    Ok(())
}

#[test]
fn a_confident_row_has_a_loss_and_a_gradient() -> Result<(), Error> {
    let tail = (-40.0_f64).exp();
    let (mut grad, labels) = ([7.0; 2], [0]);
    let batch = Batch::new(&[40.0, 0.0], &labels, 2)?;
    let got = FourthBackend.forward(&batch);
    let of_loss = lesson("tail", "not e^-40");
    of_loss.near("the loss of [40, 0], label 0", got, tail, ROUGH * tail);
    FourthBackend.backward(batch.grad_out(&mut grad)?);
    let (of_grad, input) =
        (lesson("tail", "not -e^-40 and e^-40"), "the gradient of [40, 0], label 0");
    of_grad.all_near(input, &grad, &[-tail, tail], ROUGH * tail);
    Ok(())
}

#[test]
fn a_batch_has_a_divisor_and_ignored_rows() -> Result<(), Error> {
    let input = "rows [0, 0], [NaN, NaN], [0, 0], the second one ignored";
    let (logits, labels) = ([0.0, 0.0, f32::NAN, f32::NAN, 0.0, 0.0], [0, 9, 1]);
    let losses = CrossEntropy::default().ignore_index(9);
    let mut grad = [7.0; 6];
    let batch = losses.batch(&logits, &labels, 2)?;
    FourthBackend.backward(batch.grad_out(&mut grad)?);
    let mean = [-0.25, 0.25, 0.0, 0.0, 0.25, -0.25];
    let of_grad = lesson("targets", "not the gradient of the mean over two rows");
    of_grad.all_near(format!("{input}: gradient"), &grad, &mean, ROUGH);
    for (reduction, exact) in [(Reduction::Mean, 1.0), (Reduction::Sum, 2.0)] {
        let exact = exact * 2.0_f64.ln();
        let losses = losses.clone().reduction(reduction);
        let got = FourthBackend.forward(&losses.batch(&logits, &labels, 2)?);
        let lesson = lesson("targets", "not the sum over the divisor of the batch");
        lesson.near(format!("{input}: {reduction:?}"), got, exact, ROUGH);
    }
    Ok(())
}

#[test]
fn the_losses_of_all_rows_meet_in_f64() -> Result<(), Error> {
    let (logits, labels) = ([-2e38, 1e38, -2e38, 1e38], [0, 0]);
    let batch = Batch::new(&logits, &labels, 2)?;
    let both = FourthBackend.forward_backward(batch.grad_out(&mut [0.0; 4])?);
    for (method, got) in
        [("forward", FourthBackend.forward(&batch)), ("forward_backward", both)]
    {
        let lesson = lesson("targets", "not the mean of two losses of 3e38");
        lesson.near(format!("{method} of two losses of 3e38"), got, 3e38, ROUGH * 3e38);
    }
    Ok(())
}

conformance::suite!(FourthBackend);

#[test]
fn its_name_is_its_own() {
    let name = FourthBackend.name();
    let lesson =
        lesson("capstone", "the name of a stage, beside which the race will list it");
    for stage in bench::stages() {
        let other = name != stage.name();
        lesson.holds("FourthBackend.name()", name, "a name that no stage has", other);
    }
    let is_short = !name.is_empty() && !name.contains(char::is_uppercase);
    lesson.holds("FourthBackend.name()", name, "a short name in lower case", is_short);
}
