//! The README shows a part of the tour.

use std::process::Command;

#[test]
fn the_readme_shows_a_part_of_the_tour() {
    let output = Command::new(env!("CARGO_BIN_EXE_tour")).output();
    let tour = String::from_utf8(output.expect("the program starts").stdout).unwrap();
    let readme = include_str!("../../README.md");
    let (_, shown) = readme.split_once("```text\n").expect("a block of output");
    let (shown, _) = shown.split_once("```").expect("its end");
    assert_eq!(shown.lines().count(), 7);
    assert!(tour.contains(shown), "the tour does not print\n{shown}");
}
