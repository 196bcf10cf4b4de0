//! `cargo run -p figures` draws every picture and table again, from the measured data.
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
    for (page, name, table) in drawn.tables {
        let page = figures::root().join(page);
        let text = fs::read_to_string(&page)?;
        fs::write(&page, between_marks(&text, name, &table)?)?;
    }
    Ok(())
}
