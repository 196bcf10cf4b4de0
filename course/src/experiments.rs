//! `cargo run -- experiment`: the experiments of `training`, and their files for the book.

use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::PathBuf;

use backend::Backend;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use training::experiments::{ALL, Experiment, Lab};
use training::report::Report;

use crate::text;

/// What the command takes.
#[derive(Args)]
pub struct Arguments {
    /// Which: one of the list that is printed without a name, or `all`.
    name: Option<String>,
    /// The backend that trains: the last of the stages, unless named here. (`digits`
    /// compares all of them.)
    #[arg(long)]
    backend: Option<String>,
    /// Of everything random.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Write the result to book/data, for the figures of the book.
    #[arg(long, conflicts_with_all = ["backend", "seed"])]
    save: bool,
    /// Compare the result with that in book/data.
    #[arg(long, conflicts_with_all = ["save", "seed"])]
    check: bool,
}

const SEED: u64 = 1;

/// A report as it is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    command: String,
    date: String,
    #[serde(flatten)]
    report: Report,
}

/// Runs what was asked for.
///
/// # Errors
/// If there is no such experiment or backend, if a result differs from the saved one, or if
/// a file or the output cannot be written.
pub fn run(
    arguments: &Arguments,
    stages: &[Box<dyn Backend>],
    out: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let Some(name) = &arguments.name else {
        return list(out);
    };
    let chosen = experiments(name)?;
    let backend = backend(arguments.backend.as_deref(), stages)?;
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
            Lab { backends: stages, backend, seed: arguments.seed, progress: &progress };
        let report = experiment.run(&lab)?;
        bar.finish_and_clear();
        writeln!(out, "{}: {}\n", experiment.name, experiment.question)?;
        writeln!(out, "{report:width$}", width = text::width())?;
        if arguments.save {
            writeln!(out, "saved to {}\n", save(report)?)?;
        } else if arguments.check {
            check(&report)?;
            writeln!(out, "as saved, within the tolerances of the file\n")?;
        }
    }
    Ok(())
}

fn list(out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "Experiments, seconds each: cargo run -- experiment NAME\n")?;
    for Experiment { name, question, .. } in &ALL {
        writeln!(out, "  {name:14} {question}")?;
    }
    writeln!(out, "  {:14} one after another", "all")?;
    Ok(())
}

/// The one of a name, or all.
fn experiments(name: &str) -> Result<&'static [Experiment], String> {
    static LIST: [Experiment; ALL.len()] = ALL;
    if name == "all" {
        return Ok(&LIST);
    }
    match LIST.iter().position(|experiment| experiment.name == name) {
        Some(i) => Ok(&LIST[i..=i]),
        None => {
            let names: Vec<&str> =
                LIST.iter().map(|experiment| experiment.name).collect();
            Err(format!("no experiment `{name}`; there are {} and all", names.join(", ")))
        }
    }
}

/// The backend of a name, or the last.
fn backend<'a>(
    name: Option<&str>,
    stages: &'a [Box<dyn Backend>],
) -> Result<&'a dyn Backend, String> {
    let found = match name {
        Some(name) => stages.iter().find(|stage| stage.name() == name),
        None => stages.last(),
    };
    found.map(|stage| &**stage).ok_or_else(|| {
        let names: Vec<&str> = stages.iter().map(|stage| stage.name()).collect();
        let name = name.unwrap_or_default();
        format!("no backend `{name}`; there are {}", names.join(", "))
    })
}

/// Where the result of an experiment is kept.
fn path(experiment: &str) -> PathBuf {
    let file = format!("../book/data/{experiment}.json");
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn save(report: Report) -> Result<String, Box<dyn Error>> {
    let path = path(&report.experiment);
    let saved = Saved {
        command: format!("cargo run -- experiment {} --save", report.experiment),
        date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
        report,
    };
    let shown = path.display().to_string();
    let text = serde_json::to_string_pretty(&saved)? + "\n";
    fs::write(path, text).map_err(|error| format!("{shown}: {error}"))?;
    Ok(shown)
}

fn check(report: &Report) -> Result<(), Box<dyn Error>> {
    let path = path(&report.experiment);
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| format!("{shown}: {error}"))?;
    let saved: Saved =
        serde_json::from_str(&text).map_err(|error| format!("{shown}: {error}"))?;
    let differences = saved.report.differences(report);
    if differences.is_empty() {
        return Ok(());
    }
    Err(format!("{shown} and this run differ in\n  {}", differences.join("\n  ")).into())
}
