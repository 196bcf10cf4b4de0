//! Tests of the suite itself: it accepts a right backend, and rejects each known mistake.

use conformance::{laws, mutants};

#[test]
fn the_right_backend_obeys_every_law() {
    for law in laws::all() {
        conformance::uphold(&mutants::without_a_mistake(), law);
    }
    assert!(mutants::passes_an_ordinary_test(&mutants::without_a_mistake()));
}

#[test]
#[should_panic(expected = "does not hold for `no_max`")]
fn a_broken_law_fails_its_test() {
    let mutant = mutants::all().into_iter().find(|m| m.name == "no_max").unwrap();
    let law = laws::all().into_iter().find(|law| law.name == mutant.law).unwrap();
    conformance::uphold(&mutant, law);
}

#[test]
fn each_mutant_is_caught_by_the_law_it_names() {
    let laws = laws::all();
    for mutant in mutants::all() {
        let law = laws.iter().find(|law| law.name == mutant.law);
        let law = law.unwrap_or_else(|| panic!("{} names no law", mutant.name));
        assert!(law.check(&mutant).is_err(), "{} escapes {}", mutant.name, law.name);
    }
}

/// Checks that every law catches a mutant that passes an ordinary test, or is the law
/// that explains a mutant's mistake.
#[test]
fn every_law_catches_something() {
    let mutants = mutants::all();
    for law in laws::all() {
        let catches = mutants.iter().any(|mutant| {
            mutant.law == law.name
                || mutants::passes_an_ordinary_test(mutant) && law.check(mutant).is_err()
        });
        assert!(catches, "{} catches nothing of its own", law.name);
    }
}

/// Counts the mutants that pass an ordinary test: most of these mistakes have shipped.
#[test]
fn most_mutants_pass_an_ordinary_test() {
    let mutants = mutants::all();
    let passing =
        mutants.iter().filter(|mutant| mutants::passes_an_ordinary_test(*mutant));
    assert!(2 * passing.count() > mutants.len());
}
