//! Squared error and cross-entropy, from a start that's confidently wrong.
//!
//! There are two classes with the logits `[z, 0]`, and the first class is right. The
//! model is the one number z, and p is its probability.
//!
//! ```text
//!                 loss         slope in p     slope in z
//! squared error   (1 - p)^2    -2 (1 - p)     -2 p (1 - p)^2
//! cross-entropy   -ln p        -1 / p         p - 1
//! ```
//!
//! A model moves in z, where the slope is `dp/dz = p (1 - p)` times the slope in p. If p
//! is near 0, that factor is near p, and it takes a slope of `1/p` to make up for it.

use anyhow::Result;
use backend::{Backend, Batch, Logits};

use super::{Experiment, Lab};
use crate::report::{Column, Report, Table, Tolerance};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "surprise",
    question: "why is squared error stuck where cross-entropy is not?",
    run,
};

/// The logit that both start from: sure of the wrong class, by 400 to 1.
const START: f32 = -6.0;
const RATE: f32 = 1.0;
const STEPS: usize = 300;

/// The tolerance for rounding over 300 steps; the largest slope, `1/p`, is some hundreds.
const NEAR: Tolerance = Tolerance::Relative(1e-3);

/// The state of a model at a step.
struct State {
    p: f64,
    loss: f64,
    slope_in_p: f64,
    slope_in_z: f64,
}

fn run(lab: &Lab<'_>) -> Result<Report> {
    let squared = descent(|z| squared_error(lab.backend, z))?;
    let cross = descent(|z| cross_entropy(lab.backend, z))?;
    (lab.progress)("steps", STEPS, STEPS);

    let right_after = |states: &[State]| states.iter().position(|state| state.p > 0.5);
    let after = |states: &[State]| match right_after(states) {
        Some(step) => format!("{step} steps"),
        None => format!("more than {STEPS} steps"),
    };
    let findings = [
        format!(
            "at the start squared error has the slope {:.4} in p, of at most 2, but {:.4} in z",
            squared[0].slope_in_p, squared[0].slope_in_z
        ),
        format!(
            "cross-entropy has the slope {:.1} in p, and {:.4} in z",
            cross[0].slope_in_p, cross[0].slope_in_z
        ),
        format!(
            "p is above one half after {} with cross-entropy, after {} with squared error",
            after(&cross),
            after(&squared)
        ),
    ];
    let steps = || Column::chosen("step", (0..=STEPS).map(|step| step as f64));
    let table = |title: &str, states: &[State]| {
        let column = |name: &str, of: fn(&State) -> f64| {
            Column::measured(name, states.iter().map(of), NEAR)
        };
        Table::new(
            title,
            [
                steps(),
                column("p", |s| s.p),
                column("loss", |s| s.loss),
                column("slope in p", |s| s.slope_in_p),
                column("slope in z", |s| s.slope_in_z),
            ],
        )
    };
    let tables = [table("squared error", &squared), table("cross-entropy", &cross)];
    Ok(lab.report(EXPERIMENT.name, tables, findings))
}

/// Steps against the slope in z, and returns every state on the way.
fn descent(
    state_at: impl Fn(f32) -> Result<State, backend::Error>,
) -> Result<Vec<State>, backend::Error> {
    let mut z = START;
    let mut states = vec![state_at(z)?];
    for _ in 0..STEPS {
        z -= RATE * states[states.len() - 1].slope_in_z as f32;
        states.push(state_at(z)?);
    }
    Ok(states)
}

fn squared_error(backend: &dyn Backend, z: f32) -> Result<State, backend::Error> {
    let mut p = [0.0; 2];
    backend.softmax(Logits::new(&[z, 0.0], 2)?.softmax_out(&mut p)?);
    let [p, one_minus_p] = p.map(f64::from);
    Ok(State {
        p,
        loss: one_minus_p.powi(2),
        slope_in_p: -2.0 * one_minus_p,
        slope_in_z: -2.0 * p * one_minus_p.powi(2),
    })
}

fn cross_entropy(backend: &dyn Backend, z: f32) -> Result<State, backend::Error> {
    let logits = [z, 0.0];
    let mut grad = [0.0; 2];
    let batch = Batch::new(&logits, &[0], 2)?;
    let loss = f64::from(backend.forward_backward(batch.grad_out(&mut grad)?));
    let p = (-loss).exp();
    Ok(State { p, loss, slope_in_p: -1.0 / p, slope_in_z: f64::from(grad[0]) })
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;
    use scalar::Scalar;

    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn squared_error_is_stuck_though_its_slope_in_p_is_at_its_steepest() {
        let report = report_of(&EXPERIMENT);
        let (squared, cross) =
            (report.table("squared error"), report.table("cross-entropy"));
        assert!(squared.numbers("slope in p")[0] < -1.99);
        assert!(squared.numbers("slope in z")[0] > -0.01);
        assert!(cross.numbers("slope in z")[0] < -0.99);
        let wrong =
            |table: &Table| table.numbers("p").iter().take_while(|&&p| p <= 0.5).count();
        assert!(wrong(cross) < 10, "{}", wrong(cross));
        assert!((150..STEPS).contains(&wrong(squared)), "{}", wrong(squared));
    }

    /// Tutorials print these losses for a probability of 0.99 and of 0.01.
    #[test]
    fn the_prices_are_those_of_the_table() {
        let logit = |p: f64| (p / (1.0 - p)).ln() as f32;
        for (p, squared, cross) in [(0.99, 1e-4, 0.010_05), (0.01, 0.9801, 4.605_17)] {
            let z = logit(p);
            let (by_square, by_cross) =
                (squared_error(&Scalar, z).unwrap(), cross_entropy(&Scalar, z).unwrap());
            assert_relative_eq!(by_square.loss, squared, max_relative = 1e-4);
            assert_relative_eq!(by_cross.loss, cross, max_relative = 1e-4);
        }
        let at_one_percent = squared_error(&Scalar, logit(0.01)).unwrap();
        assert_relative_eq!(at_one_percent.slope_in_p, -1.98, max_relative = 1e-6);
        assert_relative_eq!(at_one_percent.slope_in_z, -0.0196, max_relative = 1e-3);
    }
}
