//! A page, from what was written to what mdBook gets.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use katex::KatexContext;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::{directive, figure, listing, live, math, named, number, predict, table};

/// Fills in all pages.
pub struct Pages {
    root: PathBuf,
}

impl Pages {
    /// For the book of a repository.
    pub fn new(root: &Path) -> Self {
        Pages { root: root.to_owned() }
    }

    fn fill(&self, katex: &KatexContext, text: &str) -> Result<String> {
        let text = predict::fill(text)?;
        let text = named::fill(&self.root, &text)?;
        let text = number::fill(&self.root, &text)?;
        let text = table::fill(&self.root, &text)?;
        let text = math::fill(katex, &text)?;
        // Code and pictures last: what they hold is theirs.
        let mut written = text.clone();
        for drawn in ["listing", "figure", "live"] {
            written = directive::replace(&written, drawn, |_| Ok(String::new()))?;
        }
        directive::none_left(&written)?;
        let text = listing::fill(&self.root, &text)?;
        live::fill(&self.root, &figure::fill(&self.root, &text)?)
    }
}

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        "pages"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let katex = KatexContext::default();
        let mut result = Ok(());
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && result.is_ok()
            {
                let filled = self.fill(&katex, &chapter.content);
                result = filled
                    .map(|text| chapter.content = text)
                    .with_context(|| format!("chapter {}", chapter.name));
            }
        });
        result.map(|()| book).context("the book does not hold together")
    }
}
