//! `cargo run -p figures`: every picture and table again, from what was measured.
#![forbid(unsafe_code)]

use std::error::Error;
use std::fs;

use figures::exactness::Errors;
use figures::readme::between_marks;
use figures::speed::Races;

fn main() -> Result<(), Box<dyn Error>> {
    let root = figures::root();
    let data = |name: &str| fs::read_to_string(root.join("book/data").join(name));
    let (errors, races) =
        (Errors::read(&data("errors.json")?)?, Races::read(&data("peers.json")?)?);

    let pictures = root.join("book/figures/svg");
    fs::create_dir_all(&pictures)?;
    fs::write(pictures.join("exactness.svg"), errors.picture())?;
    fs::write(pictures.join("speed.svg"), races.picture())?;

    let readme = root.join("README.md");
    let mut text = fs::read_to_string(&readme)?;
    for (name, table, origin) in [
        ("errors", errors.table(), errors.origin()),
        ("peers", races.table(), races.origin()),
    ] {
        let content = format!("{table}\n({origin}.)\n");
        text = between_marks(&text, name, &content)
            .ok_or_else(|| format!("README.md has no marks for {name}"))?;
    }
    fs::write(&readme, text)?;
    Ok(())
}
