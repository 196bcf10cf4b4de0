//! The numbers in the text of the book that no experiment measures: `book/data/facts.json`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use scalar::softmax::softmax;
use serde_json::{Value, json};

/// All of them, by chapter.
///
/// # Errors
/// If a file in `book/data` that they are taken from is missing.
pub fn facts(root: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(json!({
        "command": "cargo run -p course --example facts",
        "surprise": surprise(root)?,
        "softmax": probabilities(),
    }))
}

/// Where they are kept.
pub fn path(root: &Path) -> PathBuf {
    root.join("book/data/facts.json")
}

fn surprise(root: &Path) -> Result<Value, Box<dyn Error>> {
    let experiment: Value =
        serde_json::from_str(&fs::read_to_string(root.join("book/data/surprise.json"))?)?;
    Ok(json!({
        "coin": -0.5_f64.ln(),
        "right": prices(0.99),
        "wrong": prices(0.01),
        "steps": {
            "squared": steps_to_one_half(&experiment["tables"][0])?,
            "surprise": steps_to_one_half(&experiment["tables"][1])?,
        },
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

/// The first step at which the table's probability is above one half.
fn steps_to_one_half(table: &Value) -> Result<usize, Box<dyn Error>> {
    let columns = table["columns"].as_array().ok_or("a table has columns")?;
    let p = columns.iter().find(|column| column["name"] == "p").ok_or("no column p")?;
    let values = p["values"].as_array().ok_or("a column has values")?;
    let above = |p: &Value| p.as_f64().is_some_and(|p| p > 0.5);
    Ok(values.iter().position(above).ok_or("it never is above one half")?)
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
