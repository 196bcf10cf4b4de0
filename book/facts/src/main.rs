//! `cargo run -p facts` writes `book/data/facts.json`.
#![forbid(unsafe_code)]

use std::fs;

use anyhow::Result;

fn main() -> Result<()> {
    let text = serde_json::to_string_pretty(&facts::facts()?)?;
    fs::write(facts::path(), text + "\n")?;
    println!("written: {}", facts::path().display());
    Ok(())
}
