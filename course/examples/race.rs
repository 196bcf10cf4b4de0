//! Races the stages and writes what it measured into the README: `cargo run --release -p
//! course --example race`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;
use std::path::Path;

use course::race::report::Report;

const ROUNDS: usize = 21;

fn main() -> Result<(), Box<dyn Error>> {
    let report = Report::measure(&course::stages(), ROUNDS)?;
    let course = Path::new(env!("CARGO_MANIFEST_DIR"));
    let json = serde_json::to_string_pretty(&report)?;
    fs::write(course.join("data/race.json"), json + "\n")?;

    let readme = course.join("../README.md");
    let text = fs::read_to_string(&readme)?;
    fs::write(
        &readme,
        report.inserted_into(&text).ok_or("README.md has no place for it")?,
    )?;
    print!("{}", report.markdown());
    Ok(())
}
