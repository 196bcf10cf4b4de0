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
use conformance::golden::{binary_cases, golden_cases};
use conformance::{laws, mutants};
use exercises::catalog::{Catalog, read};
use scalar::naive;
use scalar::softmax::softmax;
use serde_json::{Value, json};

use computed::special;

/// Returns all facts, by the page that shows them.
///
/// # Errors
/// If a file that the facts come from is missing.
pub fn facts() -> Result<Value> {
    Ok(json!({
        "command": "cargo run -p facts",
        "surprise": { "steps": measured::steps()? },
        "softmax": probabilities(),
        "likelihood": likelihood(),
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

fn probabilities() -> Value {
    let p = |z: [f32; 3]| {
        let mut p = [0.0; 3];
        softmax(&z, &mut p);
        p
    };
    json!({ "p": p([2.0, 1.0, 0.1]), "doubled": p([4.0, 2.0, 0.2]) })
}

/// Returns products of equal probabilities, one probability for each of the digits.
fn likelihood() -> Value {
    let product_in_f32 = |p| (0..1797).fold(1.0_f32, |product, _| product * p);
    json!({
        "product_in_f32": product_in_f32(0.9),
        "product_of_0_8_in_f32": product_in_f32(0.8),
        "product_of_one_half_in_f32": product_in_f32(0.5),
    })
}

fn contract() -> Value {
    let mutants = mutants::all();
    let look_right =
        mutants.iter().filter(|m| mutants::passes_an_ordinary_test(*m)).count();
    json!({
        "laws": laws::all().len(),
        "computed_cases": golden_cases().len() + binary_cases().len(),
        "mutants": mutants.len(),
        "look_right": look_right,
    })
}

/// Returns neighbors among the `f32`, and the ends of their range.
fn floats() -> Value {
    let ulp = |x: f32| x.next_up() - x;
    json!({
        "one_tenth": f64::from(0.1_f32),
        "ulp_of_1": ulp(1.0),
        "ulp_of_80": ulp(80.0),
        "ulp_of_1000": ulp(1000.0),
        "ulp_of_1e6": ulp(1e6),
        "ulp_of_1e8": ulp(1e8),
        "unit_roundoff": f32::EPSILON / 2.0,
        "least_normal": f32::MIN_POSITIVE,
        "least": f32::from_bits(1),
        "largest": f32::MAX,
    })
}

/// Returns the values of `exp` at the ends of its range.
fn overflow() -> Value {
    json!({
        "below": 88.722_83_f32.exp(),
        "above": special(88.722_84_f32.exp()),
        "exp_of_minus_104": (-104_f32).exp(),
    })
}

/// Returns the exact loss of two logits, the first of which is right by a margin.
fn loss_at_margin(margin: f64) -> f64 {
    (-margin).exp().ln_1p()
}

/// Returns the errors of formulas 5 and 6, and the errors that the rows would excuse.
fn offset() -> Value {
    let million = [1_000_002.0, 999_999.0];
    let got_million = naive::loss_by_lse_minus_z(&million, 0);
    let got_15 = naive::loss_by_ln_of_sum(&[15.0, 0.0], 0);
    // The distance of both logits, in ulp, from those with this margin; a logit below 1
    // moves by the ulp of 1.
    let ulps_to = |margin: f64, z: [f32; 2]| {
        let z = z.map(|z_k| (f64::from(z_k), z_k.abs().max(1.0)));
        let moves: f64 = z.iter().map(|(_, size)| f64::from(size.next_up() - size)).sum();
        (margin - (z[0].0 - z[1].0)).abs() / moves
    };
    let margin_of = |loss: f32| -f64::from(loss).exp_m1().ln();
    // The smallest margin whose exact loss is less than half the least f32: it's stored as 0.
    let margin_of_0 = -(f64::from(f32::from_bits(1)) / 2.0).ln();
    json!({
        "equal": naive::loss_by_lse_minus_z(&[1e8, 1e8], 0),
        "million": got_million,
        "million_by_6": naive::loss_by_ln_of_sum(&million, 0),
        "million_right": loss_at_margin(3.0),
        "slope_million": 1.0 / (1.0 + 3_f64.exp()),
        "condition_15": condition([15.0, 0.0]),
        "condition_million": condition(million.map(f64::from)),
        "margin_off_15": 15.0 - margin_of(got_15),
        "backward_15": ulps_to(margin_of(got_15), [15.0, 0.0]),
        "backward_million": ulps_to(margin_of(got_million), million),
        "backward_20": ulps_to(margin_of_0, [20.0, 0.0]),
        "backward_1e8": ulps_to(margin_of_0, [1e8, 1e8]),
    })
}

/// Returns the condition of a row of two logits with label 0.
fn condition(z: [f64; 2]) -> f64 {
    let slope = 1.0 / (1.0 + (z[0] - z[1]).exp());
    slope * (z[0].abs() + z[1].abs()) / loss_at_margin(z[0] - z[1])
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

/// Returns the amount of reading, and of exercises.
fn teaching() -> Result<Value> {
    // The minutes for a page of a thousand words, with formulas and listings followed line by line.
    const MINUTES_A_CHAPTER: usize = 15;
    let catalog = Catalog::read(root())?;
    let summary = read(&root().join("book/src/SUMMARY.md"))?;
    // The chapters are the pages with a number, and the five minutes before them.
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
