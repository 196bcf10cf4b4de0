//! The program as its user sees it.

use std::process::{Command, Output};

fn tour(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_tour");
    Command::new(program).args(arguments).output().expect("the program starts")
}

#[test]
fn the_tour_ends_by_itself_and_shows_each_scene() {
    let output = tour(&[]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    for scene in ["1. One batch", "2. What floats", "3. It learns", "4. Now you"] {
        assert!(text.contains(scene), "{scene} is not in\n{text}");
    }
    for stage in bench::stages() {
        assert!(text.contains(stage.name()));
    }
}

#[test]
fn the_classifier_is_right_on_at_least_94_of_100_digits() {
    let output = tour(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let accuracies: Vec<f64> = text
        .lines()
        .filter_map(|line| {
            line.split_once("accuracy on the test digits ")?.1.parse().ok()
        })
        .collect();
    assert_eq!(accuracies.len(), bench::stages().len(), "{text}");
    assert!(accuracies.iter().all(|&accuracy| accuracy >= 0.94), "{accuracies:?}");
}

#[test]
fn every_stage_learns_along_the_same_curve() {
    let output = tour(&[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let curve = |stage: &str| -> Vec<String> {
        let epochs = text.lines().filter_map(|line| line.strip_prefix(stage));
        epochs.filter(|line| line.contains("mean loss")).map(str::to_owned).collect()
    };
    let stages = bench::stages();
    let first = curve(stages[0].name());
    assert_eq!(first.len(), 4, "{text}");
    assert!(stages.iter().all(|stage| curve(stage.name()) == first), "{text}");
}

#[test]
fn an_unknown_option_gives_usage_and_exit_code_2() {
    for argument in ["--no-such-option", "no-such-command"] {
        let output = tour(&[argument]);
        assert_eq!(output.status.code(), Some(2));
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(argument) && message.contains("Usage:"), "{message}");
    }
}
