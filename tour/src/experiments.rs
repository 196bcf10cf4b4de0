//! `cargo run -- experiment`: the experiments of `training`, and their files for the book.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use backend::Backend;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use text::terminal::width;
use training::experiments::{ALL, Experiment, Lab};
use training::report::Report;

/// The experiment, its backend and its seed.
#[derive(Args)]
pub(crate) struct Options {
    /// Which: one of the list that is printed without a name, or `all`.
    name: Option<String>,
    /// The backend that trains: the last of the stages, unless named here. (`digits`
    /// compares all of them.)
    #[arg(long)]
    backend: Option<String>,
    /// Of everything random.
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// Write the result to book/data, for the figures of the book.
    #[arg(long, conflicts_with_all = ["backend", "seed"])]
    save: bool,
    /// Compare the result with that in book/data.
    #[arg(long, conflicts_with_all = ["save", "seed"])]
    check: bool,
}

const DEFAULT_SEED: u64 = 1;

/// A report as it's saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    command: String,
    date: String,
    #[serde(flatten)]
    report: Report,
}

/// Runs one experiment or all, and saves or checks the results. Without a name it lists the
/// experiments.
pub(crate) fn run(
    options: &Options,
    stages: &[Box<dyn Backend>],
    out: &mut dyn Write,
) -> Result<()> {
    let Some(name) = &options.name else {
        return list(out);
    };
    let chosen = experiments(name)?;
    let backend = backend(options.backend.as_deref(), stages)?;
    for experiment in chosen {
        let bar = ProgressBar::new(1)
            .with_style(ProgressStyle::with_template("{prefix} {bar:30} {wide_msg}")?)
            .with_prefix(experiment.name);
        let progress = |what: &str, done: usize, of: usize| {
            bar.set_length(of as u64);
            bar.set_position(done as u64);
            bar.set_message(what.to_owned());
        };
        let lab =
            Lab { backends: stages, backend, seed: options.seed, progress: &progress };
        let report = experiment.run(&lab)?;
        bar.finish_and_clear();
        writeln!(out, "{}: {}\n", experiment.name, experiment.question)?;
        writeln!(out, "{report:width$}", width = width())?;
        if options.save {
            writeln!(out, "saved to {}\n", save(report)?)?;
        } else if options.check {
            check(&report)?;
            writeln!(out, "as saved, within the tolerances of the file\n")?;
        }
    }
    Ok(())
}

fn list(out: &mut dyn Write) -> Result<()> {
    writeln!(out, "Experiments, seconds each: cargo run -- experiment NAME\n")?;
    for Experiment { name, question, .. } in &ALL {
        writeln!(out, "  {name:14} {question}")?;
    }
    writeln!(out, "  {:14} one after another", "all")?;
    Ok(())
}

/// Returns the experiment of a name, or all experiments.
fn experiments(name: &str) -> Result<&'static [Experiment]> {
    static LIST: [Experiment; ALL.len()] = ALL;
    if name == "all" {
        return Ok(&LIST);
    }
    let found = LIST.iter().position(|experiment| experiment.name == name);
    let i = found.with_context(|| {
        let names = LIST.each_ref().map(|experiment| experiment.name).join(", ");
        format!("no experiment `{name}`; there are {names} and all")
    })?;
    Ok(&LIST[i..=i])
}

/// Returns the backend of a name, or the last backend.
fn backend<'a>(
    name: Option<&str>,
    stages: &'a [Box<dyn Backend>],
) -> Result<&'a dyn Backend> {
    let found = match name {
        Some(name) => stages.iter().find(|stage| stage.name() == name),
        None => stages.last(),
    };
    found.map(|stage| &**stage).with_context(|| {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name()).collect();
        let name = name.unwrap_or_default();
        format!("no backend `{name}`; there are {}", names.join(", "))
    })
}

/// Returns the file that keeps the result of an experiment.
fn path(experiment: &str) -> PathBuf {
    let file = format!("../book/data/{experiment}.json");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn save(report: Report) -> Result<String> {
    let path = path(&report.experiment);
    let saved = Saved {
        command: format!("cargo run -- experiment {} --save", report.experiment),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        report,
    };
    let shown = path.display().to_string();
    let text = serde_json::to_string_pretty(&saved)? + "\n";
    fs::write(path, text).with_context(|| shown.clone())?;
    Ok(shown)
}

fn check(report: &Report) -> Result<()> {
    let path = path(&report.experiment);
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).with_context(|| shown.clone())?;
    let saved: Saved = serde_json::from_str(&text).with_context(|| shown.clone())?;
    let differences = saved.report.differences(report).join("\n  ");
    ensure!(differences.is_empty(), "{shown} and this run differ in\n  {differences}");
    Ok(())
}
