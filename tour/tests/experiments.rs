//! `cargo run -- experiment` as its user sees it.

use std::process::{Command, Output};

use training::experiments::ALL;
use training::report::Report;

fn experiment(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tour"));
    program.arg("experiment").args(arguments).output().expect("the program starts")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("the program writes text")
}

#[test]
fn without_a_name_all_are_listed() {
    let output = experiment(&[]);
    assert!(output.status.success());
    let list = text(output.stdout);
    let list = list.split_whitespace().collect::<Vec<_>>().join(" ");
    for experiment in &ALL {
        assert!(list.contains(experiment.name) && list.contains(experiment.question));
    }
}

#[test]
fn a_run_is_the_same_bit_for_bit() {
    for name in ["gradients", "digits", "sonnet"] {
        let run = || text(experiment(&[name, "--seed", "7"]).stdout);
        let first = run();
        assert!(first.contains("\n- "), "{first}");
        assert_eq!(first, run());
    }
}

#[test]
fn another_seed_is_another_run() {
    let run = |seed| text(experiment(&["digits", "--seed", seed]).stdout);
    assert_ne!(run("1"), run("2"));
}

#[test]
fn no_table_is_wider_than_80_characters() {
    for experiment in &ALL {
        let path = format!("../book/data/{}.json", experiment.name);
        let saved = std::fs::read_to_string(path).expect("every experiment is saved");
        let report: Report = serde_json::from_str(&saved).expect("it's a report");
        for table in &report.tables {
            for line in format!("{table:80}").lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
    }
}

#[test]
fn findings_are_broken_between_words() {
    let printed = text(experiment(&["gradients"]).stdout) + &text(experiment(&[]).stdout);
    assert!(printed.contains("\n- "), "{printed}");
    assert!(printed.lines().all(|line| line.chars().count() <= 80), "{printed}");
}

/// A run gives the saved result on every processor, with every stage.
#[test]
fn a_quick_run_is_as_saved() {
    for name in ["gradients", "surprise", "digits", "softmax_twice", "imbalance"] {
        for stage in bench::stages() {
            let output = experiment(&[name, "--check", "--backend", stage.name()]);
            assert!(output.status.success(), "{}", text(output.stderr));
        }
    }
}

/// These runs take seconds each; `.ci/run` has the patience.
#[test]
#[ignore = "takes about a minute"]
fn every_run_is_as_saved_with_every_stage() {
    for stage in bench::stages() {
        let output = experiment(&["all", "--check", "--backend", stage.name()]);
        assert!(output.status.success(), "{}", text(output.stderr));
    }
}

#[test]
fn a_wrong_name_is_answered_with_the_right_ones() {
    for (arguments, message) in [
        (vec!["digit"], "no experiment `digit`; there are gradients, surprise, digits"),
        (vec!["digits", "--backend", "mine"], "no backend `mine`; there are scalar"),
        (vec!["digits", "--save", "--seed", "2"], "cannot be used with"),
    ] {
        let output = experiment(&arguments);
        assert!(!output.status.success());
        let error = text(output.stderr);
        assert!(error.contains(message), "{error}");
    }
}
