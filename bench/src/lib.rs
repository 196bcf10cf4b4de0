//! All measurements: how fast the stages are, how exact, and how much memory they take.
//!
//! The programs in `src/bin` and `peers` measure, and write their results to `data`, from which
//! the book takes its pictures and numbers. This library has the parts that they share, and the
//! form of the results. A number that follows from a formula belongs to `book/facts`.
//!
//! | module | contents |
//! |---|---|
//! | [`race`](mod@race) | contestants take turns, so that their ratios hold on a busy machine |
//! | [`contestants`] | the stages, a plain loop, and a copy of the memory, each checked first |
//! | [`report`] | the results of the race, as JSON and as tables |
//! | [`scaling`] | times over one length |
//!
//! [`stages`] is the one list of backends. The tour, the experiments and the race take a
//! list of boxed backends, so your own backend joins with one line.
#![forbid(unsafe_code)]

pub mod contestants;
pub mod race;
pub mod report;
pub mod scaling;

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use backend::Backend;
use serde::Serialize;

/// Returns every stage of the course, in the order in which the book builds them.
pub fn stages() -> Vec<Box<dyn Backend>> {
    vec![
        Box::new(scalar::Scalar),
        Box::new(vectorized::Vectorized::default()),
        Box::new(batched::Batched::default()),
    ]
}

/// Returns the folder of all measurements.
pub fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// Writes a result to the folder of all measurements.
///
/// # Errors
/// If the file can't be written.
pub fn save(file: &str, result: &impl Serialize) -> Result<()> {
    let path = data().join(file);
    let text = serde_json::to_string_pretty(result)? + "\n";
    fs::write(&path, text).with_context(|| path.display().to_string())
}

/// Returns the name that the processor gives itself.
pub fn machine() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name"));
    match model {
        Some(model) => model.trim_start_matches([' ', '\t', ':']).to_owned(),
        None => std::env::consts::ARCH.to_owned(),
    }
}

/// Returns today's date, as results carry it.
pub fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}
