//! What label smoothing does to the confidence of a model, and to its errors.
//!
//! The network learns the digits with each epsilon in both conventions, from labels that
//! are all right and from labels of which a fifth have been replaced at random; each with
//! several seeds. Beside it stands what needs no training at all: a temperature, found on
//! digits held back whose labels are right, that divides the logits of the plain model (Guo
//! et al. 2017).
//!
//! Smoothing keeps a model from being sure. Where the labels are right, a model that is
//! right on 98 of 100 digits had better be sure of them. Where labels are wrong, it keeps
//! the model from learning them by heart; its confidence is too low all the same.

use std::error::Error;
use std::iter::zip;

use backend::{Backend, CrossEntropy, Logits};
use ndarray::{Array1, Array2, Axis};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::{Experiment, Lab, half_range, mean};
use crate::digits::{self, CLASSES};
use crate::report::{Column, Report, Table, Tolerance};
use crate::{Calibration, Examples, Score, row_major};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "smoothing",
    question: "what does label smoothing do to confidence?",
    run,
};

const SEEDS: usize = 3;
const EPOCHS: usize = 60;
const EPSILONS: [f32; 4] = [0.0, 0.05, 0.1, 0.2];
/// The share of labels replaced in the second half.
const NOISE: f64 = 0.2;

/// Means over three seeds, of training that another processor rounds otherwise.
const NEAR: Tolerance = Tolerance::Absolute(0.02);
/// Of the few rows of a bin.
const IN_A_BIN: Tolerance = Tolerance::Absolute(0.25);
const ROWS_OF_A_BIN: Tolerance = Tolerance::Absolute(40.0);

/// Where the rest of the target weight goes.
#[derive(Clone, Copy, PartialEq)]
enum Convention {
    /// epsilon / C to every class.
    OverAll,
    /// epsilon / (C - 1) to every class but the label.
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

/// What is measured of a model on the test digits.
struct Measured {
    score: Score,
    calibration: Calibration,
    cluster_distance: f64,
}

fn run(lab: &Lab<'_>) -> Result<Report, Box<dyn Error>> {
    let digits = digits::embedded()?;
    let mut tables = Vec::new();
    let mut findings = Vec::new();
    for noise in [0.0, NOISE] {
        let labels =
            if noise == 0.0 { "clean labels" } else { "a fifth of the labels random" };
        let (names, measured) = measured(lab, &digits, noise, labels)?;
        let table = summary(labels, &names, &measured);
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

/// Every way, and the plain one with a temperature, each with every seed.
fn measured(
    lab: &Lab<'_>,
    digits: &Examples<f32>,
    noise: f64,
    what: &str,
) -> Result<(Vec<String>, Vec<Vec<Measured>>), backend::Error> {
    let ways = Way::all();
    let mut names: Vec<String> = ways.iter().map(|way| way.name()).collect();
    names.push("plain, temperature".to_owned());
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
            let measure = |logits: &Array2<f32>| -> Result<Measured, backend::Error> {
                Ok(Measured {
                    score: Score::of_logits(lab.backend, logits, &test.labels)?,
                    calibration: calibration(lab.backend, logits, &test.labels)?,
                    cluster_distance: cluster_distance(&hidden_units, &test.labels),
                })
            };
            of_ways[i].push(measure(&logits)?);
            if way.epsilon == 0.0 {
                let of_held_back =
                    model.output.outputs(&model.hidden_units(&held_back.inputs));
                let t = temperature(lab.backend, &of_held_back, &held_back.labels)?;
                of_ways[ways.len()].push(measure(&(logits / t))?);
            }
        }
    }
    Ok((names, of_ways))
}

/// Replaces a share of the labels by random ones.
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

/// The temperature whose quotients `z / T` have the least negative log-likelihood.
///
/// It is convex in `1/T`, so the golden section finds its least value.
fn temperature(
    backend: &dyn Backend,
    logits: &Array2<f32>,
    labels: &[usize],
) -> Result<f32, backend::Error> {
    const GOLDEN: f32 = 0.618_034;
    let nll = |inverse: f32| {
        Ok::<_, backend::Error>(
            Score::of_logits(backend, &(logits * inverse), labels)?.nll,
        )
    };
    let (mut low, mut high) = (0.01, 10.0);
    for _ in 0..40 {
        let width = GOLDEN * (high - low);
        if nll(high - width)? < nll(low + width)? {
            high = low + width;
        } else {
            low = high - width;
        }
    }
    Ok(2.0 / (low + high))
}

/// How far the rows of a class are from their center, over how far the centers are from
/// each other, in the space of the hidden units: small where classes are tight clusters.
fn cluster_distance(hidden_units: &Array2<f32>, labels: &[usize]) -> f64 {
    let centers: Vec<Array1<f32>> = (0..CLASSES)
        .map(|k| {
            let rows: Vec<usize> =
                (0..labels.len()).filter(|&i| labels[i] == k).collect();
            let of_class = hidden_units.select(Axis(0), &rows);
            of_class.mean_axis(Axis(0)).expect("every class is among the test digits")
        })
        .collect();
    let distance = |a: &Array1<f32>, b: &Array1<f32>| {
        f64::from((a - b).mapv(|x| x * x).sum().sqrt())
    };
    let rows = hidden_units.rows().into_iter().map(|row| row.to_owned());
    let within: f64 =
        zip(rows, labels).map(|(row, &y)| distance(&row, &centers[y])).sum();
    let mut between = 0.0;
    for (k, center) in centers.iter().enumerate() {
        between +=
            centers[k + 1..].iter().map(|other| distance(center, other)).sum::<f64>();
    }
    let pairs = (CLASSES * (CLASSES - 1) / 2) as f64;
    (within / labels.len() as f64) / (between / pairs)
}

fn summary(labels: &str, names: &[String], measured: &[Vec<Measured>]) -> Table {
    let means = |name: &str, of: fn(&Measured) -> f64| {
        let of_seeds = |seeds: &Vec<Measured>| mean(seeds.iter().map(of));
        Column::measured(name, measured.iter().map(of_seeds), NEAR)
    };
    let spreads = |name: &str, of: fn(&Measured) -> f64| {
        let of_seeds = |seeds: &Vec<Measured>| half_range(seeds.iter().map(of));
        Column::measured(format!("+- {name}"), measured.iter().map(of_seeds), NEAR)
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
    ];
    Table::new(
        format!("{labels}: means over {SEEDS} seeds, with half their range"),
        columns,
    )
}

/// What plain training, smoothing and a temperature came to.
fn what_smoothing_did(table: &Table) -> String {
    let (accuracy, nll) = (table.numbers("accuracy"), table.numbers("NLL"));
    let (ece, excess) = (table.numbers("ECE"), table.numbers("overconfidence"));
    let names = ["plain", "0.1 over all", "plain with a temperature"];
    let rows = zip(names, [0, 2, nll.len() - 1]);
    let said = rows.map(|(name, i)| {
        let (right, nll, ece) = (100.0 * accuracy[i], nll[i], ece[i]);
        let claims = if excess[i] > 0.0 { "too much" } else { "too little" };
        format!("{name}: {right:.1}% right, NLL {nll:.3}, ECE {ece:.3}, claims {claims}")
    });
    said.collect::<Vec<_>>().join("; ")
}

/// The reliability diagram of the first seed.
fn reliability(title: &str, of_seeds: &[Measured]) -> Table {
    let bins = of_seeds.first().map_or(&[][..], |measured| &measured.calibration.bins);
    Table::new(
        format!("reliability: {title}"),
        [
            Column::chosen("bin", (1..=bins.len()).map(|i| i as f64)),
            Column::measured("rows", bins.iter().map(|b| b.rows as f64), ROWS_OF_A_BIN),
            Column::measured("confidence", bins.iter().map(|b| b.confidence), IN_A_BIN),
            Column::measured("accuracy", bins.iter().map(|b| b.accuracy), IN_A_BIN),
        ],
    )
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use scalar::Scalar;

    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn smoothing_costs_confidence_and_helps_where_labels_are_wrong() {
        let report = report_of(&EXPERIMENT);
        let column =
            |table: usize, name: &str| report.tables[table].numbers(name).to_vec();
        let (clean, noisy) = (0, 3);
        let (plain, smoothed, temperature) = (0, 2, 7);

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
    }

    #[test]
    fn the_temperature_of_logits_that_are_twice_too_large_is_2() {
        // A quarter of the rows are wrong, so the margin should be ln 3.
        let margin = 2.0 * 3.0_f32.ln();
        let logits = array![[margin, 0.0], [margin, 0.0], [margin, 0.0], [margin, 0.0]];
        let t = temperature(&Scalar, &logits, &[0, 0, 0, 1]).unwrap();
        approx::assert_relative_eq!(t, 2.0, max_relative = 1e-3);
    }

    #[test]
    fn tight_clusters_are_at_a_small_distance() {
        let labels: Vec<usize> = (0..2 * CLASSES).map(|i| i % CLASSES).collect();
        let centers = |spread: f32| {
            Array2::from_shape_fn((2 * CLASSES, 1), |(i, _)| {
                (i % CLASSES) as f32 + if i < CLASSES { spread } else { -spread }
            })
        };
        assert!(cluster_distance(&centers(0.1), &labels) < 0.03);
        assert_eq!(cluster_distance(&centers(0.0), &labels), 0.0);
    }
}
