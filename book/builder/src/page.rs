//! A page, on its way from the source to mdBook.

use std::path::Path;

use anyhow::{Context, Result};
use katex::KatexContext;
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::{directive, figure, listing, live, math, named, number, predict, table};

/// Fills in all pages of the book in a repository's `book` folder.
pub struct Pages;

impl Preprocessor for Pages {
    fn name(&self) -> &str {
        "pages"
    }

    fn run(&self, context: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let root =
            context.root.parent().context("the book has no repository around it")?;
        let katex = KatexContext::default();
        let mut result = Ok(());
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && result.is_ok()
            {
                result = fill(root, &katex, &chapter.content)
                    .map(|text| chapter.content = text)
                    .with_context(|| format!("chapter {}", chapter.name));
            }
        });
        result.map(|()| book).context("the book does not hold together")
    }
}

fn fill(root: &Path, katex: &KatexContext, text: &str) -> Result<String> {
    let text = predict::fill(text)?;
    let text = named::fill(root, &text)?;
    let text = number::fill(root, &text)?;
    let text = table::fill(root, &text)?;
    let text = math::fill(katex, &text)?;
    // Code and pictures come last, since braces and dollars in them stay as they are.
    directive::none_but(&["listing", "figure", "live"], &text)?;
    let text = listing::fill(root, &text)?;
    live::fill(root, &figure::fill(root, &text)?)
}
