//! A test suite is worth as much as it rejects. In this exercise the backends are given,
//! and you write the test: `verdict` takes any backend and returns `Ok`, or an error that
//! says what's wrong.
//!
//! Eight backends are wrong, each in one way, and real projects have shipped some of
//! these mistakes. On random logits of ordinary size, seven of the eight look right. Your
//! `verdict` must reject all eight. It must accept the three stages of the course, and a
//! backend that's off by the few ulp that a right backend may be off.
//!
//! Begin with `near`, which decides how near is near enough. Then add rows to `LOSSES`,
//! each with a mean loss that you know by hand. After the loop, check the things that a
//! mean loss of labels can't show: gradients, distributions, an ignored row, NaN. Eight
//! probes are enough, if each is a case that separates good from bad.
//!
//! The contract in `backend/src/lib.rs` says what a backend owes you. The numbers have to
//! be yours: use no laws, and no other backend to compare with. To see which bugs the
//! course's laws reject, and which pass an ordinary test, run `cargo run --example
//! laws_against_mutants`.

#[path = "../src/e26_break_the_backends.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e26_break_the_backends;

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};
use batched::Batched;
use conformance::mutants::{self, Mutant};
use e26_break_the_backends::{near, verdict};
use exercises::{Lesson, lesson};
use scalar::Scalar;
use vectorized::Vectorized;

/// A backend without its name, which would tell whether it is a right one.
struct Unnamed<'a>(&'a dyn Backend);

impl Backend for Unnamed<'_> {
    fn name(&self) -> &str {
        "unnamed"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        self.0.softmax(out);
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.0.log_softmax(out);
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.0.losses(out);
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        self.0.sum_of_losses(batch)
    }

    fn forward(&self, batch: &Batch<'_>) -> f32 {
        self.0.forward(batch)
    }

    fn backward(&self, out: GradOut<'_>) {
        self.0.backward(out);
    }

    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        self.0.forward_backward(out)
    }
}

/// The scalar stage with every result moved by a number of ulp. If it's moved by 2, it's still
/// within the 4 ulp of the laws.
struct Moved(i32);

impl Moved {
    fn number(&self, x: f32) -> f32 {
        let bits = x.abs().to_bits();
        // 0, subnormal numbers, infinities and NaN stay as they are.
        if x.is_normal() && x.abs() < f32::MAX / 2.0 {
            f32::from_bits(bits.saturating_add_signed(self.0)).copysign(x)
        } else {
            x
        }
    }

    fn numbers(&self, numbers: &mut [f32]) {
        numbers.iter_mut().for_each(|x| *x = self.number(*x));
    }
}

impl Backend for Moved {
    fn name(&self) -> &str {
        "moved"
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, p) in out.rows() {
            scalar::softmax::softmax(z, p);
            self.numbers(p);
            // A probability stays one.
            p.iter_mut().for_each(|p_k| *p_k = p_k.clamp(0.0, 1.0));
        }
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        for (z, log_p) in out.rows() {
            scalar::softmax::log_softmax(z, log_p);
            self.numbers(log_p);
        }
    }

    fn losses(&self, out: LossesOut<'_>) {
        let (batch, losses) = out.into_parts();
        Scalar.losses(batch.losses_out(losses).expect("the same buffer"));
        self.numbers(losses);
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        Scalar.sum_of_losses(batch)
    }

    fn forward(&self, batch: &Batch<'_>) -> f32 {
        self.number(Scalar.forward(batch))
    }

    fn backward(&self, out: GradOut<'_>) {
        let (batch, grad) = out.into_parts();
        Scalar.backward(batch.grad_out(grad).expect("the same buffer"));
        self.numbers(grad);
    }

    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        let batch = *out.batch();
        self.backward(out);
        self.forward(&batch)
    }
}

/// Whether a backend is accepted, or else what is said of it.
#[track_caller]
fn accepts(backend: &dyn Backend, name: &str, likely: &'static str) {
    let Err(error) = verdict(&Unnamed(backend)) else { return };
    let expected = "Ok: it keeps the contract";
    let got = format_args!("your error: {error}");
    lesson("museum", likely).holds(name, got, expected, false);
}

/// Whether a wrong backend is rejected, and a right one beside it isn't.
#[track_caller]
fn rejects(mutant: &str, does: &str, lesson: Lesson) {
    const CONTROL: &str = "a test that rejects right backends, too, says nothing: look at the \
                           first checks";
    accepts(&mutants::without_a_mistake(), "a right backend, as a control", CONTROL);
    let named = |other: &Mutant| other.name == mutant;
    let mutant = mutants::all().into_iter().find(named).expect("a mutant of this name");
    let rejected = verdict(&Unnamed(&mutant)).is_err();
    let input = format!("a backend that {does}");
    lesson.holds(input, format_args!("your Ok"), "an error", rejected);
}

#[test]
fn near_is_relative_and_refuses_nan() {
    const EPSILON: f32 = f32::EPSILON;
    let relative = lesson("museum", "not near in proportion to the exact value");
    for (got, exact, is_near) in [
        (1.0, 1.0, true),
        (0.0, 0.0, true),
        (1.0 + 2.0 * EPSILON, 1.0, true),
        (-7e20 * (1.0 + 2.0 * EPSILON), -7e20, true),
        (1.01, 1.0, false),
        (-1.0, 1.0, false),
        (1e-30, 2e-30, false),
        (f32::INFINITY, 1e38, false),
    ] {
        relative.equal(format!("near({got:?}, {exact:?})"), near(got, exact), is_near);
    }
    let nan =
        lesson("museum", "a comparison that is false for NaN says that nothing is wrong");
    for exact in [0.0, 1.0] {
        nan.equal(format!("near(NaN, {exact:?})"), near(f32::NAN, exact), false);
    }
}

#[test]
fn the_three_stages_are_accepted() {
    const LIKELY: &str = "a number in the test isn't right, or a batch is refused";
    accepts(&Scalar, "the scalar stage", LIKELY);
    accepts(&Vectorized::default(), "the vectorized stage", LIKELY);
    accepts(&Batched::default(), "the batched stage", LIKELY);
}

#[test]
fn other_last_bits_are_accepted() {
    for ulps in [2, -2] {
        let name = format!("a right backend with all results moved by {ulps} f32");
        accepts(
            &Moved(ulps),
            &name,
            "numbers are compared too strictly: a right backend may be off by 4 ulp",
        );
    }
}

#[test]
fn a_gradient_of_another_reduction_is_rejected() {
    rejects(
        "gradient_not_averaged",
        "returns the mean of the losses, and the gradient of their sum",
        lesson(
            "differentiate",
            "no gradient is looked at, or only that of one row: with one row the mean is the \
         sum",
        ),
    );
}

#[test]
fn padding_that_is_read_is_rejected() {
    rejects(
        "masked_by_multiplication",
        "computes every row, and multiplies those that are ignored by 0",
        lesson(
            "targets",
            "no row is ignored, or the padding holds ordinary numbers: what isn't 0 when \
         times 0?",
        ),
    );
}

#[test]
fn a_distribution_made_a_label_is_rejected() {
    rejects(
        "argmax_of_soft_targets",
        "gives all weight to the class that has the most of it",
        lesson(
            "targets",
            "no distribution is among the targets, or only a one-hot one, which is a label \
         already",
        ),
    );
}

#[test]
fn a_max_over_all_rows_is_rejected() {
    rejects(
        "one_max_for_the_matrix",
        "subtracts the same max from every row",
        lesson(
            "overflow",
            "every batch has one row, or rows so near each other that nothing vanishes",
        ),
    );
}

#[test]
fn a_max_that_starts_too_high_is_rejected() {
    rejects(
        "max_starts_at_minus_10000",
        "begins its search for the max with a number that looked small enough",
        lesson(
            "overflow",
            "every row has a logit of ordinary size, and so has its max: none is below \
         -10000",
        ),
    );
}

#[test]
fn a_loss_with_a_ceiling_is_rejected() {
    rejects(
        "probability_clamped",
        "keeps the probability above 1e-7, so that the logarithm stays finite",
        lesson(
            "tail",
            "no row is wrong by enough to meet the ceiling: p = e^-10 is still above 1e-7",
        ),
    );
}

#[test]
fn a_loss_without_its_tail_is_rejected() {
    rejects(
        "ln_of_the_whole_sum",
        "takes the logarithm of a sum that holds a literal 1",
        lesson(
            "tail",
            "no row is right by enough: at a margin of 3 the sum still holds its tail",
        ),
    );
}

#[test]
fn a_swallowed_nan_is_rejected() {
    rejects(
        "nan_swallowed",
        "finds its max with f32::max",
        lesson(
            "overflow",
            "no logit is NaN beside the label: a NaN at the label reaches the loss by itself, \
         so put it at a different class",
        ),
    );
}

/// The lines of the answer that are not comments.
fn code() -> impl Iterator<Item = &'static str> {
    let answer = include_str!("../src/e26_break_the_backends.rs");
    answer.lines().map(str::trim).filter(|line| !line.starts_with("//"))
}

#[test]
fn the_numbers_are_your_own() {
    let borrowed = ["conformance", "scalar::", "vectorized::", "batched::", "bench::"];
    for word in borrowed {
        let line = code().find(|line| line.contains(word)).unwrap_or_default();
        let lesson = lesson(
            "museum",
            "the numbers come from another backend, which may share a mistake",
        );
        let expected = "a loss known by hand";
        lesson.holds(format!("a line with `{word}`"), line, expected, line.is_empty());
    }
    accepts(&Scalar, "the scalar stage", "a verdict that isn't written yet");
}
