//! Training that goes on until the loss rounds to 0.
//!
//! With the max inside the sum, `ln(sum) + (max - z_y)` returns exactly 0 for a row whose
//! margin is above 17, and the slope of its right class, `p - 1`, is exactly 0 too. With
//! the max left out of the sum, both keep their values. A network gets there if it trains
//! on all digits at once, long after it's right on every digit. We train it twice from
//! the same start, with the exact gradient and with the rounded gradient.
//!
//! Prieto et al. (2025), *Grokking at the Edge of Numerical Stability*, call this softmax
//! collapse. They show where it matters: in a model that has fitted its examples and has
//! yet to generalize.

use anyhow::Result;
use backend::{Backend, Batch};
use ndarray::Array2;
use scalar::naive;

use super::{Experiment, Lab};
use crate::report::{Column, Report, Table, Tolerance, short};
use crate::{Adam, Examples, Model, Optimizer, Score, digits, row_major};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "collapse",
    question: "does it matter that a loss rounds to 0?",
    run,
};

const STEPS: usize = 1000;
/// The number of steps from one record of the state to the next.
const EVERY: usize = 10;
const RATE: f32 = 0.05;

/// The tolerance of losses, which span ten decades and drift apart on different processors.
const NEAR: Tolerance = Tolerance::Relative(0.5);
const SAME_SHARE: Tolerance = Tolerance::Absolute(0.03);
const SAME_ACCURACY: Tolerance = Tolerance::Absolute(4.5 / 359.0);

/// A function that writes the gradient of the mean loss into its last argument.
type Gradient<'a> =
    &'a dyn Fn(&Array2<f32>, &[usize], &mut Array2<f32>) -> Result<(), backend::Error>;

/// The measurements along one training run, made with the exact loss.
#[derive(Default)]
struct Course {
    means: Vec<f64>,
    medians: Vec<f64>,
    /// The share of rows whose loss is 0 by the formula with the max inside the sum.
    rounded_to_0: Vec<f64>,
    /// The mean slope `p - 1` of the right class in those rows, as training used it.
    slopes: Vec<f64>,
    accuracies: Vec<f64>,
}

fn run(lab: &Lab<'_>) -> Result<Report> {
    let (train, test) = digits::embedded().split(lab.seed);
    let exact = course(lab, "exact", &train, &test, &|logits, labels, grad| {
        let batch = Batch::new(row_major(logits), labels, logits.ncols())?;
        let grad = grad.as_slice_mut().expect("a new array is row-major");
        lab.backend.backward(batch.grad_out(grad)?);
        Ok(())
    })?;
    let rounded = course(lab, "rounded", &train, &test, &|logits, labels, grad| {
        rounded_gradient(logits, labels, grad);
        Ok(())
    })?;

    let last = exact.means.len() - 1;
    let findings = [
        format!(
            "{:.0}% of the rows have a loss of exactly 0 where the max is in the sum; the \
             median loss is {}",
            100.0 * exact.rounded_to_0[last],
            short(exact.medians[last])
        ),
        format!(
            "in those rows the slope of the right class is {} on average where it was trained \
             exactly, and {} where it was rounded",
            short(exact.slopes[last]),
            short(rounded.slopes[last])
        ),
        format!(
            "it does not matter here: the test accuracy is {:.4} with the exact gradient, \
             {:.4} with the rounded one",
            exact.accuracies[last], rounded.accuracies[last]
        ),
    ];
    let table = |title: &str, course: Course| {
        Table::new(
            title,
            [
                Column::chosen("step", (0..=last).map(|i| (i * EVERY) as f64)),
                Column::measured("mean loss", course.means, NEAR),
                Column::measured("median loss", course.medians, NEAR),
                Column::measured("rows rounded to 0", course.rounded_to_0, SAME_SHARE),
                Column::measured("their slope", course.slopes, NEAR),
                Column::measured("test accuracy", course.accuracies, SAME_ACCURACY),
            ],
        )
    };
    let tables =
        [table("the exact gradient", exact), table("the rounded gradient", rounded)];
    Ok(lab.report(EXPERIMENT.name, tables, findings))
}

/// Trains on all digits at once, and measures the model every few steps.
fn course(
    lab: &Lab<'_>,
    what: &str,
    train: &Examples<f32>,
    test: &Examples<f32>,
    gradient: Gradient<'_>,
) -> Result<Course, backend::Error> {
    let mut model = lab.network();
    let mut adam = Adam::new(RATE);
    let mut course = Course::default();
    for step in 0..=STEPS {
        let (logits, kept) = model.forward(&train.inputs);
        let mut by_logits = Array2::zeros(logits.dim());
        gradient(&logits, &train.labels, &mut by_logits)?;
        if step % EVERY == 0 {
            course.look(lab.backend, &logits, &train.labels, &by_logits)?;
            course.accuracies.push(Score::of(lab.backend, &model, test)?.accuracy);
            (lab.progress)(what, step, STEPS);
        }
        let gradient = model.backward(&train.inputs, &kept, &by_logits);
        adam.step(&mut model, &gradient);
    }
    Ok(course)
}

impl Course {
    fn look(
        &mut self,
        backend: &dyn Backend,
        logits: &Array2<f32>,
        labels: &[usize],
        by_logits: &Array2<f32>,
    ) -> Result<(), backend::Error> {
        let rows = labels.len() as f64;
        let batch = Batch::new(row_major(logits), labels, logits.ncols())?;
        let mut losses = vec![0.0; labels.len()];
        backend.losses(batch.losses_out(&mut losses)?);
        self.means.push(losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / rows);
        losses.sort_by(f32::total_cmp);
        self.medians.push(f64::from(losses[labels.len() / 2]));

        let rounded_to_0 = rounded_to_0(logits, labels);
        let slope = |&i: &usize| rows * f64::from(by_logits[[i, labels[i]]]);
        let slopes = rounded_to_0.iter().map(slope).fold(0.0, |sum, slope| sum + slope);
        self.slopes.push(slopes / rounded_to_0.len().max(1) as f64);
        self.rounded_to_0.push(rounded_to_0.len() as f64 / rows);
        Ok(())
    }
}

/// Returns the rows whose loss is exactly 0 with the max in the sum.
fn rounded_to_0(logits: &Array2<f32>, labels: &[usize]) -> Vec<usize> {
    let z = |i: usize| &row_major(logits)[i * logits.ncols()..][..logits.ncols()];
    let is_0 = |&i: &usize| naive::loss_by_ln_of_sum(z(i), labels[i]) == 0.0;
    (0..labels.len()).filter(is_0).collect()
}

/// Fills `grad` with `p - y` over the number of rows, computed with the max in the sum as
/// PyTorch 2.15 and JAX 0.10 do (November 2026).
fn rounded_gradient(logits: &Array2<f32>, labels: &[usize], grad: &mut Array2<f32>) {
    for ((z, &label), mut grad) in
        logits.rows().into_iter().zip(labels).zip(grad.rows_mut())
    {
        let max = z.fold(f32::NEG_INFINITY, |max, &z| max.max(z));
        let sum: f32 = z.iter().map(|z| (z - max).exp()).sum();
        grad.zip_mut_with(&z, |p, z| *p = (z - max).exp() / sum);
        grad[label] -= 1.0;
        grad /= labels.len() as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn many_rows_round_to_0_and_the_accuracy_is_the_same() {
        let report = report_of(&EXPERIMENT);
        let (exact, rounded) =
            (report.table("the exact gradient"), report.table("the rounded gradient"));
        let last = |table: &Table, column: &str| *table.numbers(column).last().unwrap();
        for table in [exact, rounded] {
            assert!(last(table, "rows rounded to 0") > 0.4, "{report}");
            assert!(last(table, "median loss") > 0.0, "{report}");
        }
        assert!((-1e-7..0.0).contains(&last(exact, "their slope")), "{report}");
        assert_eq!(last(rounded, "their slope"), 0.0, "{report}");
        let accuracies = [last(exact, "test accuracy"), last(rounded, "test accuracy")];
        assert!(accuracies.iter().all(|&accuracy| accuracy > 0.96), "{accuracies:?}");
        assert!((accuracies[0] - accuracies[1]).abs() < 0.015, "{accuracies:?}");
    }

    #[test]
    fn the_rounded_gradient_of_a_sure_row_is_0_at_its_label() {
        let logits = ndarray::array![[20.0, 0.0]];
        let mut grad = Array2::zeros((1, 2));
        rounded_gradient(&logits, &[0], &mut grad);
        assert_eq!(grad[[0, 0]], 0.0);
        let batch = Batch::new(row_major(&logits), &[0], 2).unwrap();
        scalar::Scalar.backward(batch.grad_out(grad.as_slice_mut().unwrap()).unwrap());
        assert_eq!(grad[[0, 0]], -2.061_153_6e-9);
    }
}
