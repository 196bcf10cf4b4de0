//! All exercises in one table, for teachers: `exercises/README.md`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use super::catalog::{Catalog, Exercise, read};
use crate::markdown::{between_marks, table};
use crate::text::counted;

/// The page with the table of these exercises.
///
/// # Errors
/// If there is no page, or no place for the table.
pub fn page(root: &Path, catalog: &Catalog) -> Result<String, Box<dyn Error>> {
    let text = read(&path(root))?;
    let content = overview(catalog);
    between_marks(&text, "exercises", &content).ok_or_else(|| {
        format!("{} has no place for the table", path(root).display()).into()
    })
}

/// Writes the page.
///
/// # Errors
/// As [`page`], or if it cannot be written.
pub fn write(root: &Path, catalog: &Catalog) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(path(root), page(root, catalog)?)?)
}

/// What is wrong with the page, if anything.
///
/// # Errors
/// As [`page`].
pub fn complaint(
    root: &Path,
    catalog: &Catalog,
) -> Result<Option<String>, Box<dyn Error>> {
    let is_right = read(&path(root))? == page(root, catalog)?;
    let path = path(root);
    Ok((!is_right).then(|| format!("{} has another table", path.display())))
}

fn path(root: &Path) -> PathBuf {
    root.join("exercises/README.md")
}

fn overview(catalog: &Catalog) -> String {
    let head = ["exercise", "", "chapter", "lines", "minutes", "teaches", "needs"];
    let rows = catalog.all().iter().map(|exercise| {
        let Exercise { name, title, chapter, lines, minutes, teaches, needs, .. } =
            exercise;
        let numbers =
            [*chapter as u32, *lines, *minutes].map(|number| number.to_string());
        let [chapter, lines, minutes] = numbers;
        let link = format!("[{}](checks/{name}.rs)", exercise.id());
        vec![
            link,
            title.clone(),
            chapter,
            lines,
            minutes,
            teaches.join(", "),
            needs.join(", "),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let minutes: u32 = catalog.all().iter().map(|exercise| exercise.minutes).sum();
    let hours = (f64::from(minutes) / 60.0).round() as usize;
    let (count, hours) = (counted(rows.len(), "exercise"), counted(hours, "hour"));
    let table = table(&head, &rows);
    format!("{table}\n{count}, about {hours}.\n")
}
