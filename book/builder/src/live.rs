//! Figures that the reader moves: a picture, a script, and the scalar stage as WebAssembly.

use std::path::Path;
use std::{fs, mem};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_STANDARD, Engine};

use crate::directive;
use crate::figure::Words;

/// Returns a page with its live figures: `{{live NAME caption || what is drawn}}`. The
/// first figure brings the script, and the script's tag the stage. So both also work from
/// a file, where a page can't fetch a second one.
///
/// # Errors
/// If there's no such figure, or no words.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    let mut script = script(root)?;
    directive::replace(text, "live", |arguments| {
        let Words { name, label, caption } = Words::read(arguments)?;
        let path = root.join(format!("book/figures/live/{name}.html"));
        let drawn =
            fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(format!(
            "<figure role=\"group\" aria-label=\"{label}\">\n{drawn}\
             <figcaption>{caption}<noscript> (It can be moved where scripts run.)</noscript>\
             </figcaption>\n{}</figure>\n",
            mem::take(&mut script)
        ))
    })
}

fn script(root: &Path) -> Result<String> {
    let stage = fs::read(root.join("book/live/stage.wasm")).context("stage.wasm")?;
    let stage = BASE64_STANDARD.encode(stage);
    Ok(format!("<script src=\"live.js\" data-stage=\"{stage}\" defer></script>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_live_is_below_40_kilobytes() {
        let root = crate::root();
        let bytes = |file| fs::read(root.join("book").join(file)).unwrap().len();
        let files = bytes("src/live.js") + bytes("theme/live.css");
        let bytes = script(&root).unwrap().len() + files;
        assert!(bytes < 40_000, "{bytes} bytes");
    }
}
