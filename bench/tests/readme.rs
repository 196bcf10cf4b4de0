//! The README shows the results of the race.

use bench::report::RaceReport;

#[test]
fn the_readme_shows_what_the_race_measured() {
    let report: RaceReport =
        serde_json::from_str(include_str!("../data/race.json")).unwrap();
    let readme = include_str!("../../README.md");
    assert_eq!(report.inserted_into(readme).unwrap(), readme);
}
