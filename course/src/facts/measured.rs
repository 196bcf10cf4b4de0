//! What other programs measured, made ready for a sentence.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// A file of `book/data`, or another one by its path from the root.
fn read(root: &Path, file: &str) -> Result<Value, Box<dyn Error>> {
    let path = root.join(file);
    let text =
        fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// How many steps it takes both prices to lead out of a confident mistake.
pub(super) fn steps(root: &Path) -> Result<Value, Box<dyn Error>> {
    let experiment = read(root, "book/data/surprise.json")?;
    let [squared, surprise] = [0, 1].map(|table| {
        let above = |p: &Value| p.as_f64().is_some_and(|p| p > 0.5);
        let p = column(&experiment["tables"][table], "p")?;
        let step = p.iter().position(above).ok_or("it never is above one half")?;
        Ok::<usize, Box<dyn Error>>(step)
    });
    Ok(json!({ "squared": squared?, "surprise": surprise? }))
}

/// The percentage of rows without a loss at the end of the experiment `collapse`.
pub(super) fn collapsed(root: &Path) -> Result<f64, Box<dyn Error>> {
    let experiment = read(root, "book/data/collapse.json")?;
    let shares = column(&experiment["tables"][0], "rows rounded to 0")?;
    let last = shares.last().and_then(Value::as_f64);
    Ok(100.0 * last.ok_or("a column has numbers")?)
}

/// How many times as long the first stage takes as the second, over the shapes of the race.
pub(super) fn scalar_over_vectorized(root: &Path) -> Result<Value, Box<dyn Error>> {
    let race = read(root, "course/data/race.json")?;
    let time = |shape: &Value, stage: &str| {
        let times = shape["milliseconds"].as_array()?;
        times.iter().find(|time| time[0] == stage)?[1].as_f64()
    };
    let shapes = race["shapes"].as_array().ok_or("a race has shapes")?;
    let ratios = shapes
        .iter()
        .filter_map(|shape| Some(time(shape, "scalar")? / time(shape, "vectorized")?));
    Ok(least_and_most(ratios))
}

/// The race with other frameworks: PyTorch's plain call at 512 x 32000, and how far stage 3
/// is ahead of the fastest other under the same contract, over the shapes.
pub(super) fn race(root: &Path) -> Result<Value, Box<dyn Error>> {
    let peers = read(root, "book/data/peers.json")?;
    let races = peers["races"].as_array().ok_or("there are races")?;
    let of = |race: &Value, column: &str| {
        race["kind"] == "gradient" && race["column"] == column
    };
    let eager = |column: &str, what: &str| {
        let race =
            races.iter().find(|race| of(race, column) && race["shape"] == "512x32000")?;
        let results = race["results"].as_array()?;
        results.iter().find(|result| result["name"] == "torch_eager_gradient")?[what]
            .as_f64()
    };
    let fastest_other =
        races.iter().filter(|race| of(race, "same contract")).filter_map(|race| {
            let others = race["results"].as_array()?.iter().skip(1);
            others.filter_map(|other| other["times ours"].as_f64()).reduce(f64::min)
        });
    Ok(json!({
        "eager_over_ours": eager("as users call it", "times ours"),
        "eager_faults": eager("as users call it", "page faults"),
        "warm_over_ours": eager("same contract", "times ours"),
        "ahead": least_and_most(fastest_other),
    }))
}

/// The last layer of a language model at the most rows: milliseconds, and MiB beyond inputs
/// and gradients.
pub(super) fn head(root: &Path) -> Result<Value, Box<dyn Error>> {
    let head = read(root, "book/data/head.json")?;
    let results = head["results"].as_array().ok_or("there are results")?;
    let of = |name: &str| {
        let result = results.iter().rev().find(|result| result["name"] == name);
        let result = result.ok_or_else(|| format!("no result of {name}"))?;
        Ok::<Value, Box<dyn Error>>(json!({
            "ms": result["milliseconds"],
            "mib": result["extra MiB"],
        }))
    };
    Ok(json!({
        "rows": of("batched, by rows")?,
        "vocabulary": of("batched, by vocabulary")?,
        "eager": of("PyTorch, eager")?,
        "compiled": of("PyTorch, compiled")?,
    }))
}

/// How far apart the stages' losses are at most, over the epochs of the experiment `digits`.
pub(super) fn apart(root: &Path) -> Result<f64, Box<dyn Error>> {
    let experiment = read(root, "book/data/digits.json")?;
    let stages = ["scalar", "vectorized", "batched"];
    let curves = stages.map(|stage| column(&experiment["tables"][0], stage));
    let [scalar, vectorized, batched] = curves;
    let (scalar, vectorized, batched) = (scalar?, vectorized?, batched?);
    let losses = scalar.iter().zip(vectorized).zip(batched);
    let apart = losses.filter_map(|((a, b), c)| {
        let losses = [a.as_f64()?, b.as_f64()?, c.as_f64()?];
        let most = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some(most - losses.iter().copied().fold(f64::INFINITY, f64::min))
    });
    Ok(apart.fold(0.0, f64::max))
}

/// The perplexity of a sonnet that was learned by heart.
pub(super) fn sonnet(root: &Path) -> Result<f64, Box<dyn Error>> {
    let experiment = read(root, "book/data/sonnet.json")?;
    let losses = column(&experiment["tables"][0], "loss")?;
    let last = losses.last().and_then(Value::as_f64).ok_or("a column has numbers")?;
    Ok(last.exp())
}

fn least_and_most(numbers: impl Iterator<Item = f64>) -> Value {
    let numbers: Vec<f64> = numbers.collect();
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(0.0, f64::max);
    json!({ "least": least, "most": most })
}

/// What an experiment's table has in a column.
fn column<'a>(table: &'a Value, name: &str) -> Result<&'a Vec<Value>, Box<dyn Error>> {
    let columns = table["columns"].as_array().ok_or("a table has columns")?;
    let column = columns.iter().find(|column| column["name"] == name);
    let column = column.ok_or_else(|| format!("no column {name}"))?;
    Ok(column["values"].as_array().ok_or("a column has values")?)
}
