//! The pages show the results of the race, and the versions of the libraries that took part.

use bench::report::RaceReport;

#[test]
fn the_page_shows_what_the_race_measured() {
    let report: RaceReport =
        serde_json::from_str(include_str!("../data/race.json")).unwrap();
    let page = include_str!("../README.md");
    assert_eq!(report.inserted_into(page).unwrap(), page);
}

#[test]
fn the_book_names_the_versions_of_the_libraries() {
    let packages = include_str!("../peers/requirements.txt").lines();
    let mut versions: Vec<(&str, &str)> =
        packages.map(|package| package.split_once("==").unwrap()).collect();
    for name in ["burn", "candle-core"] {
        let lock = include_str!("../peers/rust/Cargo.lock");
        let (_, version) =
            lock.split_once(&format!("name = \"{name}\"\nversion = \"")).unwrap();
        versions.push((name, version.split('"').next().unwrap()));
    }
    let page = include_str!("../../book/src/elsewhere.md");
    for (name, version) in versions {
        let cells = format!("(`{name}`) | {version} |");
        assert!(page.contains(&cells), "no {cells}");
    }
}
