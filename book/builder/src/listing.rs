//! Listings: the very lines that are compiled and tested.
//!
//! mdBook's own `{{#include file:anchor}}` would do, if it failed loudly. But it only logs a
//! missing file, and a missing anchor gives an empty block; here, both fail the build.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use course::learn::gaps;

use crate::directive;

/// A page with its listings. They are fenced as `rs`, not `rust`: the snippets of a page are
/// compiled as tests of their own, these are where they live.
///
/// # Errors
/// If a file or an anchor is missing, or there is nothing between the anchors.
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
    let source = if is_solution {
        gaps::solution(source).map_err(anyhow::Error::msg)?
    } else {
        source.to_owned()
    };
    let is_mark = |line: &str| {
        let line = line.trim_start();
        line.starts_with("// ANCHOR: ") || line.starts_with("// ANCHOR_END: ")
    };
    let is = |line: &str, mark: &str| line.trim_start() == mark;
    let chosen: Vec<&str> = match anchor {
        None => source.lines().filter(|line| !is_mark(line)).collect(),
        Some(anchor) => {
            let (begin, end) =
                (format!("// ANCHOR: {anchor}"), format!("// ANCHOR_END: {anchor}"));
            let mut after = source.lines().skip_while(|line| !is(line, &begin));
            ensure!(after.next().is_some(), "there is no such anchor");
            ensure!(source.lines().any(|line| is(line, &end)), "the anchor has no end");
            after
                .take_while(|line| !is(line, &end))
                .filter(|line| !is_mark(line))
                .collect()
        }
    };
    ensure!(chosen.iter().any(|line| !line.trim().is_empty()), "there is nothing in it");
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let least = chosen.iter().filter(|line| !line.trim().is_empty()).map(indent).min();
    let least = least.unwrap_or(0);
    let cut =
        chosen.iter().map(|line| line.get(least..).unwrap_or_default().to_owned() + "\n");
    Ok(cut.collect())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

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

    /// The Rust files below a folder.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder of the repository");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths
            .flat_map(|path| match path.is_dir() {
                true => sources(&path),
                false => vec![path],
            })
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .collect()
    }

    #[test]
    fn every_anchor_is_shown_on_a_page() {
        let root = crate::root();
        let pages = fs::read_dir(root.join("book/src")).unwrap();
        let pages =
            pages.filter_map(|page| fs::read_to_string(page.unwrap().path()).ok());
        let pages: String = pages.collect();
        for stage in ["backend", "scalar", "vectorized", "batched", "training"] {
            for file in sources(&root.join(stage).join("src")) {
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
