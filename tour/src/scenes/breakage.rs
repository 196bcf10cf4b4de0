//! The formulas that you'd write first, and the values that they return.

use std::io::Write;

use anyhow::Result;
use backend::{Backend, Batch};
use scalar::{Scalar, naive};

use super::heading;

/// A formula, and a row that breaks it.
struct Attempt {
    formula: &'static str,
    loss: fn(&[f32], usize) -> f32,
    logits: [f32; 2],
    why: &'static str,
}

/// The attempts, each of which fixes the one before it.
const ATTEMPTS: [Attempt; 6] = [
    Attempt {
        formula: "-ln(exp z_y / sum exp z)",
        loss: naive::loss_of_softmax,
        logits: [89.0, 0.0],
        why: "inf / inf",
    },
    Attempt {
        formula: "ln sum exp z - z_y",
        loss: naive::loss_by_log_sum_exp,
        logits: [89.0, 0.0],
        why: "ln inf",
    },
    Attempt {
        formula: "-ln of softmax, max subtracted",
        loss: naive::loss_by_shifted_softmax,
        logits: [0.0, 104.0],
        why: "ln 0",
    },
    Attempt {
        formula: "... with 1e-9 added to p",
        loss: naive::loss_with_epsilon,
        logits: [0.0, 104.0],
        why: "capped at -ln 1e-9",
    },
    Attempt {
        formula: "(max + ln sum) - z_y",
        loss: naive::loss_by_lse_minus_z,
        logits: [1e8, 1e8],
        why: "1e8 + ln 2 is 1e8",
    },
    Attempt {
        formula: "ln sum + (max - z_y)",
        loss: naive::loss_by_ln_of_sum,
        logits: [20.0, 0.0],
        why: "1 + exp(-20) is 1",
    },
];

pub(super) fn show(out: &mut dyn Write) -> Result<()> {
    heading(out, "2. What floats do to it")?;
    writeln!(
        out,
        "The loss of two logits, the first of which is the right class, in f32, by the\n\
         formulas that you'd try first. PyTorch's cross_entropy (2.15), JAX's log_softmax\n\
         (0.10) and ONNX Runtime's loss (1.32) compute the last one (November 2026).\n"
    )?;
    writeln!(
        out,
        "formula                         logits    returns  right      because"
    )?;
    for attempt in ATTEMPTS {
        let [z_y, other] = attempt.logits;
        let right = Scalar.forward(&Batch::new(&attempt.logits, &[0], 2)?);
        let logits = format!("{}, {}", short(z_y), short(other));
        let returned = short((attempt.loss)(&attempt.logits, 0));
        let Attempt { formula, why, .. } = attempt;
        writeln!(
            out,
            "{formula:30}  {logits:8}  {returned:7}  {:9}  {why}",
            short(right)
        )?;
    }
    writeln!(
        out,
        "\nStage 1, `scalar`, returns the right ones, by leaving the max out of the sum:"
    )?;
    writeln!(
        out,
        "ln_1p(rest) + (max - z_y), where rest sums exp(z - max) over the others."
    )?;
    Ok(())
}

/// Returns a number in four digits, with an exponent if it's far from 1.
fn short(x: f32) -> String {
    let far = x != 0.0 && x.is_finite() && !(1e-3..1e6).contains(&x.abs());
    match (far, x.fract() == 0.0) {
        (true, _) => {
            let digits = format!("{x:.3e}");
            digits.replace(".000", "")
        }
        (false, true) => format!("{x}"),
        (false, false) => format!("{x:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attempt_is_wrong_on_its_row() {
        for attempt in ATTEMPTS {
            let batch = Batch::new(&attempt.logits, &[0], 2).unwrap();
            let right = Scalar.forward(&batch);
            let returned = (attempt.loss)(&attempt.logits, 0);
            let near = (returned - right).abs() <= 0.1 * right;
            assert!(!near, "{}", attempt.formula);
        }
    }

    #[test]
    fn numbers_are_short() {
        let numbers =
            [89.0, 1e8, 2.061_153_6e-9, f32::NAN, f32::INFINITY, 0.0, 20.723_267];
        let short = numbers.map(short);
        assert_eq!(short, ["89", "1e8", "2.061e-9", "NaN", "inf", "0", "20.7233"]);
    }
}
