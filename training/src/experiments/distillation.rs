//! Distillation, in which one model learns from the doubts of another.
//!
//! A network of two layers, the teacher, has learned the digits. A linear classifier, the
//! student, sees few of them. Its target isn't the label but the teacher's probabilities, at
//! a temperature T that makes small probabilities visible (Hinton, Vinyals and Dean 2015):
//!
//! ```text
//! loss = cross-entropy of q = softmax(z' / T) against p = softmax(z / T)
//! grad = (p - q) / T
//! ```
//!
//! At a high T all probabilities come close to 1/C, and p - q itself shrinks like 1/T. So
//! the gradient shrinks like 1/T^2, and we multiply the loss by T^2 to make up for it.

use anyhow::Result;
use backend::{Backend, CrossEntropy, Logits};
use ndarray::Array2;

use super::{Experiment, Lab, half_range, mean};
use crate::digits::{self, CLASSES, PIXELS};
use crate::report::{Column, Report, Table, Tolerance};
use crate::{
    Examples, Linear, Model, Network, Optimizer, Score, Sgd, epochs, fit, row_major,
};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "distillation",
    question: "what can one model learn from the doubts of another?",
    run,
};

const SEEDS: usize = 5;
const TEACHER_EPOCHS: usize = 10;
/// The number of digits that the student sees.
const SEEN: usize = 100;
const STUDENT_EPOCHS: usize = 300;
const SGD: Sgd = Sgd { rate: 0.1 };
const TEMPERATURES: [f32; 4] = [1.0, 2.0, 4.0, 8.0];
const SMOOTHING: f32 = 0.1;

/// The tolerance of means over the seeds: a different processor rounds the training differently.
const NEAR: Tolerance = Tolerance::Absolute(0.02);
/// The tolerance of slopes, which depend on the logits of a trained teacher.
const OF_SLOPES: Tolerance = Tolerance::Relative(0.1);

/// The source that the student learns from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Labels,
    Teacher { teacher: &'a Network, temperature: f32 },
}

fn run(lab: &Lab<'_>) -> Result<Report> {
    let digits = digits::embedded();
    let mut names = vec!["labels".to_owned()];
    for teacher in ["plain", "smoothed"] {
        names.extend(TEMPERATURES.map(|t| format!("{teacher} teacher, T = {t}")));
    }
    let mut scores: Vec<Vec<Score>> = names.iter().map(|_| Vec::new()).collect();
    let mut teachers = [const { Vec::new() }; 2];
    let mut slopes = Vec::new();
    for repeat in 0..SEEDS {
        let lab = Lab { seed: lab.seed + repeat as u64, ..*lab };
        let (train, test) = digits.split(lab.seed);
        let seen = train.select(&(0..SEEN).collect::<Vec<_>>());
        let [plain, smoothed] = [
            teacher(&lab, &train, &CrossEntropy::default())?,
            teacher(&lab, &train, &CrossEntropy::default().label_smoothing(SMOOTHING)?)?,
        ];
        let mut sources = vec![Source::Labels];
        for teacher in [&plain, &smoothed] {
            sources.extend(
                TEMPERATURES.map(|t| Source::Teacher { teacher, temperature: t }),
            );
        }
        for (i, source) in sources.into_iter().enumerate() {
            let student = student(&lab, &names[i], source, &seen)?;
            scores[i].push(Score::of(lab.backend, &student, &test)?);
        }
        for (scores, teacher) in teachers.iter_mut().zip([&plain, &smoothed]) {
            scores.push(Score::of(lab.backend, teacher, &test)?);
        }
        if repeat == 0 {
            slopes = slopes_at_start(lab.backend, &plain, &seen)?;
        }
    }
    let accuracies: Vec<f64> =
        scores.iter().map(|scores| mean(scores.iter().map(|s| s.accuracy))).collect();
    let t = TEMPERATURES.len();
    let findings = [
        format!(
            "a student of {SEEN} digits is right on {:.1}% of others from labels, on {:.1}% from \
             the doubts of a teacher at T = {}, on {:.1}% where these were smoothed",
            100.0 * accuracies[0],
            100.0 * accuracies[t],
            TEMPERATURES[t - 1],
            100.0 * accuracies[2 * t],
        ),
        format!(
            "from T = {} to {} the gradient shrinks {:.1} times, and (p - q) {:.1} times",
            TEMPERATURES[t - 2],
            TEMPERATURES[t - 1],
            slopes[t - 2] / slopes[t - 1],
            slopes[t - 2] * f64::from(TEMPERATURES[t - 2])
                / (slopes[t - 1] * f64::from(TEMPERATURES[t - 1])),
        ),
    ];
    let nll = scores.iter().map(|scores| mean(scores.iter().map(|s| s.nll)));
    let spread =
        scores.iter().map(|scores| half_range(scores.iter().map(|s| s.accuracy)));
    let students = Table::new(
        format!(
            "students that saw {SEEN} digits: means over {SEEDS} seeds, with half the range"
        ),
        [
            Column::words("learned from", names.clone()),
            Column::measured("accuracy", accuracies.iter().copied(), NEAR),
            Column::measured("+-", spread, NEAR),
            Column::measured("NLL", nll, NEAR),
        ],
    );
    let of_teachers = |of: fn(&Score) -> f64| {
        teachers.each_ref().map(|scores| mean(scores.iter().map(of)))
    };
    let teachers = Table::new(
        "teachers",
        [
            Column::words("teacher", ["plain", "smoothed"]),
            Column::measured("accuracy", of_teachers(|s| s.accuracy), NEAR),
            Column::measured("NLL", of_teachers(|s| s.nll), NEAR),
        ],
    );
    let squares = TEMPERATURES.map(|t| f64::from(t).powi(2));
    let with_factor: Vec<f64> =
        slopes.iter().zip(squares).map(|(s, square)| s * square).collect();
    let shrinking = Table::new(
        "the mean size of a slope before the student has learned anything",
        [
            Column::chosen("T", TEMPERATURES.map(f64::from)),
            Column::measured("of the loss", slopes, OF_SLOPES),
            Column::measured("of T^2 times the loss", with_factor, OF_SLOPES),
        ],
    );
    Ok(lab.report(EXPERIMENT.name, [students, teachers, shrinking], findings))
}

fn teacher(
    lab: &Lab<'_>,
    train: &Examples<f32>,
    loss: &CrossEntropy,
) -> Result<Network, backend::Error> {
    let mut teacher = lab.network();
    let what = format!("teacher, seed {}", lab.seed);
    lab.train(&what, loss, lab.schedule(TEACHER_EPOCHS), train, &mut teacher)?;
    Ok(teacher)
}

fn student(
    lab: &Lab<'_>,
    what: &str,
    source: Source<'_>,
    seen: &Examples<f32>,
) -> Result<Linear, backend::Error> {
    let mut student = Linear::zeros(PIXELS, CLASSES);
    let mut sgd = SGD;
    let schedule = lab.schedule(STUDENT_EPOCHS);
    let what = format!("seed {}, {what}", lab.seed);
    let report = |epoch: crate::Epoch, _: &Linear| {
        (lab.progress)(&what, epoch.number, STUDENT_EPOCHS);
        Ok(())
    };
    match source {
        Source::Labels => {
            let loss = CrossEntropy::default();
            fit(lab.backend, &loss, schedule, seen, &mut student, &mut sgd, report)?;
        }
        Source::Teacher { teacher, temperature } => {
            let step = |student: &mut Linear, examples: &Examples<f32>| {
                let (of_teacher, _) = teacher.forward(&examples.inputs);
                let (logits, ()) = student.forward(&examples.inputs);
                let (loss, by_logits) =
                    distillation_loss(lab.backend, &logits, &of_teacher, temperature)?;
                let square = temperature * temperature;
                let gradient =
                    student.backward(&examples.inputs, &(), &(by_logits * square));
                sgd.step(student, &gradient);
                Ok(loss * f64::from(square))
            };
            epochs(schedule, seen, &mut student, step, report)?;
        }
    }
    Ok(student)
}

/// Returns the cross-entropy of two softmaxes at a temperature, without the factor T^2,
/// and its gradient with respect to the logits.
// ANCHOR: distillation_loss
fn distillation_loss(
    backend: &dyn Backend,
    logits: &Array2<f32>,
    of_teacher: &Array2<f32>,
    temperature: f32,
) -> Result<(f64, Array2<f32>), backend::Error> {
    let classes = logits.ncols();
    let (z, of_teacher) = (logits / temperature, of_teacher / temperature);
    let mut q = vec![0.0; z.len()];
    backend.softmax(Logits::new(row_major(&of_teacher), classes)?.softmax_out(&mut q)?);

    let mut by_z = Array2::zeros(z.dim());
    let loss = CrossEntropy::default();
    let batch = loss.batch(row_major(&z), &q, classes)?;
    let grad = by_z.as_slice_mut().expect("a new array is row-major");
    let loss = backend.forward_backward(batch.grad_out(grad)?);
    Ok((f64::from(loss), by_z / temperature))
}
// ANCHOR_END: distillation_loss

/// Returns the mean size of a slope at each temperature, for a student that gives every
/// class the same logit.
fn slopes_at_start(
    backend: &dyn Backend,
    teacher: &Network,
    seen: &Examples<f32>,
) -> Result<Vec<f64>, backend::Error> {
    let (of_teacher, _) = teacher.forward(&seen.inputs);
    let logits = Array2::zeros(of_teacher.dim());
    let mean_slope = |temperature: f32| {
        let (_, grad) = distillation_loss(backend, &logits, &of_teacher, temperature)?;
        let total: f64 = grad.iter().map(|slope| f64::from(slope.abs())).sum();
        Ok(total / CLASSES as f64)
    };
    TEMPERATURES.into_iter().map(mean_slope).collect()
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::array;
    use scalar::Scalar;

    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn doubts_teach_more_than_labels_and_less_where_they_were_smoothed() {
        let report = report_of(&EXPERIMENT);
        let accuracy = report.tables[0].numbers("accuracy");
        let (labels, plain, smoothed) = (accuracy[0], accuracy[4], accuracy[8]);
        assert!(plain > labels + 0.015, "{report}");
        assert!(smoothed < plain - 0.008, "{report}");
        let nll = report.tables[0].numbers("NLL");
        assert!(nll[4] < 0.7 * nll[0], "{report}");

        // At high temperatures, doubling T leaves a quarter of the gradient.
        let slopes = report.tables[2].numbers("of the loss");
        assert!((2.5..4.0).contains(&(slopes[2] / slopes[3])), "{report}");
    }

    #[test]
    fn the_gradient_is_p_minus_q_over_t() {
        let (z, of_teacher) = (array![[1.0, -0.5, 0.25]], array![[3.0, 0.0, -2.0]]);
        let t = 2.0;
        let (_, grad) = distillation_loss(&Scalar, &z, &of_teacher, t).unwrap();
        let softmax = |z: &Array2<f32>| {
            let e = z.mapv(|z| (z / t).exp());
            let sum = e.sum();
            e / sum
        };
        let expected = (softmax(&z) - softmax(&of_teacher)) / t;
        for (slope, expected) in grad.iter().zip(&expected) {
            assert_relative_eq!(*slope, *expected, epsilon = 1e-6);
        }
    }
}
