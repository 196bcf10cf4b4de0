//! Charts and tables of what was measured, from the JSON files in `book/data`.
//!
//! | module | what it draws |
//! |---|---|
//! | [`speed`] | the last stage beside other frameworks, in two columns |
//! | [`exactness`] | errors of the loss over margin, offset and classes |
//! | [`theme`] | one picture for light and dark pages |
//! | [`readme`] | where tables stand in a text |
//!
//! `cargo run -p figures` draws them all again.
#![forbid(unsafe_code)]

pub mod exactness;
pub mod readme;
pub mod speed;
pub mod theme;

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The contestants of a picture: what they are called, and their color.
struct Series {
    name: &'static str,
    color: &'static str,
}
