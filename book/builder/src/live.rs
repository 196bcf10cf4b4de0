//! Figures that the reader moves: a picture, a script, and the scalar stage as WebAssembly.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};

use crate::directive;
use crate::figure;

/// Where the script stands in the built book.
const SCRIPT: &str = "live.js";

/// A page with its live figures: `{{live NAME what it shows, in words}}`.
///
/// # Errors
/// If there is no such figure, or no words.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    directive::replace(text, "live", |arguments| {
        let (name, words) =
            arguments.split_once(char::is_whitespace).context("no words")?;
        let path = root.join(format!("book/figures/live/{name}.html"));
        let drawn =
            fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let (label, caption) = (figure::label(words), figure::caption(words));
        Ok(format!(
            "<figure role=\"group\" aria-label=\"{label}\">\n{drawn}\
             <figcaption>{caption}<noscript> (It can be moved where scripts run.)</noscript>\
             </figcaption>\n\
             <script src=\"{SCRIPT}\" defer></script></figure>\n"
        ))
    })
}

/// Puts the script into a built book.
///
/// # Errors
/// If a file cannot be read or written.
pub fn put_script(root: &Path, built: &Path) -> Result<()> {
    Ok(fs::write(built.join(SCRIPT), script(root)?)?)
}

/// The script with the stage in it, so that it works from a file, too, where a page may not
/// fetch another.
fn script(root: &Path) -> Result<String> {
    let stage = fs::read(root.join("book/live/stage.wasm"))?;
    let script = fs::read_to_string(root.join("book/theme").join(SCRIPT))?;
    Ok(script.replace("STAGE", &BASE64_STANDARD.encode(stage)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_live_is_below_40_kilobytes() {
        let root = crate::root();
        let styles = fs::read(root.join("book/theme/live.css")).unwrap();
        let bytes = script(&root).unwrap().len() + styles.len();
        assert!(bytes < 40_000, "{bytes} bytes");
    }
}
