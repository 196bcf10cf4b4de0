//! The numbers in the text of the book: `book/data/facts.json`.
//!
//! The numbers that follow from a formula are here, those that the first stage computes are in
//! `computed.rs`, and those that another program has saved are in `measured.rs`. Nothing is timed
//! or trained here: `bench` and `training` do that.
#![forbid(unsafe_code)]

mod computed;
mod measured;

use std::path::{Path, PathBuf};

use anyhow::Result;
use conformance::{laws, mutants};
use exercises::catalog::{Catalog, read};
use scalar::naive;
use scalar::softmax::softmax;
use serde_json::{Value, json};

use computed::special;

/// Returns all facts, by the page that shows them.
///
/// # Errors
/// If a file is missing from which they are taken.
pub fn facts() -> Result<Value> {
    Ok(json!({
        "command": "cargo run -p facts",
        "surprise": surprise()?,
        "softmax": probabilities(),
        "likelihood": likelihood(),
        "two_rows": computed::two_rows()?,
        "one_row": computed::one_row()?,
        "f32": floats(),
        "scoreboard": computed::scoreboard()?,
        "two_classes": computed::two_classes(),
        "contract": contract(),
        "stage_1": measured::scalar_over_vectorized()?,
        "overflow": overflow(),
        "offset": offset(),
        "tail": tail()?,
        "targets": computed::targets()?,
        "smoothing": computed::smoothing()?,
        "head": measured::head()?,
        "training": { "sonnet": measured::sonnet()?, "apart": measured::apart()? },
        "calibration": computed::calibration(),
        "doubts": computed::doubts(),
        "elsewhere": computed::softmax_twice()?,
        "museum": computed::museum()?,
        "relatives": computed::relatives()?,
        "teaching": teaching()?,
        "measure": measured::race()?,
    }))
}

/// Returns the file in which the facts are saved.
pub fn path() -> PathBuf {
    root().join("book/data/facts.json")
}

/// Returns the root of the repository.
fn root() -> &'static Path {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders.nth(2).expect("book/facts is two folders below the root")
}

fn surprise() -> Result<Value> {
    Ok(json!({
        "coin": -0.5_f64.ln(),
        "right": prices(0.99),
        "wrong": prices(0.01),
        "steps": measured::steps()?,
    }))
}

/// Both prices of a probability, with their slopes in it and in its logit.
fn prices(p: f64) -> Value {
    let by_logit = p * (1.0 - p);
    let (squared, surprise) = (-2.0 * (1.0 - p), -1.0 / p);
    json!({
        "squared": (1.0 - p).powi(2),
        "squared_slope": squared,
        "squared_slope_in_z": squared * by_logit,
        "surprise": -p.ln(),
        "surprise_slope": surprise,
        "surprise_slope_in_z": surprise * by_logit,
    })
}

fn probabilities() -> Value {
    let p = |z: [f32; 3]| {
        let mut p = [0.0; 3];
        softmax(&z, &mut p);
        p
    };
    json!({
        "p": p([2.0, 1.0, 0.1]),
        "doubled": p([4.0, 2.0, 0.2]),
        "exp_89": 89_f64.exp(),
        "f32_max": f32::MAX,
    })
}

fn likelihood() -> Value {
    // Of the digits.
    let rows = 1797;
    let product_in_f32 = |p| (0..rows).fold(1.0_f32, |product, _| product * p);
    let entropy = |a: &[f64]| -> f64 { a.iter().map(|a_k| -a_k * a_k.ln()).sum() };
    let smoothed = [&[0.9][..], &[0.1 / 9.0; 9]].concat();
    let forecast = [(0.7, 0.5_f64), (0.2, 0.3), (0.1, 0.2)];
    let cross_entropy: f64 = forecast.iter().map(|(q_k, p_k)| -q_k * p_k.ln()).sum();
    json!({
        "product_in_f32": product_in_f32(0.9),
        "product_of_0_8_in_f32": product_in_f32(0.8),
        "product_of_one_half_in_f32": product_in_f32(0.5),
        "product": 0.9_f64.powi(rows),
        "least_f32": f32::from_bits(1),
        "log": f64::from(rows) * 0.9_f64.ln(),
        "entropy": entropy(&[0.7, 0.2, 0.1]),
        "cross_entropy": cross_entropy,
        "divergence": cross_entropy - entropy(&[0.7, 0.2, 0.1]),
        "of_two_mistakes": -2.0 * 0.001_f64.ln(),
        "perplexity_of_three": (-(0.6_f64 * 0.9 * 0.5).ln() / 3.0).exp(),
        "smoothed_floor": entropy(&smoothed),
        "ln_10": 10_f64.ln(),
        "seldom": -0.001_f64.ln(),
        "often": -0.9_f64.ln(),
        "mostly": -0.99_f64.ln(),
        "first": -100.0 * 0.9_f64.ln(),
        "second": -98.0 * 0.99_f64.ln() - 2.0 * 0.001_f64.ln(),
        // Of so many rows one may be at 0.001 and the others at 0.99.
        "break_even": (0.99_f64 / 0.001).ln() / (0.99_f64 / 0.9).ln(),
    })
}

fn contract() -> Value {
    let mutants = mutants::all();
    let look_right =
        mutants.iter().filter(|m| mutants::passes_an_ordinary_test(*m)).count();
    json!({
        "laws": laws::all().len(),
        "mutants": mutants.len(),
        "look_right": look_right,
    })
}

/// Neighbors among the `f32`, and the ends of their range.
fn floats() -> Value {
    let ulp = |x: f32| x.next_up() - x;
    json!({
        "one_tenth": f64::from(0.1_f32),
        "ulp_of_1": ulp(1.0),
        "ulp_of_1000": ulp(1000.0),
        "ulp_of_1e8": ulp(1e8),
        "unit_roundoff": f32::EPSILON / 2.0,
        "least_normal": f32::MIN_POSITIVE,
        "least": f32::from_bits(1),
        "largest": f32::MAX,
    })
}

/// Where `exp` ends, and what the formulas of `scalar::naive` make of it.
fn overflow() -> Value {
    let wrong_by_104 = [0.0, 104.0];
    json!({
        "below": 88.722_83_f32.exp(),
        "above": special(88.722_84_f32.exp()),
        "exp_of_minus_104": (-104_f32).exp(),
        "by_definition": special(naive::loss_of_softmax(&[89.0, 0.0], 0)),
        "by_log_sum_exp": special(naive::loss_by_log_sum_exp(&[89.0, 0.0], 0)),
        "by_shifted_softmax": special(naive::loss_by_shifted_softmax(&wrong_by_104, 0)),
        "with_epsilon": naive::loss_with_epsilon(&wrong_by_104, 0),
        "right": (-89_f64).exp().ln_1p(),
    })
}

/// The exact loss of two logits, the first of which is right by a margin.
fn loss_at_margin(margin: f64) -> f64 {
    (-margin).exp().ln_1p()
}

fn offset() -> Value {
    let million = [1_000_002.0, 999_999.0];
    let got_million = naive::loss_by_lse_minus_z(&million, 0);
    let got_15 = naive::loss_by_ln_of_sum(&[15.0, 0.0], 0);
    let ulp = |x: f32| f64::from(x.next_up() - x);
    // How far both logits are, in ulp, from those whose exact loss was returned; one below 1
    // moves by the ulp of 1.
    let margin_of = |loss: f32| -f64::from(loss).exp_m1().ln();
    let backward = |loss: f32, z: [f32; 2]| {
        let margin = f64::from(z[0]) - f64::from(z[1]);
        let moves: f64 = z.map(|z_k| ulp(z_k.abs().max(1.0))).iter().sum();
        (margin_of(loss) - margin).abs() / moves
    };
    let condition = |z: [f64; 2]| {
        let slope = 1.0 / (1.0 + (z[0] - z[1]).exp());
        slope * (z[0].abs() + z[1].abs()) / loss_at_margin(z[0] - z[1])
    };
    let backward_15 = backward(got_15, [15.0, 0.0]);
    let slope_million = 1.0 / (1.0 + 3_f64.exp());
    let unit_roundoff = f64::from(f32::EPSILON / 2.0);
    // The smallest margin whose exact loss is less than half the least f32: it's stored as 0.
    let zero_from = -(f64::from(f32::from_bits(1)) / 2.0).ln();
    let to_zero = |z: [f32; 2]| {
        let moves: f64 = z.map(|z_k| ulp(z_k.abs().max(1.0))).iter().sum();
        (zero_from - (f64::from(z[0]) - f64::from(z[1]))) / moves
    };
    json!({
        "equal": naive::loss_by_lse_minus_z(&[1e8, 1e8], 0),
        "million": got_million,
        "million_right": loss_at_margin(3.0),
        "condition_15": condition([15.0, 0.0]),
        "condition_million": condition(million.map(f64::from)),
        // A rounding of both logits, by 1/32 each, as a share of the loss.
        "percent_of_rounding": 100.0 * slope_million / 16.0 / loss_at_margin(3.0),
        "slope_million": slope_million,
        "percent_of_condition": 100.0 * condition(million.map(f64::from)) * unit_roundoff,
        "backward_million": backward(got_million, million),
        "naive_15": got_15,
        "right_15": loss_at_margin(15.0),
        "backward_15": backward_15,
        "margin_off_15": 15.0 - margin_of(got_15),
        "backward_15_rounded": (backward_15 / 1000.0).round() * 1000.0,
        "half_ulp_80": ulp(80.0) / 2.0,
        "zero_from": zero_from,
        "backward_20_in_millions": to_zero([20.0, 0.0]) / 1e6,
        "backward_1e8": to_zero([1e8, 1e8]),
    })
}

fn tail() -> Result<Value> {
    let naive = |margin: f32| naive::loss_by_ln_of_sum(&[margin, 0.0], 0);
    let mut facts = json!({
        "collapsed": measured::collapsed()?,
        "running_sum": (0..20_000_000).fold(0.0_f32, |sum, _| sum + 0.1),
    });
    for margin in [15_u8, 17, 20, 80] {
        facts[format!("naive_{margin}")] = json!(naive(f32::from(margin)));
        facts[format!("right_{margin}")] = json!(loss_at_margin(f64::from(margin)));
    }
    Ok(facts)
}

/// How much there is to read and to do.
fn teaching() -> Result<Value> {
    // A page of a thousand words, its formulas and listings followed line by line.
    const MINUTES_A_CHAPTER: usize = 15;
    let catalog = Catalog::read(root())?;
    let summary = read(&root().join("book/src/SUMMARY.md"))?;
    // Those with a number, and the five minutes before them.
    let chapters = summary.matches("\n- [").count() + 1;
    let minutes: u32 = catalog.all().iter().map(|exercise| exercise.minutes).sum();
    let mutants: usize =
        catalog.all().iter().map(|exercise| exercise.mutants.len()).sum();
    Ok(json!({
        "chapters": chapters,
        "minutes_a_chapter": MINUTES_A_CHAPTER,
        "reading_hours": chapters * MINUTES_A_CHAPTER / 60,
        "exercises": catalog.all().len(),
        "exercise_hours": f64::from(minutes) / 60.0,
        "mutants": mutants,
    }))
}
