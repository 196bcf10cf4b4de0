//! A network of two layers that learns the digits, once with each backend.
//!
//! The backends round differently in the last bits, and training carries a difference on
//! from step to step. Still, all of them learn along the same curve.

use anyhow::Result;
use backend::CrossEntropy;

use super::{DIGITS_RATE, Experiment, Lab};
use crate::report::{Column, Report, Table, Tolerance, short};
use crate::{Adam, Score, digits, fit};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "digits",
    question: "does every backend learn along the same curve?",
    run,
};

const EPOCHS: usize = 30;

/// The largest distance between two loss curves, in nats; and the largest share of the
/// 359 test digits that may fall on the other side.
const SAME_CURVE: Tolerance = Tolerance::Absolute(2e-3);
const SAME_ACCURACY: Tolerance = Tolerance::Absolute(2.5 / 359.0);

fn run(lab: &Lab<'_>) -> Result<Report> {
    let (train, test) = digits::embedded().split(lab.seed);
    let loss = CrossEntropy::default();
    let epochs = || Column::chosen("epoch", (1..=EPOCHS).map(|epoch| epoch as f64));
    let (mut losses, mut accuracies) = (vec![epochs()], vec![epochs()]);
    let mut findings = Vec::new();
    for backend in lab.backends {
        let (name, backend) = (backend.name(), &**backend);
        let mut model = lab.network();
        let (mut loss_of_epoch, mut accuracy) = (Vec::new(), Vec::new());
        let mut adam = Adam::new(DIGITS_RATE);
        fit(
            backend,
            &loss,
            lab.schedule(EPOCHS),
            &train,
            &mut model,
            &mut adam,
            |e, model| {
                loss_of_epoch.push(e.loss);
                accuracy.push(Score::of(backend, model, &test)?.accuracy);
                (lab.progress)(name, e.number, EPOCHS);
                Ok(())
            },
        )?;
        if let (Some(loss), Some(accuracy)) = (loss_of_epoch.last(), accuracy.last()) {
            let loss = short(*loss);
            findings.push(format!("{name}: loss {loss}, test accuracy {accuracy:.4}"));
        }
        losses.push(Column::measured(name, loss_of_epoch, SAME_CURVE));
        accuracies.push(Column::measured(name, accuracy, SAME_ACCURACY));
    }
    let tables = [
        Table::new("mean loss over an epoch", losses),
        Table::new("accuracy on the test digits", accuracies),
    ];
    Ok(lab.report(EXPERIMENT.name, tables, findings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn two_layers_are_right_on_97_of_100_digits() {
        let report = report_of(&EXPERIMENT);
        let accuracy = report.table("accuracy on the test digits").numbers("scalar");
        assert!(accuracy[EPOCHS - 1] >= 0.97, "{accuracy:?}");
        let losses = report.table("mean loss over an epoch").numbers("scalar");
        assert!(losses[EPOCHS - 1] < 0.02, "{losses:?}");
    }
}
