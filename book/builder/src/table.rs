//! Tables that a program wrote.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use text::markdown;

use crate::{data, directive};

/// The part of a data file that holds a table.
#[derive(Deserialize)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Returns a page with its tables, `{{table conventions}}`, from the file of that name.
///
/// # Errors
/// If there's no such file, or no table in it.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    directive::replace(text, "table", |name| {
        let path = data(root, name);
        let text =
            fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let Table { columns, rows } = serde_json::from_str(&text)?;
        Ok(markdown::table(&columns, &rows))
    })
}
