//! The README shows how `cargo learn` begins.

use std::{env, fs, process};

use clap::Parser;
use runner::Arguments;

#[test]
fn the_readme_shows_how_learning_begins() {
    // The copy leaves out your own progress.
    let root = env::temp_dir().join(format!("readme-{}", process::id()));
    let exercises = |folder: &str| root.join("exercises").join(folder);
    fs::create_dir_all(exercises("tests")).expect("a folder of its own");
    for file in ["exercises.toml", "tests/e01_surprise.rs"] {
        fs::copy(format!("../{file}"), exercises(file)).expect("a folder of its own");
    }
    let mut out = vec![];
    let learn = runner::run(&root, &Arguments::parse_from(["learn"]), &mut out);
    fs::remove_dir_all(&root).expect("a folder of its own");
    learn.expect("there are exercises");

    let printed = String::from_utf8(out).expect("it is text");
    let printed = console::strip_ansi_codes(&printed);
    let begin = printed.lines().take(4).collect::<Vec<_>>().join("\n");
    let readme = include_str!("../../../README.md");
    assert!(
        readme.contains(&format!("```text\n{begin}\n```")),
        "not in README:\n{begin}"
    );
}
