//! Races the stages, and writes the results into `data/race.json` and the tables of
//! `bench/README.md`: `cargo run --release -p bench --bin race`.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};
use bench::report::RaceReport;

const ROUNDS: usize = 21;

/// The setting that makes the C library's `memcpy` store past the cache from 1 MiB. By itself,
/// `memcpy` starts at a size that depends on the machine; perhaps no shape of the race reaches it.
const TUNABLES: &str = "glibc.cpu.x86_non_temporal_threshold=0x100000";

fn main() -> Result<()> {
    if env::var_os("GLIBC_TUNABLES").is_none() {
        // The library reads the setting when a program starts, so this program starts itself again.
        let mut told = Command::new(env::current_exe()?);
        ensure!(told.env("GLIBC_TUNABLES", TUNABLES).status()?.success(), "no race");
        return Ok(());
    }
    let report = RaceReport::measure(&bench::stages(), ROUNDS)?;
    bench::save("race.json", &report)?;

    let page = bench::data().join("../README.md");
    let text = fs::read_to_string(&page)?;
    fs::write(&page, report.inserted_into(&text)?)?;
    print!("{}", report.markdown());
    Ok(())
}
