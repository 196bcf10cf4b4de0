//! The links of the built book: each one inside it leads somewhere, and nothing is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Checks the links of every page.
///
/// # Errors
/// The links that lead nowhere, and everything that a browser would fetch from elsewhere.
pub fn check(book: &Path) -> Result<()> {
    let mut pages = BTreeMap::new();
    for file in files(book)? {
        if file.extension().is_some_and(|kind| kind == "html") {
            // The base of the 404 page names the place of the site, and isn't a link.
            let html = fs::read_to_string(&file)?.replace("<base href", "<base");
            pages.insert(file, html);
        }
    }
    let ids: BTreeMap<&PathBuf, BTreeSet<&str>> = pages
        .iter()
        .map(|(page, html)| (page, attributes(html, "id").collect()))
        .collect();
    let mut wrong = vec![];
    for (page, html) in &pages {
        let name = page.strip_prefix(book).unwrap_or(page).display().to_string();
        for link in attributes(html, "href").chain(attributes(html, "src")) {
            if !leads_somewhere(book, page, link, &ids) {
                wrong.push(format!("{name}: {link}"));
            }
        }
        for fetched in attributes(html, "src").filter(|link| is_elsewhere(link)) {
            wrong.push(format!("{name} fetches {fetched}"));
        }
    }
    if !wrong.is_empty() {
        bail!("links that lead nowhere:\n{}", wrong.join("\n"));
    }
    Ok(())
}

fn is_elsewhere(link: &str) -> bool {
    link.contains("://") || link.starts_with("//")
}

fn leads_somewhere(
    book: &Path,
    page: &Path,
    link: &str,
    ids: &BTreeMap<&PathBuf, BTreeSet<&str>>,
) -> bool {
    if is_elsewhere(link) || link.starts_with("data:") || link.starts_with("javascript:")
    {
        return true;
    }
    let (file, id) = link.split_once('#').unwrap_or((link, ""));
    let target = match file {
        "" => page.to_owned(),
        file => normal(&page.parent().unwrap_or(book).join(file)),
    };
    let target = if target.is_dir() { target.join("index.html") } else { target };
    let has_id = || ids.get(&target).is_some_and(|ids| ids.contains(id));
    // A link to `/` leaves a book that lies in a folder of its site.
    target.starts_with(book) && target.exists() && (id.is_empty() || has_id())
}

/// Returns a path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = normal.pop(),
            part => normal.push(part),
        }
    }
    normal
}

/// Returns the values of an attribute.
fn attributes<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let begin = format!(" {name}=\"");
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&begin)?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some(value)
    })
}

/// Returns all files below a folder.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_out_are_left_to_the_reader_and_links_inside_have_to_lead_somewhere() {
        let book = std::env::temp_dir().join(format!("links-{}", std::process::id()));
        fs::create_dir_all(&book).unwrap();
        let checked = |link: &str| {
            fs::write(book.join("page.html"), format!("<p id=\"here\"><a {link}>"))
                .unwrap();
            check(&book)
        };
        for right in [
            " href=\"https://arxiv.org/abs/1805.02867\"",
            " href=\"#here\"",
            " href=\"page.html#here\"",
        ] {
            assert!(checked(right).is_ok(), "{right}");
        }
        for wrong in [
            " href=\"#there\"",
            " href=\"other.html\"",
            " href=\"/\"",
            " src=\"https://a.org/b.js\"",
        ] {
            assert!(checked(wrong).is_err(), "{wrong}");
        }
        fs::remove_dir_all(book).unwrap();
    }
}
