//! A label says that only the nll of one class counts. A target can say more: a teacher gives
//! probabilities, annotators vote, a weight makes a class count double. In each case, every
//! class k has a target weight a_k, and its nll counts a_k times:
//!
//! ```text
//! loss    =  sum_k a_k nll_k             nll_k  =  -ln p_k
//! grad_k  =  A p_k - a_k                 A  =  sum_k a_k
//! ```
//!
//! Write `loss` and `gradient` for one row. `log_softmax` is given, and everything is in
//! `f64`, so you can concentrate on the target.
//!
//! The target weights can be any finite numbers: they don't have to sum to 1, and they may be
//! negative. A class with weight 0 costs nothing, even if it's masked and its nll is infinite.
//! A masked class with a positive weight costs infinity. NaN in a row gives NaN, unless all
//! the weights are 0: in that case, you decide.

#[path = "../src/e14_soft_targets.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e14_soft_targets;

use backend::{CrossEntropy, Reduction};
use conformance::oracle;
use conformance::random::Random;
use e14_soft_targets::{gradient, loss};
use exercises::lesson;

const MASK: f64 = f64::NEG_INFINITY;

/// The logits 0 and ln 3, whose probabilities are 1/4 and 3/4.
const QUARTERS: [f64; 2] = [0.0, 1.098_612_288_668];

/// The expected numbers have this many digits, and an `f64` has more.
const WITHIN: f64 = 1e-9;

#[test]
fn a_one_hot_row_is_a_label() {
    let (z, a) = ([2.0, 1.0, 0.1], [1.0, 0.0, 0.0]);
    let nll =
        lesson("targets", "the result isn't the nll of the class that has the weight 1");
    nll.near("loss([2, 1, 0.1], [1, 0, 0])", loss(&z, &a), 0.417_030_016, WITHIN);
    let p_minus_y = [-0.340_998_861, 0.242_432_971, 0.098_565_890];
    let lesson = lesson("p-minus-y", "for a label the gradient is p - y");
    let input = "gradient([2, 1, 0.1], [1, 0, 0])";
    lesson.all_near(input, &gradient(&z, &a), &p_minus_y, WITHIN);
}

#[test]
fn every_class_counts_by_its_weight() {
    // p is [1/4, 3/4], so the nll are ln 4 and ln 4/3.
    let lesson = lesson("targets", "the result isn't the sum of a_k times nll_k");
    for (a, cost) in [([0.9, 0.1], 1.276_433_132), ([0.5, 0.5], 0.836_988_217)] {
        let input = format!("loss([0, ln 3], {a:?})");
        lesson.near(input, loss(&QUARTERS, &a), cost, WITHIN);
    }
    let got = gradient(&QUARTERS, &[0.9, 0.1]);
    lesson.all_near("gradient([0, ln 3], [0.9, 0.1])", &got, &[-0.65, 0.65], WITHIN);
}

#[test]
fn the_weights_need_not_sum_to_one() {
    let lesson = lesson("targets", "the result is right only if the weights sum to 1");
    for (a, cost, slope) in [
        ([2.0, 0.0], 2.772_588_722, [-1.5, 1.5]),
        ([1.0, 1.0], 1.673_976_434, [-0.5, 0.5]),
        ([0.25, 0.25], 0.418_494_108, [-0.125, 0.125]),
        ([0.0, 0.0], 0.0, [0.0, 0.0]),
    ] {
        let input = format!("loss([0, ln 3], {a:?})");
        lesson.near(input, loss(&QUARTERS, &a), cost, WITHIN);
        let input = format!("gradient([0, ln 3], {a:?})");
        lesson.all_near(input, &gradient(&QUARTERS, &a), &slope, WITHIN);
    }
}

#[test]
fn a_masked_class_without_weight_costs_nothing() {
    let lesson = lesson("targets", "a class with weight 0 costs something");
    let (z, a) = ([1.0, 2.0, MASK], [0.25, 0.75, 0.0]);
    let got = loss(&z, &a);
    lesson.near("loss([1, 2, -inf], [0.25, 0.75, 0])", got, 0.563_261_688, WITHIN);
    let slope = [0.018_941_421, -0.018_941_421, 0.0];
    let input = "gradient([1, 2, -inf], [0.25, 0.75, 0])";
    lesson.all_near(input, &gradient(&z, &a), &slope, WITHIN);
}

#[test]
fn a_masked_class_with_weight_costs_everything() {
    let a = [0.25, 0.5, 0.25];
    let got = loss(&[1.0, 2.0, MASK], &a);
    let lesson = lesson("targets", "you hide an impossible target, or NaN");
    lesson.near("loss([1, 2, -inf], [0.25, 0.5, 0.25])", got, f64::INFINITY, 0.0);
    // The gradient is finite, and it still pulls at the class.
    let got = gradient(&[1.0, 2.0, MASK], &a);
    let slope = [0.018_941_421, 0.231_058_579, -0.25];
    lesson.all_near("gradient([1, 2, -inf], [0.25, 0.5, 0.25])", &got, &slope, WITHIN);
    let z = [1.0, f64::NAN, 2.0];
    lesson.near("loss([1, NaN, 2], [0.25, 0.5, 0.25])", loss(&z, &a), f64::NAN, 0.0);
    let input = "gradient([1, NaN, 2], [0.25, 0.5, 0.25])";
    lesson.all_near(input, &gradient(&z, &a), &[f64::NAN; 3], 0.0);
}

#[test]
fn the_loss_is_linear_in_the_target() {
    let lesson = lesson("targets", "the loss isn't a sum of products with a_k");
    let z = [0.5, -1.0, 3.0, 0.0];
    let (q, r) = ([0.1, 0.2, 0.3, 0.4], [0.7, 0.0, 0.2, 0.1]);
    for (c, d) in [(1.0, 1.0), (0.5, 0.5), (3.0, 0.0), (1.0, -1.0), (-2.0, 0.1)] {
        let mixed: Vec<f64> = q.iter().zip(&r).map(|(q, r)| c * q + d * r).collect();
        let sum = c * loss(&z, &q) + d * loss(&z, &r);
        let input = format!("loss(z, {c} q + {d} r)");
        lesson.near(input, loss(&z, &mixed), sum, WITHIN);
    }
}

#[test]
fn any_weights_agree_with_the_oracle() {
    let lesson = lesson(
        "targets",
        "the formula holds only for one sign of the weights, or for one number of \
         classes",
    );
    let sum = CrossEntropy::default().reduction(Reduction::Sum);
    for classes in 1..=20 {
        // The seed is the number of classes.
        let mut random = Random::new(classes as u64);
        let (z, a) = (random.normals(classes, 3.0), random.normals(classes, 1.0));
        let batch = sum.batch(&z, &a, classes).expect("one row, with a weight a class");
        let expected = oracle::expected(&batch);
        let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<f64>>();
        let (z, a) = (wide(&z), wide(&a));
        let input = format!("loss({z:?}, {a:?})");
        lesson.near(input, loss(&z, &a), expected.losses[0].value, WITHIN);
        let grad: Vec<f64> = expected.grad.iter().map(|grad_k| grad_k.value).collect();
        let input = format!("gradient({z:?}, {a:?})");
        lesson.all_near(input, &gradient(&z, &a), &grad, WITHIN);
    }
}
