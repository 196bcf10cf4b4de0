//! Races the stages and writes what it measured into the README: `cargo run --release -p
//! bench --bin race`.
#![forbid(unsafe_code)]

use std::fs;

use anyhow::Result;
use bench::report::RaceReport;

const ROUNDS: usize = 21;

fn main() -> Result<()> {
    let report = RaceReport::measure(&bench::stages(), ROUNDS)?;
    bench::save("race.json", &report)?;

    let readme = bench::data().join("../../README.md");
    let text = fs::read_to_string(&readme)?;
    fs::write(&readme, report.inserted_into(&text)?)?;
    print!("{}", report.markdown());
    Ok(())
}
