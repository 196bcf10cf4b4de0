//! Builds the book: every listing from tested code, every number from a file that a program
//! wrote, every formula without a network. A statement that doesn't hold fails the build.
//! The builder computes no number and draws no picture: `book/facts` and `book/figures` do.
//!
//! | module | in a page |
//! |---|---|
//! | [`listing`] | `{{listing scalar/src/softmax.rs rest}}`: the lines between two anchors |
//! | [`number`] | `{{= 0.417 facts.one_row.loss}}`: a number, compared with its file or computed |
//! | [`figure`] | `{{figure speed Stage 3 is ahead. \|\| Bars}}`: a picture, its caption and its description |
//! | [`live`] | `{{live quiz Being sure pays. \|\| Five answers}}`: the same, for a figure that you move |
//! | [`named`] | `{{law loss_is_minus_ln_p}}`, `{{exercise 1}}` |
//! | [`predict`] | `{{predict}}`, `{{answer}}`, `{{end}}`: a question before its answer |
//! | [`math`] | `$p - y$` and `$$...$$` |
//!
//! [`directive`] finds the directives of a page, and [`page`] applies them in turn.
//! [`links`] checks the built book, and [`server`] shows it.
#![forbid(unsafe_code)]

pub mod directive;
pub mod figure;
pub mod links;
pub mod listing;
pub mod live;
pub mod math;
pub mod named;
pub mod number;
pub mod page;
pub mod predict;
pub mod server;
pub mod table;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::Result;
use mdbook_driver::MDBook;

/// Returns the root of the repository: its present place, if cargo runs this program.
pub fn root() -> PathBuf {
    let built_in = || env!("CARGO_MANIFEST_DIR").into();
    let builder = env::var_os("CARGO_MANIFEST_DIR").map_or_else(built_in, PathBuf::from);
    builder.ancestors().nth(2).unwrap_or(&builder).to_owned()
}

/// Returns the data file of a name, which a program wrote: computed numbers and
/// experiments are in `book/data`, measurements in `bench/data`.
fn data(root: &Path, name: &str) -> PathBuf {
    let folders = ["book/data", "bench/data"].map(|folder| root.join(folder));
    let [computed, measured] = folders.map(|folder| folder.join(format!("{name}.json")));
    if computed.exists() { computed } else { measured }
}

/// Returns the folder of the built book.
pub fn built(root: &Path) -> PathBuf {
    root.join("target/book")
}

/// Builds the book of a repository, and checks its links.
///
/// # Errors
/// If a page says something that doesn't hold, or a link leads nowhere.
pub fn build(root: &Path) -> Result<()> {
    build_into(root, &built(root))
}

/// Builds the book into a folder of your choice, as [`build`] does.
///
/// # Errors
/// The errors of [`build`].
pub fn build_into(root: &Path, folder: &Path) -> Result<()> {
    let mut book = MDBook::load(root.join("book"))?;
    book.config.build.build_dir = folder.to_owned();
    // It has the name from book.toml, so it takes the place of the command there.
    book.with_preprocessor(page::Pages);
    book.build()?;
    links::check(folder)
}
