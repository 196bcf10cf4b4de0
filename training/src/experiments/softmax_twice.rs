//! The most common bug: probabilities passed to a loss that expects logits.
//!
//! Probabilities lie between 0 and 1, so as logits they never differ by more than 1. The
//! loss of a row of C classes then can't fall below
//!
//! ```text
//! -ln(e / (e + C - 1)) = ln(1 + (C - 1) / e)
//! ```
//!
//! and its slope is multiplied by the Jacobian of a softmax, whose entries are at most
//! 1/4. Nothing fails: the model learns, but slowly, and the loss looks as if there were
//! little to learn.

use std::f64::consts::E;
use std::iter::zip;

use anyhow::Result;
use backend::{Backend, Batch, CrossEntropy, Logits};
use ndarray::Array2;

use super::{Experiment, Lab};
use crate::digits::{self, CLASSES};
use crate::report::{Column, Report, Table, Tolerance, short};
use crate::{
    Examples, Model, Network, Optimizer, Score, Sgd, epochs, row_major, train_step,
};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "softmax_twice",
    question: "what does the most common bug cost?",
    run,
};

const EPOCHS: usize = 40;
const SGD: Sgd = Sgd { rate: 0.1 };
/// The accuracy on the test digits; we compare the epochs that reach it.
const GOAL: f64 = 0.9;

const SAME_CURVE: Tolerance = Tolerance::Absolute(2e-3);
const SAME_ACCURACY: Tolerance = Tolerance::Absolute(2.5 / 359.0);

type Step<'a> =
    &'a dyn Fn(&mut Network, &Examples<f32>, &mut Sgd) -> Result<f64, backend::Error>;

/// The loss of each epoch, and the accuracy after that epoch.
struct Curve {
    losses: Vec<f64>,
    accuracies: Vec<f64>,
}

impl Curve {
    /// Returns the first epoch that reached the goal.
    fn reached(&self) -> Option<usize> {
        self.accuracies.iter().position(|&accuracy| accuracy >= GOAL).map(|i| i + 1)
    }
}

fn run(lab: &Lab<'_>) -> Result<Report> {
    let (train, test) = digits::embedded().split(lab.seed);
    let loss = CrossEntropy::default();
    let once = curve(lab, "softmax once", &train, &test, &|model, examples, sgd| {
        train_step(lab.backend, &loss, examples, model, sgd)
    })?;
    let twice = curve(lab, "softmax twice", &train, &test, &|model, examples, sgd| {
        let (logits, kept) = model.forward(&examples.inputs);
        let (value, by_logits) = loss_of_softmax(lab.backend, &logits, &examples.labels)?;
        let gradient = model.backward(&examples.inputs, &kept, &by_logits);
        sgd.step(model, &gradient);
        Ok(value)
    })?;

    let floor = floor(CLASSES);
    let reached = |curve: &Curve| match curve.reached() {
        Some(epoch) => format!("after {epoch} epochs"),
        None => format!("not within {EPOCHS} epochs"),
    };
    let findings = [
        format!(
            "{GOAL} of the test digits are right {} with one softmax, {} with two",
            reached(&once),
            reached(&twice)
        ),
        format!(
            "with two the loss cannot fall below ln(1 + {} / e) = {floor:.6}; it got to {}",
            CLASSES - 1,
            short(twice.losses[EPOCHS - 1])
        ),
    ];
    let epoch = Column::chosen("epoch", (1..=EPOCHS).map(|epoch| epoch as f64));
    let curves = Table::new(
        "mean loss over an epoch, and accuracy on the test digits after it",
        [
            epoch,
            Column::measured("loss, once", once.losses, SAME_CURVE),
            Column::measured("loss, twice", twice.losses, SAME_CURVE),
            Column::measured("accuracy, once", once.accuracies, SAME_ACCURACY),
            Column::measured("accuracy, twice", twice.accuracies, SAME_ACCURACY),
        ],
    );
    let floors = [2, 3, 10, 1000, 32000];
    let floors = Table::new(
        "the loss below which two softmaxes never get",
        [
            Column::chosen("classes", floors.map(|classes| classes as f64)),
            Column::chosen("loss", floors.map(self::floor)),
            Column::chosen("of a guess", floors.map(|classes| (classes as f64).ln())),
        ],
    );
    Ok(lab.report(EXPERIMENT.name, [curves, floors], findings))
}

fn curve(
    lab: &Lab<'_>,
    what: &str,
    train: &Examples<f32>,
    test: &Examples<f32>,
    step: Step<'_>,
) -> Result<Curve, backend::Error> {
    let mut model = lab.network();
    let mut sgd = SGD;
    let (mut losses, mut accuracies) = (Vec::new(), Vec::new());
    epochs(
        lab.schedule(EPOCHS),
        train,
        &mut model,
        |model, examples| step(model, examples, &mut sgd),
        |epoch, model| {
            losses.push(epoch.loss);
            accuracies.push(Score::of(lab.backend, model, test)?.accuracy);
            (lab.progress)(what, epoch.number, EPOCHS);
            Ok(())
        },
    )?;
    Ok(Curve { losses, accuracies })
}

/// Returns the loss of a right class whose probability is 1, taken as a logit.
fn floor(classes: usize) -> f64 {
    ((classes - 1) as f64 / E).ln_1p()
}

/// Returns the loss of `softmax(z)` taken as logits, and its gradient with respect to z.
/// The gradient with respect to p goes through the Jacobian `diag(p) - p p'`.
fn loss_of_softmax(
    backend: &dyn Backend,
    logits: &Array2<f32>,
    labels: &[usize],
) -> Result<(f64, Array2<f32>), backend::Error> {
    let classes = logits.ncols();
    let mut p = vec![0.0; logits.len()];
    backend.softmax(Logits::new(row_major(logits), classes)?.softmax_out(&mut p)?);

    let mut by_p = vec![0.0; p.len()];
    let loss =
        backend.forward_backward(Batch::new(&p, labels, classes)?.grad_out(&mut by_p)?);

    let mut by_z = by_p;
    for (slopes, p) in zip(by_z.chunks_mut(classes), p.chunks(classes)) {
        let mean: f32 = zip(&*slopes, p).map(|(slope, p)| slope * p).sum();
        zip(slopes, p).for_each(|(slope, p)| *slope = p * (*slope - mean));
    }
    let by_z =
        Array2::from_shape_vec(logits.dim(), by_z).expect("a slope for each logit");
    Ok((f64::from(loss), by_z))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use ndarray::array;
    use scalar::Scalar;

    use super::*;
    use crate::experiments::report_of;

    fn norm(grad: &Array2<f32>) -> f64 {
        grad.iter().map(|&g| f64::from(g).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn softmax_twice_learns_slowly_and_stays_above_its_floor() {
        let report = report_of(&EXPERIMENT);
        let table = &report.tables[0];
        let reached = |column: &str| {
            table.numbers(column).iter().position(|&accuracy| accuracy >= GOAL).unwrap()
        };
        let (once, twice) = (reached("accuracy, once"), reached("accuracy, twice"));
        assert!(twice >= 2 * once + 2, "{once} and {twice}");
        let losses = table.numbers("loss, twice");
        assert!(losses.iter().all(|&loss| loss > floor(CLASSES)), "{losses:?}");
        assert!(losses[EPOCHS - 1] < floor(CLASSES) + 0.15, "{losses:?}");
        assert!(table.numbers("loss, once")[EPOCHS - 1] < 0.1);
    }

    /// The losses and slopes of the row `[2, 1, 0.1]` with label 0 are known.
    #[test]
    fn the_slope_is_nearly_halved() {
        let logits = array![[2.0, 1.0, 0.1]];
        let mut once = Array2::zeros((1, 3));
        let batch = Batch::new(row_major(&logits), &[0], 3).unwrap();
        let out = batch.grad_out(once.as_slice_mut().unwrap()).unwrap();
        let loss_once = f64::from(Scalar.forward_backward(out));
        assert_relative_eq!(loss_once, 0.417_030_016, max_relative = 1e-7);
        let (loss, twice) = loss_of_softmax(&Scalar, &logits, &[0]).unwrap();
        assert_relative_eq!(loss, 0.802_120_891, max_relative = 1e-6);
        assert_relative_eq!(norm(&once), 0.429_847_884, max_relative = 1e-6);
        assert_relative_eq!(norm(&twice), 0.237_714_260, max_relative = 1e-6);
        assert_relative_eq!(floor(3), 0.551_444_714, max_relative = 1e-9);
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let z = array![[0.5, -1.0, 2.0, 0.25], [1.0, 1.5, -0.5, 0.0]];
        let labels = [3, 0];
        let (_, grad) = loss_of_softmax(&Scalar, &z, &labels).unwrap();
        let h = 1e-2;
        for ((i, k), slope) in grad.indexed_iter() {
            let at = |step: f32| {
                let mut z = z.clone();
                z[[i, k]] += step;
                loss_of_softmax(&Scalar, &z, &labels).unwrap().0
            };
            let difference = (at(h) - at(-h)) / (2.0 * f64::from(h));
            assert_relative_eq!(f64::from(*slope), difference, epsilon = 2e-5);
        }
    }
}
