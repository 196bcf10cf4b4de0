//! You pad rows to a common length, and the padding mustn't count. You have a rare class, and
//! it should count more. And in the end, the losses of all rows become one number. Each of the
//! three is easy, but many libraries got them wrong together, mostly below the line: what do
//! you divide a mean by?
//!
//! ```text
//! sum   =  sum of w_y nll_y over the kept rows
//! mean  =  sum / (sum of w_y over the kept rows)
//! ```
//!
//! Write `reduced_loss` for `Reduction::Sum` and `Reduction::Mean`. PyTorch computes the same
//! (2.15, November 2026). Here y is a row's label, and w_y is the weight of that class. A row
//! is ignored if its label is the *ignore index*, a number that you agree on; you keep all
//! other rows. If you multiply all weights by the same factor, the sum changes and the mean
//! doesn't.
//!
//! You don't read an ignored row: it may hold anything, and its label doesn't have to be a
//! class. The mean over no rows is 0 / 0, and you return the NaN that comes out. In this
//! course, the batch refuses such a call before a backend sees it.
//!
//! `nll` is given: it's the loss of one row at one label. Everything is in `f64`, including
//! the sum over the rows. In `f32`, if you add 0.1 twenty million times, you get 2,097,152.

#[path = "../src/e15_weights_and_ignore.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e15_weights_and_ignore;

use std::f64::consts::LN_2;

use backend::{CrossEntropy, Reduction};
use conformance::oracle;
use conformance::random::Random;
use e15_weights_and_ignore::{Options, reduced_loss};
use exercises::{Lesson, lesson};

/// A label that isn't one of the classes.
const PADDING: usize = 255;

/// Two rows with p = [1/4, 3/4], whose nll is ln 4 at label 0, and ln 4/3 at label 1.
const QUARTERS: [f64; 4] = [0.0, 1.098_612_288_668, 0.0, 1.098_612_288_668];

/// Two rows whose losses, at labels 0 and 1, have the mean 0.2159434.
const ORDINARY: [f64; 6] = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];

/// The expected numbers have this many digits, and an `f64` has more.
const WITHIN: f64 = 1e-9;

/// Checks the mean, or the sum, of the rows' losses.
#[track_caller]
fn meets(
    lesson: Lesson,
    logits: &[f64],
    labels: &[usize],
    options: (&[f64], usize, Reduction),
    expected: f64,
) {
    let (class_weights, ignore_index, reduction) = options;
    let options = Options { class_weights, ignore_index, reduction };
    let got = reduced_loss(logits, labels, options);
    let input = format!(
        "the {reduction:?} of {logits:?} at {labels:?}, class weights {class_weights:?}, \
         ignore index {ignore_index}"
    );
    lesson.near(input, got, expected, WITHIN);
}

#[test]
fn without_weights_rows_are_averaged() {
    let w: &[f64] = &[1.0; 3];
    let mean = lesson("targets", "the result isn't the average of the rows' losses");
    meets(mean, &ORDINARY, &[0, 1], (w, PADDING, Reduction::Mean), 0.215_943_400);
    meets(mean, &ORDINARY[..3], &[0], (w, PADDING, Reduction::Mean), 0.417_030_016);
    let sum = lesson("targets", "the result isn't the sum of the rows' losses");
    meets(sum, &ORDINARY, &[0, 1], (w, PADDING, Reduction::Sum), 0.431_886_800);
}

#[test]
fn the_sum_counts_each_row_by_the_weight_of_its_label() {
    let lesson = lesson(
        "targets",
        "you don't multiply each row's loss by the weight of its label",
    );
    let (weights, label) = ([1.0, 3.0], [0, 1]);
    // The first sum is ln 4 + 3 ln 4/3. The next two have the same label in both rows.
    meets(lesson, &QUARTERS, &label, (&weights, PADDING, Reduction::Sum), 2.249_340_578);
    meets(lesson, &QUARTERS, &[1, 1], (&weights, PADDING, Reduction::Sum), 1.726_092_435);
    meets(lesson, &QUARTERS, &[0, 0], (&weights, PADDING, Reduction::Sum), 2.772_588_722);
}

#[test]
fn a_label_that_is_ignored_is_no_index() {
    let lesson = lesson("targets", "you use a label that isn't a class as an index");
    let options = Options {
        class_weights: &[1.0; 2],
        ignore_index: PADDING,
        reduction: Reduction::Sum,
    };
    let labels = [0, PADDING];
    let input = format!("the Sum of {QUARTERS:?} at {labels:?}, ignore index {PADDING}");
    let got = lesson.returns(&input, || reduced_loss(&QUARTERS, &labels, options));
    lesson.near(input, got, 1.386_294_361, WITHIN);
}

#[test]
fn padding_does_not_count_in_the_mean() {
    let lesson = lesson("targets", "an ignored row counts in the mean");
    let (logits, w) = ([0.0, 0.0, 5.0, -5.0], &[1.0; 2]);
    meets(lesson, &logits, &[0, PADDING], (w, PADDING, Reduction::Mean), LN_2);
    // The ignore index may be one of the classes.
    meets(lesson, &logits, &[0, 1], (w, 1, Reduction::Mean), LN_2);
    meets(lesson, &logits, &[0, 1], (w, 1, Reduction::Sum), LN_2);
}

#[test]
fn the_mean_divides_by_the_weights_of_kept_rows() {
    let lesson = lesson(
        "targets",
        "you don't divide by the weights of the kept rows: a common factor of all \
         weights should cancel",
    );
    let common = |factor: f64| [factor, 3.0 * factor];
    for factor in [1.0, 0.01, 100.0] {
        let weights = common(factor);
        let mean = (&weights[..], PADDING, Reduction::Mean);
        meets(lesson, &QUARTERS, &[0, 1], mean, 0.562_335_145);
        // Both rows have the same label, so its weight cancels.
        meets(lesson, &QUARTERS, &[1, 1], mean, 0.287_682_072);
        // Only the first row is kept.
        meets(lesson, &QUARTERS, &[0, 1], (&weights, 1, Reduction::Mean), 1.386_294_361);
    }
    // A row with weight 0 counts neither above nor below the line.
    let mean = (&[1.0, 0.0][..], PADDING, Reduction::Mean);
    meets(lesson, &QUARTERS, &[0, 1], mean, 1.386_294_361);
}

#[test]
fn ignored_rows_are_not_read() {
    let lesson = lesson("targets", "you read an ignored row");
    for anything in [f64::NAN, f64::NEG_INFINITY, f64::INFINITY] {
        let mut logits = ORDINARY[..3].to_vec();
        logits.extend([anything; 3]);
        logits.extend(&ORDINARY[3..]);
        for ignored in [PADDING, 2] {
            let (labels, w) = ([0, ignored, 1], &[1.0; 3]);
            for (reduction, expected) in
                [(Reduction::Mean, 0.215_943_400), (Reduction::Sum, 0.431_886_800)]
            {
                let options = (&w[..], ignored, reduction);
                meets(lesson, &logits, &labels, options, expected);
            }
        }
    }
}

#[test]
fn a_kept_row_with_nan_is_not_hidden() {
    let lesson = lesson("targets", "you leave out a kept row whose loss is NaN");
    let logits = [0.0, 1.0, f64::NAN, 1.0];
    for reduction in [Reduction::Mean, Reduction::Sum] {
        let options = (&[1.0; 2][..], PADDING, reduction);
        meets(lesson, &logits, &[0, 1], options, f64::NAN);
    }
}

#[test]
fn the_mean_over_no_row_is_nan() {
    let (labels, w) = ([PADDING; 2], &[1.0; 2]);
    let mean = lesson("targets", "the mean over no rows should be 0 / 0");
    meets(mean, &QUARTERS, &labels, (w, PADDING, Reduction::Mean), f64::NAN);
    let sum = lesson("targets", "a sum doesn't divide: over no rows it's 0");
    meets(sum, &QUARTERS, &labels, (w, PADDING, Reduction::Sum), 0.0);
}

#[test]
fn all_options_together_agree_with_the_oracle() {
    let lesson = lesson(
        "targets",
        "your options are right one at a time but not together, or you sum in f32",
    );
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let (rows, classes) = (7, 2 + random.below(1, 20)[0]);
        let logits = random.normals(rows * classes, 3.0);
        let weights = random.units(classes);
        let mut labels = random.below(rows, classes);
        let ignored = labels[1];
        // At least one row is kept.
        labels[0] = (ignored + 1) % classes;
        for reduction in [Reduction::Mean, Reduction::Sum] {
            let loss = CrossEntropy::default().ignore_index(ignored).reduction(reduction);
            let loss = loss.class_weights(&weights[..]).expect("no weight is negative");
            let batch = loss.batch(&logits, &labels, classes).expect("a row is kept");
            let expected = oracle::expected(&batch).forward.value;
            let wide = |x: &[f32]| x.iter().copied().map(f64::from).collect::<Vec<f64>>();
            let options = (&wide(&weights)[..], ignored, reduction);
            meets(lesson, &wide(&logits), &labels, options, expected);
        }
    }
}
