//! Listings, the very lines that are compiled and tested.
//!
//! mdBook's own `{{#include file:anchor}}` would do if it failed loudly. But it only logs a
//! missing file, and it turns a missing anchor into an empty block; here, both fail the build.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use exercises::gaps;

use crate::directive;

/// Returns a page with its listings. They're fenced as `rs`, not `rust`: the snippets of a
/// page are compiled as tests of their own, and listings are compiled in their own files.
///
/// # Errors
/// If a file or an anchor is missing, or nothing is between the anchors.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    directive::replace(text, "listing", |arguments| {
        let (file, anchor) = match arguments.split_once(' ') {
            Some((file, anchor)) => (file, Some(anchor)),
            None => (arguments, None),
        };
        let source = fs::read_to_string(root.join(file)).context("it cannot be read")?;
        let lines = lines(file, &source, anchor)?;
        let language = if file.ends_with(".rs") { "rs" } else { "text" };
        let source = format!("<p class=\"source\"><code>{file}</code></p>");
        Ok(format!("{source}\n\n```{language}\n{lines}```\n"))
    })
}

fn lines(file: &str, source: &str, anchor: Option<&str>) -> Result<String> {
    let is_solution = file.starts_with("exercises/solutions/");
    let source = if is_solution { gaps::solution(source)? } else { source.to_owned() };
    let is_mark = |line: &str| {
        let line = line.trim_start();
        line.starts_with("// ANCHOR: ") || line.starts_with("// ANCHOR_END: ")
    };
    let chosen = match anchor {
        None => source.as_str(),
        Some(anchor) => {
            let (begin, end) =
                (format!("// ANCHOR: {anchor}\n"), format!("// ANCHOR_END: {anchor}\n"));
            let (_, after) =
                source.split_once(&begin).context("there is no such anchor")?;
            let (chosen, _) = after.split_once(&end).context("the anchor has no end")?;
            chosen
        }
    };
    let lines = chosen.trim_end().lines().filter(|line| !is_mark(line));
    let chosen: String = lines.flat_map(|line| [line, "\n"]).collect();
    ensure!(!chosen.trim().is_empty(), "there is nothing in it");
    Ok(textwrap::dedent(&chosen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::links;

    const SOURCE: &str = "\
mod a {
    // ANCHOR: half
    fn half(x: f64) -> f64 {
        x / 2.0
    }
    // ANCHOR_END: half
    // ANCHOR: nothing
    // ANCHOR_END: nothing
    // ANCHOR: endless
}
";

    #[test]
    fn every_anchor_is_shown_on_a_page() {
        let root = crate::root();
        let pages = fs::read_dir(root.join("book/src")).unwrap();
        let pages =
            pages.filter_map(|page| fs::read_to_string(page.unwrap().path()).ok());
        let pages: String = pages.collect();
        for stage in ["backend", "scalar", "vectorized", "batched", "training"] {
            for file in links::files(&root.join(stage).join("src")).unwrap() {
                let name = file.strip_prefix(&root).unwrap().display().to_string();
                for line in fs::read_to_string(&file).unwrap().lines() {
                    let Some(anchor) = line.trim().strip_prefix("// ANCHOR: ") else {
                        continue;
                    };
                    let shown =
                        pages.contains(&format!("{{{{listing {name} {anchor}}}}}"));
                    assert!(shown, "{name}: no page shows {anchor}");
                }
            }
        }
    }

    #[test]
    fn a_listing_is_what_stands_between_its_anchors() {
        let half = lines("a.rs", SOURCE, Some("half")).unwrap();
        assert_eq!(half, "fn half(x: f64) -> f64 {\n    x / 2.0\n}\n");
        let whole = lines("a.rs", SOURCE, None).unwrap();
        assert!(!whole.contains("ANCHOR"));
    }

    #[test]
    fn what_is_missing_is_said() {
        for (anchor, said) in [
            ("other", "there is no such anchor"),
            ("endless", "the anchor has no end"),
            ("nothing", "there is nothing in it"),
        ] {
            let error = lines("a.rs", SOURCE, Some(anchor)).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
        assert!(fill(Path::new("/nowhere"), "{{listing a.rs half}}").is_err());
    }
}
