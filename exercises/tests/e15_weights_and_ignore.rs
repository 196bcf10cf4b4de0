//! Rows are padded to a common length, and the padding must not count. A class is rare, and
//! must count more. Losses of rows become one number. Each is easy, and together they have
//! been got wrong in many libraries, mostly below the line: what is a mean divided by?
//!
//! ```text
//! sum   =  sum of w_y nll_y over the kept rows
//! mean  =  sum / (sum of w_y over the kept rows)
//! ```
//!
//! Write `reduced_loss` for `Reduction::Sum` and `Reduction::Mean`; that of PyTorch 2.15
//! (November 2026) is the same. A row whose label is the *ignore index*, a number that is
//! agreed on, is ignored, all others are kept. y is a row's label, w_y the weight of that
//! class. A common factor of the weights changes the sum, and not the mean.
//!
//! An ignored row is not read: it may hold anything, and its label need not be a class. The
//! mean over no row is 0 / 0, and shall be the NaN that it is. (The contract of this course
//! refuses such a batch before it gets to a backend.)
//!
//! `nll` is given, the loss of one row at one label. All is in `f64`, also the sum over rows:
//! twenty million times 0.1, added up in `f32`, is 2,097,152.

#[path = "../src/e15_weights_and_ignore.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e15_weights_and_ignore;

use std::f64::consts::LN_2;

use backend::{CrossEntropy, Reduction};
use conformance::oracle;
use conformance::random::Random;
use e15_weights_and_ignore::{Options, reduced_loss};
use exercises::{Lesson, lesson};

/// A label that is none of the classes.
const PADDING: usize = 255;

/// Two rows with p = [1/4, 3/4]: their nll are ln 4 at label 0, and ln 4/3 at label 1.
const QUARTERS: [f64; 4] = [0.0, 1.098_612_288_668, 0.0, 1.098_612_288_668];

/// Two rows whose losses, at labels 0 and 1, have the mean 0.2159434.
const ORDINARY: [f64; 6] = [2.0, 1.0, 0.1, 0.0, 5.0, 0.2];

/// The expected numbers are written with so many digits; `f64` itself has more.
const WITHIN: f64 = 1e-9;

/// Accepts the mean, or the sum, of the rows' losses.
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
    let mean = lesson("targets", "not the average of the rows' losses");
    meets(mean, &ORDINARY, &[0, 1], (w, PADDING, Reduction::Mean), 0.215_943_400);
    meets(mean, &ORDINARY[..3], &[0], (w, PADDING, Reduction::Mean), 0.417_030_016);
    let sum = lesson("targets", "not the sum of the rows' losses");
    meets(sum, &ORDINARY, &[0, 1], (w, PADDING, Reduction::Sum), 0.431_886_800);
}

#[test]
fn the_sum_counts_each_row_by_the_weight_of_its_label() {
    let lesson =
        lesson("targets", "the weights don't count above the line as they should");
    let (weights, label) = ([1.0, 3.0], [0, 1]);
    // ln 4 + 3 ln 4/3, and the other way around.
    meets(lesson, &QUARTERS, &label, (&weights, PADDING, Reduction::Sum), 2.249_340_578);
    meets(lesson, &QUARTERS, &[1, 1], (&weights, PADDING, Reduction::Sum), 1.726_092_435);
    meets(lesson, &QUARTERS, &[0, 0], (&weights, PADDING, Reduction::Sum), 2.772_588_722);
}

#[test]
fn a_label_that_is_ignored_is_no_index() {
    let lesson = lesson("targets", "a label that is no class is in the way");
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
    let lesson = lesson("targets", "ignored rows count in the mean");
    let (logits, w) = ([0.0, 0.0, 5.0, -5.0], &[1.0; 2]);
    meets(lesson, &logits, &[0, PADDING], (w, PADDING, Reduction::Mean), LN_2);
    // The label to be ignored may be one of the classes.
    meets(lesson, &logits, &[0, 1], (w, 1, Reduction::Mean), LN_2);
    meets(lesson, &logits, &[0, 1], (w, 1, Reduction::Sum), LN_2);
}

#[test]
fn the_mean_divides_by_the_weights_of_kept_rows() {
    let lesson = lesson(
        "targets",
        "it isn't divided by the weights of the kept rows: a common factor of all weights should \
         cancel",
    );
    let common = |factor: f64| [factor, 3.0 * factor];
    for factor in [1.0, 0.01, 100.0] {
        let weights = common(factor);
        let mean = (&weights[..], PADDING, Reduction::Mean);
        meets(lesson, &QUARTERS, &[0, 1], mean, 0.562_335_145);
        // Both rows at one label: its weight cancels.
        meets(lesson, &QUARTERS, &[1, 1], mean, 0.287_682_072);
        // The first row alone is kept.
        meets(lesson, &QUARTERS, &[0, 1], (&weights, 1, Reduction::Mean), 1.386_294_361);
    }
    // A row without weight counts neither above nor below the line.
    let mean = (&[1.0, 0.0][..], PADDING, Reduction::Mean);
    meets(lesson, &QUARTERS, &[0, 1], mean, 1.386_294_361);
}

#[test]
fn ignored_rows_are_not_read() {
    let lesson = lesson("targets", "an ignored row is read");
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
    let lesson = lesson("targets", "a kept row whose loss is NaN is left out");
    let logits = [0.0, 1.0, f64::NAN, 1.0];
    for reduction in [Reduction::Mean, Reduction::Sum] {
        let options = (&[1.0; 2][..], PADDING, reduction);
        meets(lesson, &logits, &[0, 1], options, f64::NAN);
    }
}

#[test]
fn the_mean_over_no_row_is_nan() {
    let (labels, w) = ([PADDING; 2], &[1.0; 2]);
    let mean = lesson("targets", "the mean over no row should be 0 / 0");
    meets(mean, &QUARTERS, &labels, (w, PADDING, Reduction::Mean), f64::NAN);
    let sum = lesson("targets", "a sum doesn't divide: over no row it's 0");
    meets(sum, &QUARTERS, &labels, (w, PADDING, Reduction::Sum), 0.0);
}

#[test]
fn all_options_together_agree_with_the_oracle() {
    let lesson = lesson(
        "targets",
        "options that are right one at a time, and not together; or a sum in f32",
    );
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let (rows, classes) = (7, 2 + random.below(1, 20)[0]);
        let logits = random.normals(rows * classes, 3.0);
        let weights = random.units(classes);
        let mut labels = random.below(rows, classes);
        let ignored = labels[1];
        // One row at least is kept.
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
