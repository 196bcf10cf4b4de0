//! Pictures that were drawn by a program, set into the page so that they follow its theme.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::directive;

/// A page with its pictures: `{{figure NAME what it shows, in words}}`.
///
/// # Errors
/// If there is no such picture, or no words.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    directive::replace(text, "figure", |arguments| {
        let (name, words) =
            arguments.split_once(char::is_whitespace).context("no words")?;
        let path = root.join(format!("book/figures/svg/{name}.svg"));
        let svg =
            fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let label = label(words);
        // A line without text would end the block of HTML for Markdown.
        let lines: Vec<&str> =
            svg.lines().filter(|line| !line.trim().is_empty()).collect();
        let svg = lines.join("\n").replacen("<svg ", "<svg aria-hidden=\"true\" ", 1);
        Ok(format!(
            "<figure role=\"img\" aria-label=\"{label}\">\n<div>\n{svg}\n</div>\n\
             <figcaption>{label}</figcaption></figure>\n"
        ))
    })
}

/// Words for an attribute, and for a caption.
pub fn label(words: &str) -> String {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    words.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}
