//! Pictures that a program has drawn, set into the page so that they follow its theme.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{Event, Parser, html};

use crate::directive;

/// Returns a page with its pictures: `{{figure NAME caption || what is drawn}}`.
///
/// # Errors
/// If there's no such picture, or no words.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    directive::replace(text, "figure", |arguments| {
        let Words { name, label, caption } = Words::read(arguments)?;
        let path = root.join(format!("book/figures/svg/{name}.svg"));
        let svg =
            fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Ok(format!(
            "<figure role=\"img\" aria-label=\"{label}\">\n<div aria-hidden=\"true\">\n{}\n\
             </div>\n<figcaption>{caption}</figcaption></figure>\n",
            laid_out(&svg)
        ))
    })
}

/// The words of a figure. Every reader sees the caption, which says what follows from the
/// picture. The label is read aloud in place of the picture, and describes the drawing.
pub(crate) struct Words<'a> {
    pub(crate) name: &'a str,
    /// The label as plain text, for an attribute.
    pub(crate) label: String,
    /// The caption as HTML.
    pub(crate) caption: String,
}

impl<'a> Words<'a> {
    /// Reads `NAME caption || what is drawn`. Without ` || ` the same words serve as both.
    pub(crate) fn read(arguments: &'a str) -> Result<Self> {
        let (name, words) =
            arguments.split_once(char::is_whitespace).context("no words")?;
        let (caption, drawn) = match words.split_once("||") {
            Some((caption, drawn)) => (caption.trim(), drawn.trim()),
            None => (words, words),
        };
        ensure!(!caption.is_empty() && !drawn.is_empty(), "no words beside ||");
        Ok(Words { name, label: as_label(drawn), caption: as_caption(caption) })
    }
}

/// Takes a chart apart, so that its axes stand next to each other or below each other, as
/// the page has room. Returns any other picture as it is.
fn laid_out(svg: &str) -> String {
    let of_class = |class: &str| {
        let begin = format!("<svg class=\"{class}\"");
        let parts = svg.lines().filter(|line| line.starts_with(&begin));
        parts.collect::<Vec<_>>().join("\n")
    };
    let (key, panels) = (of_class("key"), of_class("panel"));
    if panels.is_empty() {
        // A line without text would end the block of HTML for Markdown.
        let lines = svg.lines().filter(|line| !line.trim().is_empty());
        return lines.collect::<Vec<_>>().join("\n");
    }
    let rows = [key, panels].into_iter().filter(|parts| !parts.is_empty());
    let rows = rows.map(|parts| format!("<div class=\"chart\">\n{parts}\n</div>"));
    rows.collect::<Vec<_>>().join("\n")
}

/// Returns words as plain text, for an attribute.
fn as_label(words: &str) -> String {
    let text = Parser::new(words).map(|event| match event {
        Event::Text(text) | Event::Code(text) => text.into_string(),
        Event::SoftBreak => " ".to_owned(),
        _ => String::new(),
    });
    let text: String = text.collect();
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;")
}

/// Returns words as HTML, which keeps Markdown such as code.
fn as_caption(words: &str) -> String {
    let mut caption = String::new();
    html::push_html(&mut caption, Parser::new(words));
    let caption = caption.trim();
    let paragraph = caption.strip_prefix("<p>").and_then(|c| c.strip_suffix("</p>"));
    paragraph.unwrap_or(caption).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_is_markdown_and_its_label_is_plain() {
        let arguments = "tail `exp` of z < 0,\nor \"less\"";
        let Words { name, label, caption } = Words::read(arguments).unwrap();
        assert_eq!(name, "tail");
        assert_eq!(caption, "<code>exp</code> of z &lt; 0,\nor \"less\"");
        assert_eq!(label, "exp of z &lt; 0, or &quot;less&quot;");
    }

    #[test]
    fn a_caption_concludes_and_its_label_describes() {
        let arguments =
            "tail The 1 swallows\nthe tail. || Two *lines*, one of which ends.";
        let Words { name, label, caption } = Words::read(arguments).unwrap();
        assert_eq!(name, "tail");
        assert_eq!(caption, "The 1 swallows\nthe tail.");
        assert_eq!(label, "Two lines, one of which ends.");
        assert!(Words::read("tail || Two lines.").is_err());
        assert!(Words::read("tail The 1 swallows the tail. || ").is_err());
    }

    #[test]
    fn a_chart_is_taken_apart_and_a_diagram_is_not() {
        let chart =
            "<svg>\n<svg class=\"key\" a></svg>\n<svg class=\"panel\" b></svg>\n</svg>";
        let apart = "<div class=\"chart\">\n<svg class=\"key\" a></svg>\n</div>\n\
                     <div class=\"chart\">\n<svg class=\"panel\" b></svg>\n</div>";
        assert_eq!(laid_out(chart), apart);
        assert_eq!(laid_out("<svg>\n\n</svg>"), "<svg>\n</svg>");
    }
}
