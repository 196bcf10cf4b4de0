//! Three ways to a gradient: by hand, with the tape, and with differences.
//!
//! The derivation says `p - y`, the tape applies the chain rule to the formula, and
//! differences only call the loss. A central difference
//!
//! ```text
//! (loss(z + h) - loss(z - h)) / ((z + h) - (z - h))
//! ```
//!
//! is off for two reasons: the curvature of the slope, whose error grows like h squared,
//! and the rounding of the losses, whose error grows like 1 over h. The error is a U,
//! lowest where the two parts meet, near the cube root of the rounding unit. No step makes
//! it exact. The denominator is the distance between the two points as they were rounded.

use anyhow::Result;
use backend::{Backend, Batch};
use scalar::tape::{Tape, Var};

use super::{Experiment, Lab};
use crate::report::{Column, Report, Table, Tolerance};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "gradients",
    question: "do three ways to the gradient agree, and how far can differences be trusted?",
    run,
};

/// The logits of a row without a probability near 0 or 1, all exact in both f32 and f64.
const LOGITS: [f32; 5] = [-0.75, 0.25, 2.5, -1.75, 0.875];
const LABEL: usize = 3;

/// The tolerance below the best step, where the error is rounding and only its size is predictable.
const OF_ROUNDING: Tolerance = Tolerance::Relative(0.9);
/// The tolerances for a few roundings of f32, and of f64.
const OF_F32: Tolerance = Tolerance::Absolute(1e-6);
const OF_F64: Tolerance = Tolerance::Absolute(1e-14);

fn run(lab: &Lab<'_>) -> Result<Report> {
    let exact = p_minus_y();
    // Two steps per decade.
    let steps: Vec<f64> = (2..=24).map(|i| 10_f64.powf(f64::from(i) / -2.0)).collect();
    let errors = |loss: &dyn Fn([f64; 5]) -> f64, rounded: fn(f64) -> f64| -> Vec<f64> {
        let slope = |k: usize, h: f64| {
            let [above, below] = [h, -h].map(|h| moved(k, h, rounded));
            match above[k] - below[k] {
                // Both points were rounded to the same f32, so no slope is visible.
                0.0 => 0.0,
                distance => (loss(above) - loss(below)) / distance,
            }
        };
        let error = |&h| largest_error(&std::array::from_fn(|k| slope(k, h)), &exact);
        steps.iter().map(error).collect()
    };
    let in_f32 = errors(&|z| loss_by(lab.backend, z), |z| f64::from(z as f32));
    let in_f64 = errors(&loss_of, |z| z);

    let batch = Batch::new(&LOGITS, &[LABEL], LOGITS.len())?;
    let mut grad = [0.0; 5];
    lab.backend.backward(batch.grad_out(&mut grad)?);
    let by_hand = largest_error(&grad.map(f64::from), &exact);
    let by_tape = largest_error(&by_tape(), &exact);

    let best = |errors: &[f64]| {
        let (i, error) = errors
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| a.total_cmp(b))
            .expect("there are steps");
        (steps[i], *error)
    };
    let ((step_32, best_32), (step_64, best_64)) = (best(&in_f32), best(&in_f64));
    let findings = [
        format!("p - y in f32 is off by {by_hand:.1e}, the tape in f64 by {by_tape:.1e}"),
        format!(
            "differences in f32 by {best_32:.1e} at best, with the step {step_32:.1e}"
        ),
        format!(
            "differences in f64 by {best_64:.1e} at best, with the step {step_64:.1e}"
        ),
    ];
    let exact_ways = Table::new(
        "the two ways without a step: the largest error of a slope",
        [
            Column::measured("p - y, f32", [by_hand], OF_F32),
            Column::measured("tape, f64", [by_tape], OF_F64),
        ],
    );
    let differences = Table::new(
        "central differences: the largest error of a slope",
        [
            Column::chosen("step", steps.iter().copied()),
            Column::measured("in f32", in_f32, OF_ROUNDING),
            Column::measured("in f64", in_f64, OF_ROUNDING),
        ],
    );
    Ok(lab.report(EXPERIMENT.name, [exact_ways, differences], findings))
}

/// Returns the logits with logit k moved by h and rounded.
fn moved(k: usize, h: f64, rounded: fn(f64) -> f64) -> [f64; 5] {
    let mut z = LOGITS.map(f64::from);
    z[k] = rounded(z[k] + h);
    z
}

/// Returns the loss that a backend computes in f32.
fn loss_by(backend: &dyn Backend, z: [f64; 5]) -> f64 {
    let z = z.map(|z| z as f32);
    let batch = Batch::new(&z, &[LABEL], z.len()).expect("a row of five logits");
    f64::from(backend.forward(&batch))
}

/// Returns the loss by its definition, in f64: none of these logits is large.
fn loss_of(z: [f64; 5]) -> f64 {
    z.map(f64::exp).iter().sum::<f64>().ln() - z[LABEL]
}

fn p_minus_y() -> [f64; 5] {
    let e = LOGITS.map(|z| f64::from(z).exp());
    let sum: f64 = e.iter().sum();
    std::array::from_fn(|k| e[k] / sum - if k == LABEL { 1.0 } else { 0.0 })
}

fn by_tape() -> [f64; 5] {
    let tape = Tape::default();
    let z = LOGITS.map(|z| tape.variable(f64::from(z)));
    let e = z.map(Var::exp);
    let sum = e[0] + e[1] + e[2] + e[3] + e[4];
    let grad = (-(e[LABEL] / sum).ln()).gradient();
    z.map(|z| grad.by(z))
}

fn largest_error(grad: &[f64; 5], exact: &[f64; 5]) -> f64 {
    grad.iter().zip(exact).map(|(g, exact)| (g - exact).abs()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn the_error_of_differences_is_a_u() {
        let report = report_of(&EXPERIMENT);
        let table = &report.tables[1];
        let steps = table.numbers("step");
        for (column, best, at_best) in
            [("in f32", 1e-3..0.1, 1e-4), ("in f64", 1e-6..1e-4, 1e-9)]
        {
            let errors = table.numbers(column);
            let lowest = errors.iter().copied().fold(f64::INFINITY, f64::min);
            let at = errors.iter().position(|&error| error == lowest).unwrap();
            assert!(best.contains(&steps[at]), "{column}: {errors:?}");
            assert!(lowest < at_best, "{column}: {errors:?}");
            assert!(errors[0] > 5.0 * lowest && errors[22] > 5.0 * lowest);
        }
    }

    #[test]
    fn the_other_two_ways_are_exact_but_for_rounding() {
        let report = report_of(&EXPERIMENT);
        assert!(report.tables[0].numbers("p - y, f32")[0] < 1e-7);
        assert!(report.tables[0].numbers("tape, f64")[0] < 1e-15);
    }
}
