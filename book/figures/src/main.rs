//! `cargo run -p figures`: every picture and table again, from what was measured.
#![forbid(unsafe_code)]

use std::fs;

use anyhow::Result;
use figures::Drawn;
use text::markdown::between_marks;

fn main() -> Result<()> {
    let drawn = Drawn::from_data()?;
    let pictures = figures::root().join("book/figures/svg");
    fs::create_dir_all(&pictures)?;
    for (name, picture) in drawn.pictures {
        fs::write(pictures.join(name), picture)?;
    }
    let live = figures::root().join("book/figures/live");
    fs::create_dir_all(&live)?;
    for (name, figure) in drawn.live {
        fs::write(live.join(name), figure)?;
    }
    let readme = figures::root().join("README.md");
    let mut text = fs::read_to_string(&readme)?;
    for (name, table) in drawn.tables {
        text = between_marks(&text, name, &table)?;
    }
    fs::write(&readme, text)?;
    Ok(())
}
