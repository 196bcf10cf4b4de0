//! `cargo run -p course --example facts` writes `book/data/facts.json`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;

use course::{facts, learn};

fn main() -> Result<(), Box<dyn Error>> {
    let root = learn::root();
    let text = serde_json::to_string_pretty(&facts::facts(&root)?)?;
    fs::write(facts::path(&root), text + "\n")?;
    println!("written: {}", facts::path(&root).display());
    Ok(())
}
