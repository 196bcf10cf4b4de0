//! `cargo run -p figures`: every picture and table again, from what was measured.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;

use course::markdown::between_marks;
use figures::Drawn;

fn main() -> Result<(), Box<dyn Error>> {
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
        text = between_marks(&text, name, &table)
            .ok_or_else(|| format!("README.md has no marks for {name}"))?;
    }
    fs::write(&readme, text)?;
    Ok(())
}
