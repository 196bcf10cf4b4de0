//! Class weights for rare classes, and labels that are missing.
//!
//! Of three digits, the 3, the 8 and the 9, only a few examples are left to learn from. A
//! model then saves more by never saying "8" than it loses. Weights in inverse proportion
//! to the frequency of a class make each class count as much as any other. In the second
//! part a fifth of the labels are missing, and we tell the loss to ignore them.

use anyhow::Result;
use backend::CrossEntropy;
use ndarray::Array2;
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::{Experiment, Lab};
use crate::digits::{self, CLASSES, PIXELS};
use crate::examples::shuffled;
use crate::report::{Column, Report, Table, Tolerance};
use crate::{Examples, Linear, Model, Score, Sgd, fit};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "imbalance",
    question: "what do class weights and ignored labels do?",
    run,
};

/// The rare digits, and the number of examples that are left of each.
const RARE: [usize; 3] = [3, 8, 9];
const LEFT: usize = 4;
const EPOCHS: usize = 60;
const SGD: Sgd = Sgd { rate: 0.1 };
/// The value that stands for a missing label.
const MISSING: usize = 255;

/// The tolerances: a few of the 36 test digits of a class, and a few of all 359.
const SAME_RECALL: Tolerance = Tolerance::Absolute(3.5 / 36.0);
const SAME_ACCURACY: Tolerance = Tolerance::Absolute(2.5 / 359.0);

fn run(lab: &Lab<'_>) -> Result<Report> {
    let (train, test) = digits::embedded().split(lab.seed);
    let skewed = skewed(&train);
    let weights = balancing_weights(&skewed.labels);
    let plain = trained(lab, "plain", &CrossEntropy::default(), &skewed)?;
    let weighted = CrossEntropy::default().class_weights(weights.clone())?;
    let weighted = trained(lab, "weighted", &weighted, &skewed)?;
    let recalls = [recalls(&plain, &test), recalls(&weighted, &test)];
    let accuracy =
        |model: &Linear| Score::of(lab.backend, model, &test).map(|score| score.accuracy);
    let of_skewed = [accuracy(&plain)?, accuracy(&weighted)?];
    let mean = |recalls: &[f64], of: &dyn Fn(usize) -> bool| {
        let of: Vec<f64> = (0..CLASSES).filter(|&k| of(k)).map(|k| recalls[k]).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let rare = recalls.each_ref().map(|r| mean(r, &|k| RARE.contains(&k)));
    let frequent = recalls.each_ref().map(|r| mean(r, &|k| !RARE.contains(&k)));

    let (gaps, kept) = with_gaps(lab, &train);
    let ignoring = CrossEntropy::default().ignore_index(MISSING);
    let all = accuracy(&trained(lab, "all labels", &CrossEntropy::default(), &train)?)?;
    let ignored = accuracy(&trained(lab, "a fifth ignored", &ignoring, &gaps)?)?;
    let dropped =
        accuracy(&trained(lab, "a fifth left out", &CrossEntropy::default(), &kept)?)?;

    let findings = [
        format!(
            "of the rare digits {:.0}% are found without weights, {:.0}% with; of the others \
             {:.0}% and {:.0}%",
            100.0 * rare[0],
            100.0 * rare[1],
            100.0 * frequent[0],
            100.0 * frequent[1]
        ),
        format!(
            "with a fifth of the labels ignored the accuracy is {ignored:.4}, with these rows \
             left out {dropped:.4}, with all labels {all:.4}"
        ),
    ];
    let [recall_plain, recall_weighted] = recalls;
    let of_class = Table::new(
        "few digits of three classes: the share of each class that is found",
        [
            Column::chosen("class", (0..CLASSES).map(|k| k as f64)),
            Column::chosen("examples", counts(&skewed.labels).map(|n| n as f64)),
            Column::chosen("weight", weights.iter().map(|&w| f64::from(w))),
            Column::measured("plain", recall_plain, SAME_RECALL),
            Column::measured("weighted", recall_weighted, SAME_RECALL),
        ],
    );
    let share = |name: &str, shares| Column::measured(name, shares, SAME_RECALL);
    let together = Table::new(
        "the same together",
        [
            Column::words("loss", ["plain", "weighted"]),
            share("rare digits", rare),
            share("other digits", frequent),
            share("all", of_skewed),
        ],
    );
    let missing = Table::new(
        "a fifth of the labels missing: accuracy on the test digits",
        [
            Column::words("labels", ["all", "a fifth ignored", "a fifth left out"]),
            Column::measured("accuracy", [all, ignored, dropped], SAME_ACCURACY),
        ],
    );
    Ok(lab.report(EXPERIMENT.name, [of_class, together, missing], findings))
}

/// Returns a trained linear classifier.
fn trained(
    lab: &Lab<'_>,
    what: &str,
    loss: &CrossEntropy,
    examples: &Examples<f32>,
) -> Result<Linear, backend::Error> {
    let mut model = Linear::zeros(PIXELS, CLASSES);
    let (schedule, mut sgd) = (lab.schedule(EPOCHS), SGD);
    fit(lab.backend, loss, schedule, examples, &mut model, &mut sgd, |epoch, _| {
        (lab.progress)(what, epoch.number, EPOCHS);
        Ok(())
    })?;
    Ok(model)
}

/// Returns the examples with only a few of the rare digits left.
fn skewed(examples: &Examples<f32>) -> Examples<f32> {
    let mut seen = [0; CLASSES];
    let is_left = |&i: &usize| {
        let label = examples.labels[i];
        seen[label] += 1;
        !RARE.contains(&label) || seen[label] <= LEFT
    };
    let left: Vec<usize> = (0..examples.len()).filter(is_left).collect();
    examples.select(&left)
}

/// Returns the weights `w_k = N / (C n_k)`: each class weighs N/C in all, and a row 1 on average.
// ANCHOR: balancing_weights
fn balancing_weights(labels: &[usize]) -> Vec<f32> {
    let rows = labels.len() as f32;
    counts(labels).map(|n| rows / (CLASSES as f32 * n as f32)).to_vec()
}
// ANCHOR_END: balancing_weights

fn counts(labels: &[usize]) -> [usize; CLASSES] {
    let mut counts = [0; CLASSES];
    labels.iter().for_each(|&label| counts[label] += 1);
    counts
}

/// Returns the recall of each class, the share of its rows in which it has the largest logit.
fn recalls(model: &Linear, test: &Examples<f32>) -> Vec<f64> {
    let (logits, ()) = model.forward(&test.inputs);
    let found: Vec<usize> = (0..test.len())
        .filter(|&i| found_class(&logits, i) == test.labels[i])
        .map(|i| test.labels[i])
        .collect();
    let share = |(found, all): (usize, usize)| found as f64 / all as f64;
    counts(&found).into_iter().zip(counts(&test.labels)).map(share).collect()
}

fn found_class(logits: &Array2<f32>, row: usize) -> usize {
    let z = logits.row(row);
    (0..z.len()).fold(0, |top, k| if z[k] > z[top] { k } else { top })
}

/// Returns the examples with a fifth of the labels missing, and those that have a label.
fn with_gaps(lab: &Lab<'_>, examples: &Examples<f32>) -> (Examples<f32>, Examples<f32>) {
    // The seed differs from that of the training order. Otherwise the first steps would
    // meet only missing labels, and a mean over nothing is refused.
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(!lab.seed);
    let order = shuffled(examples.len(), &mut generator);
    let (missing, kept) = order.split_at(examples.len() / 5);
    let mut gaps = examples.clone();
    missing.iter().for_each(|&i| gaps.labels[i] = MISSING);
    (gaps, examples.select(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn weights_find_rare_digits_at_little_cost_to_the_others() {
        let report = report_of(&EXPERIMENT);
        let table = report.table("the same together");
        let (rare, other) = (table.numbers("rare digits"), table.numbers("other digits"));
        assert!(rare[1] > rare[0] + 0.15, "{report}");
        assert!(other[1] > other[0] - 0.1, "{report}");
    }

    #[test]
    fn a_fifth_without_labels_is_as_good_as_left_out() {
        let report = report_of(&EXPERIMENT);
        let accuracy = report.tables[2].numbers("accuracy");
        assert!((accuracy[1] - accuracy[2]).abs() < 0.02, "{accuracy:?}");
        assert!(accuracy[1] > accuracy[0] - 0.03, "{accuracy:?}");
    }

    #[test]
    fn weights_make_the_classes_equal() {
        let weights = balancing_weights(&[0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]);
        assert_eq!((weights[0], weights[1], weights[9]), (1.2, 0.6, 0.6));
    }
}
