//! The README shows a part of the tour, and of the laws.

use std::process::Command;

use conformance::laws;

const README: &str = include_str!("../../README.md");

/// Returns the blocks of output in the README.
fn blocks() -> impl Iterator<Item = &'static str> {
    README.split("```text\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0))
}

#[test]
fn the_readme_shows_a_part_of_the_tour() {
    let output = Command::new(env!("CARGO_BIN_EXE_tour")).output();
    let tour = String::from_utf8(output.expect("the program starts").stdout).unwrap();
    let shown = blocks().next().expect("a block of output");
    assert_eq!(shown.lines().count(), 7);
    assert!(tour.contains(shown), "the tour does not print\n{shown}");
}

#[test]
fn the_readme_shows_laws_and_counts_them() {
    let laws: Vec<&str> = laws::all().iter().map(|law| law.name).collect();
    let shown = blocks().nth(1).expect("a second block of output");
    let named = shown
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... ok"))
        .inspect(|name| assert!(laws.contains(name), "there is no law {name}"));
    assert_eq!(named.count(), 3);
    let count = format!("test result: ok. {} passed; ", laws.len());
    assert!(shown.contains(&count), "the README lacks\n{count}");
}
