//! What is committed is what the program draws from what was measured.

use std::fs;

use figures::exactness::Errors;
use figures::readme::between_marks;
use figures::speed::Races;

fn committed(path: &str) -> String {
    fs::read_to_string(figures::root().join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn errors() -> Errors {
    Errors::read(&committed("book/data/errors.json")).expect("as errors.py writes it")
}

fn races() -> Races {
    Races::read(&committed("book/data/peers.json")).expect("as race.py writes it")
}

#[test]
fn the_pictures_are_those_of_the_data() {
    for (path, picture) in [
        ("book/figures/svg/exactness.svg", errors().picture()),
        ("book/figures/svg/speed.svg", races().picture()),
    ] {
        assert!(committed(path) == picture, "{path}: run cargo run -p figures");
    }
}

#[test]
fn the_readme_has_the_tables_of_the_data() {
    let readme = committed("README.md");
    for (name, table, origin) in [
        ("errors", errors().table(), errors().origin()),
        ("peers", races().table(), races().origin()),
    ] {
        let content = format!("{table}\n({origin}.)\n");
        assert_eq!(between_marks(&readme, name, &content).as_deref(), Some(&*readme));
    }
}
