//! What is committed is what the program draws from what was measured.

use std::fs;

use figures::Drawn;
use text::markdown::between_marks;

fn committed(path: &str) -> String {
    fs::read_to_string(figures::root().join(path))
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn the_pictures_are_those_of_the_data() {
    let Drawn { pictures, live, .. } = Drawn::from_data().unwrap();
    let pictures =
        pictures.into_iter().map(|(name, picture)| (format!("svg/{name}"), picture));
    let live = live.into_iter().map(|(name, figure)| (format!("live/{name}"), figure));
    for (name, picture) in pictures.chain(live) {
        let path = format!("book/figures/{name}");
        assert!(committed(&path) == picture, "{path}: run cargo run -p figures");
    }
}

#[test]
fn the_pages_have_the_tables_of_the_data() {
    for (page, name, table) in Drawn::from_data().unwrap().tables {
        let text = committed(page);
        let again = between_marks(&text, name, &table).unwrap();
        assert!(again == text, "{page}, {name}: run cargo run -p figures");
    }
}
