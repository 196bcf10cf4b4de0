//! Lists all exercises in one table for teachers, in `exercises/README.md`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use exercises::catalog::{Catalog, Exercise, read};
use text::counted;
use text::markdown::{between_marks, table};

/// Returns the page with the table of these exercises.
///
/// # Errors
/// Fails if there's no page, or no place for the table.
pub fn page(root: &Path, catalog: &Catalog) -> Result<String> {
    let text = read(&path(root))?;
    between_marks(&text, "exercises", &overview(catalog))
        .with_context(|| path(root).display().to_string())
}

/// Writes the page.
///
/// # Errors
/// Fails like [`page`], or if the page can't be written.
pub fn write(root: &Path, catalog: &Catalog) -> Result<()> {
    Ok(fs::write(path(root), page(root, catalog)?)?)
}

/// Returns a complaint if the page has a different table.
///
/// # Errors
/// Fails like [`page`].
pub fn complaint(root: &Path, catalog: &Catalog) -> Result<Option<String>> {
    let is_right = read(&path(root))? == page(root, catalog)?;
    let path = path(root);
    Ok((!is_right).then(|| format!("{} has a different table", path.display())))
}

fn path(root: &Path) -> PathBuf {
    root.join("exercises/README.md")
}

fn overview(catalog: &Catalog) -> String {
    let head = ["exercise", "", "page", "lines", "minutes", "teaches", "needs"];
    let rows = catalog.all().iter().map(|exercise| {
        let Exercise { name, title, page, lines, minutes, teaches, needs, .. } = exercise;
        vec![
            format!("[{}](tests/{name}.rs)", exercise.id()),
            title.clone(),
            format!("[{page}](../book/src/{page}.md)"),
            lines.to_string(),
            minutes.to_string(),
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
