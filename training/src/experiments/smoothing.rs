//! The effect of label smoothing on the confidence of a model, and on its errors.
//!
//! The network learns the digits with each epsilon in both conventions, from labels that
//! are all right and from labels of which a fifth were replaced at random, each time with
//! several seeds. For comparison there's a method that needs no training: a temperature
//! that divides the logits of the plain model, found on held-out digits whose labels are
//! right (Guo et al. 2017).
//!
//! Smoothing keeps a model from being sure. If the labels are right, a model that gets 98
//! of 100 digits right had better be sure of them. If labels are wrong, smoothing keeps
//! the model from learning them by heart, but its confidence is still too low.

use std::iter::zip;

use anyhow::Result;
use backend::{Backend, CrossEntropy, Logits};
use ndarray::Array2;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{Experiment, Lab, half_range, mean};
use crate::clusters::cluster_distance;
use crate::digits::{self, CLASSES};
use crate::report::{Column, Report, Table, Tolerance};
use crate::temperature::temperature;
use crate::{BINS, Bin, Calibration, Examples, Score, row_major};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "smoothing",
    question: "what does label smoothing do to confidence?",
    run,
};

const SEEDS: usize = 3;
const EPOCHS: usize = 60;
const EPSILONS: [f32; 4] = [0.0, 0.05, 0.1, 0.2];
/// The places in [`Way::all`] of the ways that we also measure with a temperature: plain
/// training, and smoothing by 0.1 over all classes.
const WITH_TEMPERATURE: [usize; 2] = [0, 2];
/// The share of labels that are replaced in the second half.
const NOISE: f64 = 0.2;

/// The tolerance of means over three seeds. One bit of difference at the start moves those of
/// clean labels by less than 0.01, and those of wrong labels, learned by heart, by up to 0.04.
const NEAR: Tolerance = Tolerance::Absolute(0.02);
const NEAR_WHERE_WRONG: Tolerance = Tolerance::Absolute(0.1);
/// The tolerance for the rows of a bin, out of the 1,077 test digits of three seeds.
const ROWS_OF_A_BIN: Tolerance = Tolerance::Absolute(80.0);

/// The classes that share the rest of the target weight.
#[derive(Clone, Copy, PartialEq)]
enum Convention {
    /// Gives epsilon / C to every class.
    OverAll,
    /// Gives epsilon / (C - 1) to every class except the label.
    OverOthers,
}

/// One way to train.
#[derive(Clone, Copy)]
struct Way {
    convention: Convention,
    epsilon: f32,
}

impl Way {
    fn all() -> Vec<Way> {
        let with = |convention| EPSILONS.map(|epsilon| Way { convention, epsilon });
        let [all, others] = [Convention::OverAll, Convention::OverOthers].map(with);
        // Both conventions are the same without smoothing.
        [&all[..], &others[1..]].concat()
    }

    fn loss(self) -> Result<CrossEntropy, backend::Error> {
        match self.convention {
            Convention::OverAll => CrossEntropy::default().label_smoothing(self.epsilon),
            Convention::OverOthers => {
                CrossEntropy::default().label_smoothing_over_others(self.epsilon)
            }
        }
    }

    fn name(self) -> String {
        match self.convention {
            _ if self.epsilon == 0.0 => "plain".to_owned(),
            Convention::OverAll => format!("{} over all", self.epsilon),
            Convention::OverOthers => format!("{} over others", self.epsilon),
        }
    }
}

/// The measurements of one model on the test digits.
struct Measured {
    /// The number that the logits were divided by: 1 for a model as it was trained.
    temperature: f32,
    score: Score,
    calibration: Calibration,
    cluster_distance: f64,
}

fn run(lab: &Lab<'_>) -> Result<Report> {
    let digits = digits::embedded();
    let mut tables = Vec::new();
    let mut findings = Vec::new();
    for (noise, labels, near) in [
        (0.0, "clean labels", NEAR),
        (NOISE, "a fifth of the labels random", NEAR_WHERE_WRONG),
    ] {
        let (names, measured) = measured(lab, &digits, noise, labels)?;
        let table = summary(labels, near, &names, &measured);
        findings.push(format!("{labels}: {}", what_smoothing_did(&table)));
        tables.push(table);
        for (name, of_seeds) in zip(&names, &measured) {
            if ["plain", "0.1 over all"].contains(&name.as_str()) {
                tables.push(reliability(&format!("{labels}, {name}"), of_seeds));
            }
        }
    }
    Ok(lab.report(EXPERIMENT.name, tables, findings))
}

/// Measures every way, and two of them with a temperature, each with every seed.
fn measured(
    lab: &Lab<'_>,
    digits: &Examples<f32>,
    noise: f64,
    what: &str,
) -> Result<(Vec<String>, Vec<Vec<Measured>>), backend::Error> {
    let ways = Way::all();
    let mut names: Vec<String> = ways.iter().map(|way| way.name()).collect();
    names.extend(WITH_TEMPERATURE.map(|i| format!("{}, temperature", names[i])));
    let mut of_ways: Vec<Vec<Measured>> = names.iter().map(|_| Vec::new()).collect();
    for repeat in 0..SEEDS {
        let lab = Lab { seed: lab.seed + repeat as u64, ..*lab };
        let (train, test) = digits.split(lab.seed);
        let (mut train, held_back) = train.split(lab.seed);
        randomize(&mut train.labels, noise, lab.seed);
        for (i, way) in ways.iter().enumerate() {
            let mut model = lab.network();
            let what = format!("{what}, seed {}, {}", lab.seed, way.name());
            lab.train(&what, &way.loss()?, lab.schedule(EPOCHS), &train, &mut model)?;
            let hidden_units = model.hidden_units(&test.inputs);
            let logits = model.output.outputs(&hidden_units);
            let measure = |temperature: f32| -> Result<Measured, backend::Error> {
                let logits = &logits / temperature;
                Ok(Measured {
                    temperature,
                    score: Score::of_logits(lab.backend, &logits, &test.labels)?,
                    calibration: calibration(lab.backend, &logits, &test.labels)?,
                    cluster_distance: cluster_distance(&hidden_units, &test.labels),
                })
            };
            of_ways[i].push(measure(1.0)?);
            if let Some(place) = WITH_TEMPERATURE.iter().position(|with| *with == i) {
                let of_held_back =
                    model.output.outputs(&model.hidden_units(&held_back.inputs));
                let t = temperature(lab.backend, &of_held_back, &held_back.labels)?;
                of_ways[ways.len() + place].push(measure(t)?);
            }
        }
    }
    Ok((names, of_ways))
}

/// Replaces a share of the labels with random ones.
fn randomize(labels: &mut [usize], share: f64, seed: u64) {
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
    for label in labels {
        if generator.random_bool(share) {
            *label = generator.random_range(0..CLASSES);
        }
    }
}

fn calibration(
    backend: &dyn Backend,
    logits: &Array2<f32>,
    labels: &[usize],
) -> Result<Calibration, backend::Error> {
    let mut p = vec![0.0; logits.len()];
    let classes = logits.ncols();
    backend.softmax(Logits::new(row_major(logits), classes)?.softmax_out(&mut p)?);
    Ok(Calibration::new(&p, labels, classes))
}

fn summary(
    labels: &str,
    near: Tolerance,
    names: &[String],
    measured: &[Vec<Measured>],
) -> Table {
    let means = |name: &str, of: fn(&Measured) -> f64| {
        let of_seeds = |seeds: &Vec<Measured>| mean(seeds.iter().map(of));
        Column::measured(name, measured.iter().map(of_seeds), near)
    };
    let spreads = |name: &str, of: fn(&Measured) -> f64| {
        let of_seeds = |seeds: &Vec<Measured>| half_range(seeds.iter().map(of));
        Column::measured(format!("+- {name}"), measured.iter().map(of_seeds), near)
    };
    let columns = [
        Column::words("smoothing", names.iter().cloned()),
        means("accuracy", |m| m.score.accuracy),
        spreads("accuracy", |m| m.score.accuracy),
        means("NLL", |m| m.score.nll),
        spreads("NLL", |m| m.score.nll),
        means("ECE", |m| m.calibration.error()),
        spreads("ECE", |m| m.calibration.error()),
        means("overconfidence", |m| m.calibration.overconfidence()),
        means("cluster distance", |m| m.cluster_distance),
        means("temperature", |m| f64::from(m.temperature)),
    ];
    Table::new(
        format!("{labels}: means over {SEEDS} seeds, with half their range"),
        columns,
    )
}

/// Returns a sentence on the results of plain training, smoothing and a temperature.
fn what_smoothing_did(table: &Table) -> String {
    let (accuracy, nll) = (table.numbers("accuracy"), table.numbers("NLL"));
    let (ece, excess) = (table.numbers("ECE"), table.numbers("overconfidence"));
    let names =
        ["plain", "0.1 over all", "plain with a temperature", "0.1 with a temperature"];
    let rows = zip(names, [0, 2, nll.len() - 2, nll.len() - 1]);
    let said = rows.map(|(name, i)| {
        let (right, nll, ece) = (100.0 * accuracy[i], nll[i], ece[i]);
        let claims = if excess[i] > 0.0 { "too much" } else { "too little" };
        format!("{name}: {right:.1}% right, NLL {nll:.3}, ECE {ece:.3}, claims {claims}")
    });
    said.collect::<Vec<_>>().join("; ")
}

/// Returns the reliability diagram of all seeds together.
fn reliability(title: &str, of_seeds: &[Measured]) -> Table {
    let mut bins = vec![Bin::default(); BINS];
    for measured in of_seeds {
        for (all, bin) in zip(&mut bins, &measured.calibration.bins) {
            all.rows += bin.rows;
            all.right += bin.right;
            all.confidence += bin.confidence;
        }
    }
    let in_rows = |name: &str, of: fn(&Bin) -> f64| {
        Column::measured(name, bins.iter().map(of), ROWS_OF_A_BIN)
    };
    Table::new(
        format!("reliability: {title}"),
        [
            Column::chosen(
                "confidence up to",
                (1..=BINS).map(|i| i as f64 / BINS as f64),
            ),
            in_rows("rows", |bin| bin.rows as f64),
            in_rows("expected right", |bin| bin.confidence),
            in_rows("right", |bin| bin.right as f64),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn smoothing_costs_confidence_and_helps_where_labels_are_wrong() {
        let report = report_of(&EXPERIMENT);
        let column =
            |table: usize, name: &str| report.tables[table].numbers(name).to_vec();
        let (clean, noisy) = (0, 3);
        let (plain, smoothed, temperature, of_smoothed) = (0, 2, 7, 8);

        let (ece, nll) = (column(clean, "ECE"), column(clean, "NLL"));
        assert!(ece[smoothed] > ece[plain] + 0.05, "{report}");
        assert!(nll[smoothed] > nll[plain] + 0.02, "{report}");
        assert!(column(clean, "overconfidence")[smoothed] < -0.05, "{report}");
        assert!(column(clean, "accuracy").iter().all(|&share| share > 0.95), "{report}");

        let accuracy = column(noisy, "accuracy");
        assert!(accuracy[smoothed] > accuracy[plain] + 0.02, "{report}");
        assert_eq!(accuracy[temperature], accuracy[plain]);
        let ece = column(noisy, "ECE");
        assert!(ece[smoothed] > ece[temperature] + 0.04, "{report}");
        for table in [clean, noisy] {
            let (ece, t) = (column(table, "ECE"), column(table, "temperature"));
            assert!(ece[of_smoothed] < 0.6 * ece[smoothed], "{report}");
            assert!(t[of_smoothed] < 1.0, "{report}");
        }
    }
}
