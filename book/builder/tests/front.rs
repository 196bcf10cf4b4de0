//! The first things that a visitor sees lead somewhere: the README lists the pages of the
//! book, and each link from a Markdown file outside the book leads to a file.

use std::fs;

use builder::root;
use pulldown_cmark::{Event, Parser, Tag};

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_readme_lists_every_page_of_the_book() {
    let readme = text("README.md");
    for line in text("book/src/SUMMARY.md").lines() {
        if let Some(part) = line.strip_prefix("# Part ") {
            let part = part.replacen(": ", ". ", 1);
            assert!(readme.contains(&format!("| **{part}** | ")), "no part {part}");
        } else if let Some((title, page)) = line.split_once("](") {
            let title = title.trim_start_matches(['-', ' ', '[']);
            let link = format!("[{title}](book/src/{page}");
            // A sentence introduces the first two pages.
            let is_first = ["index.md)", "five-minutes.md)"].contains(&page);
            let listed = readme.contains(if is_first { page } else { &link });
            assert!(listed, "README lacks {link}");
        }
    }
}

#[test]
fn links_outside_the_book_lead_to_files() {
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "bench/README.md",
        "book/README.md",
        "exercises/README.md",
    ] {
        let folder = root().join(page);
        let folder = folder.parent().expect("a file is in a folder");
        for event in Parser::new(&text(page)) {
            let (Event::Start(Tag::Link { dest_url, .. })
            | Event::Start(Tag::Image { dest_url, .. })) = event
            else {
                continue;
            };
            if dest_url.contains("://") {
                continue;
            }
            let path = dest_url.split('#').next().unwrap_or_default();
            assert!(folder.join(path).exists(), "{page} links to {dest_url}");
        }
    }
}
