//! The measurements of other programs, made ready for a sentence.

use anyhow::{Context, Result};
use bench::report::RaceReport;
use exercises::catalog::read;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Returns the saved result of an experiment.
fn experiment(name: &str) -> Result<Value> {
    saved(&format!("book/data/{name}.json"))
}

/// Returns a saved result, by its path from the root.
fn saved<T: DeserializeOwned>(path: &str) -> Result<T> {
    serde_json::from_str(&read(&crate::root().join(path))?)
        .with_context(|| path.to_owned())
}

/// Returns how many steps each price takes to lead out of a confident mistake.
pub(super) fn steps() -> Result<Value> {
    let experiment = experiment("surprise")?;
    let [squared, surprise] = [0, 1].map(|table| {
        let above = |p: &Value| p.as_f64().is_some_and(|p| p > 0.5);
        let p = column(&experiment["tables"][table], "p")?;
        p.iter().position(above).context("it never is above one half")
    });
    Ok(json!({ "squared": squared?, "surprise": surprise? }))
}

/// Returns the percentage of rows without a loss at the end of the experiment `collapse`.
pub(super) fn collapsed() -> Result<f64> {
    let experiment = experiment("collapse")?;
    let shares = column(&experiment["tables"][0], "rows rounded to 0")?;
    let last = shares.last().and_then(Value::as_f64);
    Ok(100.0 * last.context("a column has numbers")?)
}

/// Returns how many times as long the first stage takes as the second, over the race's shapes.
pub(super) fn scalar_over_vectorized() -> Result<Value> {
    let race: RaceReport = saved("bench/data/race.json")?;
    let ratios = race.shapes.iter().filter_map(|shape| {
        let time = |stage| {
            let mut times = shape.milliseconds.iter();
            Some(times.find(|(name, _)| name == stage)?.1)
        };
        Some(time("scalar")? / time("vectorized")?)
    });
    Ok(least_and_most(ratios))
}

/// Returns results of the race with other frameworks: PyTorch's plain call at 512 x 32000,
/// and the lead of stage 3 over the fastest other under the same contract, over the shapes.
pub(super) fn race() -> Result<Value> {
    let peers = saved::<Value>("bench/data/peers.json")?;
    let races = peers["races"].as_array().context("there are races")?;
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

/// Returns the cost of a language model's last layer at the most rows: milliseconds, MiB beyond
/// inputs and gradients, and the milliseconds of its matrix products alone.
pub(super) fn head() -> Result<Value> {
    let head = saved::<Value>("bench/data/head.json")?;
    let results = head["results"].as_array().context("there are results")?;
    let of = |name: &str| {
        let result = results.iter().rev().find(|result| result["name"] == name);
        let result = result.with_context(|| format!("no result of {name}"))?;
        anyhow::Ok(json!({
            "ms": result["milliseconds"],
            "mib": result["extra MiB"],
            "products": result["products"],
        }))
    };
    Ok(json!({
        "rows": of("batched, by rows")?,
        "vocabulary": of("batched, by vocabulary")?,
        "eager": of("PyTorch, eager")?,
        "compiled": of("PyTorch, compiled")?,
        "chunks": of("PyTorch, chunks of 512 rows")?,
    }))
}

/// Returns the largest distance between the stages' losses, over the epochs of `digits`.
pub(super) fn apart() -> Result<f64> {
    let experiment = experiment("digits")?;
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

/// Returns the perplexity of a sonnet that was learned by heart.
pub(super) fn sonnet() -> Result<f64> {
    let experiment = experiment("sonnet")?;
    let losses = column(&experiment["tables"][0], "loss")?;
    let last = losses.last().and_then(Value::as_f64).context("a column has numbers")?;
    Ok(last.exp())
}

fn least_and_most(numbers: impl Iterator<Item = f64>) -> Value {
    let numbers: Vec<f64> = numbers.collect();
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(0.0, f64::max);
    json!({ "least": least, "most": most })
}

/// Returns a column of an experiment's table.
fn column<'a>(table: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    let columns = table["columns"].as_array().context("a table has columns")?;
    let column = columns.iter().find(|column| column["name"] == name);
    let column = column.with_context(|| format!("no column {name}"))?;
    column["values"].as_array().context("a column has values")
}
