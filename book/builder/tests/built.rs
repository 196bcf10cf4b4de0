//! The built book, as search and readers find it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use builder::{build_into, root};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use serde_json::Value;

/// The names and the HTML of all pages, and the index of the search.
struct Book {
    pages: Vec<(String, String)>,
    search: Value,
}

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    build_into(&root(), &folder("book")).expect("the book holds together");
    let files = fs::read_dir(folder("book")).expect("it is built").flatten();
    let files = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        Some((name, fs::read_to_string(file.path()).ok()?))
    });
    let (pages, others): (Vec<_>, Vec<_>) =
        files.partition(|(name, _)| name.ends_with(".html") && name != "print.html");
    let index = others.iter().find(|(name, _)| name.starts_with("searchindex"));
    let (_, script) = index.expect("an index for search");
    let (_, json) = script.split_once("JSON.parse('").expect("JSON");
    let (json, _) = json.rsplit_once("')").expect("the end of it");
    let json = json.replace("\\'", "'").replace("\\\\", "\\");
    Book { pages, search: serde_json::from_str(&json).expect("JSON") }
});

/// Returns the folder of a book that these tests build.
fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Returns the texts that the search has of a page, section by section.
fn searched(page: &str) -> Vec<&str> {
    let urls = BOOK.search["doc_urls"].as_array().expect("addresses");
    let texts = &BOOK.search["index"]["documentStore"]["docs"];
    let of_page = urls.iter().enumerate().filter(|(_, url)| {
        url.as_str().is_some_and(|url| url.split('#').next() == Some(page))
    });
    of_page.filter_map(|(i, _)| texts[i.to_string()]["body"].as_str()).collect()
}

/// Returns the source of a page.
fn source(page: &str) -> String {
    let path = root().join("book/src").join(page.replace(".html", ".md"));
    fs::read_to_string(path).unwrap_or_default()
}

/// Returns HTML without the elements of this name and their contents.
fn without(html: &str, name: &str) -> String {
    let (begin, end) = (format!("<{name}"), format!("</{name}>"));
    let is_begin = |rest: &str| rest.starts_with([' ', '>']);
    let mut parts = html.split(&begin);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out += match part.split_once(&end) {
            Some((_, after)) if is_begin(part) => after,
            _ => part,
        };
    }
    out
}

/// Returns the text of a page that's neither code nor script.
fn prose(html: &str) -> String {
    let (_, main) = html.split_once("<main>").unwrap_or_default();
    let (main, _) = main.split_once("</main>").unwrap_or_default();
    let names = ["pre", "code", "script", "style"];
    names.iter().fold(main.to_owned(), |html, name| without(&html, name))
}

#[test]
fn search_knows_every_law_by_its_name() {
    let mut laws = 0;
    for (page, _) in &BOOK.pages {
        for part in source(page).split("{{law ").skip(1) {
            let (law, _) = part.split_once("}}").expect("its end");
            let found = searched(page).iter().any(|text| {
                text.split(|c: char| !is_of_a_name(c)).any(|word| word == law)
            });
            assert!(found, "{page}: {law}");
            laws += 1;
        }
    }
    assert!(laws > 30, "{laws}");
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[test]
fn search_knows_every_formula_once() {
    let mut formulas = 0;
    for (page, _) in &BOOK.pages {
        let texts = searched(page).concat();
        assert!(!texts.contains("\\operatorname"), "{page}: TeX");
        for (tex, sign) in [("\\partial", '\u{2202}'), ("\\epsilon", '\u{3f5}')] {
            let written = source(page).matches(tex).count();
            let found = texts.matches(sign).count();
            assert_eq!(written, found, "{page}: {tex}");
            formulas += written;
        }
    }
    assert!(formulas > 30, "{formulas}");
}

#[test]
fn no_backtick_is_left_in_the_text() {
    for (page, html) in &BOOK.pages {
        let prose = prose(html);
        let around = |at: usize| prose[..at].chars().rev().take(40).collect::<String>();
        let left = prose.find('`').map(|at| around(at).chars().rev().collect::<String>());
        assert_eq!(left, None, "{page}");
    }
}

#[test]
fn every_issue_that_is_named_is_a_link() {
    let mut named = 0;
    for (page, html) in &BOOK.pages {
        let prose = prose(html);
        named += prose.matches("https://github.com/").count();
        // Pictures are full of colors, which look like issues.
        let unlinked = without(&without(&prose, "figure"), "a");
        for (at, _) in unlinked.match_indices('#') {
            let is_number = unlinked[at + 1..].starts_with(|c: char| c.is_ascii_digit());
            assert!(!is_number || unlinked[..at].ends_with('&'), "{page}: an issue");
        }
    }
    assert!(named >= 11, "{named}");
}

/// The program `mdbook` is this driver with arguments read for it, so the driver sends the
/// preprocessor the same JSON.
#[test]
fn mdbook_builds_the_same_pages_with_the_preprocessor_as_a_command() {
    let book = root().join("book");
    let mut config = Config::from_disk(book.join("book.toml")).unwrap();
    let command = config.get::<String>("preprocessor.pages.command").unwrap();
    assert_eq!(command.as_deref(), Some("cargo book preprocess"));
    // This is the command without cargo, which would compile first.
    let command = format!("'{}' preprocess", env!("CARGO_BIN_EXE_builder"));
    config.set("preprocessor.pages.command", command).unwrap();
    config.build.build_dir = folder("by-command");
    MDBook::load_with_config(book, config).unwrap().build().unwrap();
    for (page, html) in &BOOK.pages {
        let built = fs::read_to_string(folder("by-command").join(page)).unwrap();
        assert!(*html == built, "{page} is another one");
    }
}

#[test]
fn an_exercise_comes_with_its_task() {
    let (_, html) =
        BOOK.pages.iter().find(|(page, _)| page == "tail.html").expect("a page");
    let (_, exercise) = html.split_once("<div class=\"exercise\">").expect("an exercise");
    for said in
        ["40 ahead of the other one", "<code>log_norm</code>", "cargo learn run e11"]
    {
        assert!(exercise.contains(said), "{said}");
    }
}
