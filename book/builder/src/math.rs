//! Formulas, set when the book is built, without a script or a network.

use anyhow::{Context, Result, anyhow, bail};
use katex::{KatexContext, Settings, StrictMode, StrictSetting, render_to_string};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Returns a page with its formulas as HTML, and as MathML for readers who listen.
///
/// # Errors
/// If a formula can't be read, or a dollar belongs to no formula.
pub fn fill(katex: &KatexContext, markdown: &str) -> Result<String> {
    let options =
        Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let (mut out, mut last, mut in_code) = (String::new(), 0, false);
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        let (tex, display) = match &event {
            Event::InlineMath(tex) => (tex, false),
            Event::DisplayMath(tex) => (tex, true),
            // If a brace is missing, Markdown takes a formula for text.
            Event::Text(text) if text.contains('$') && !in_code => {
                bail!("a formula that is not one: {text}");
            }
            Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => {
                in_code = !in_code;
                continue;
            }
            _ => continue,
        };
        let settings = Settings::builder()
            .display_mode(display)
            .strict(StrictSetting::Mode(StrictMode::Error))
            .build();
        let html = render_to_string(katex, tex, &settings)
            .map_err(|e| anyhow!("{e}"))
            .with_context(|| format!("the formula {tex}"))?;
        out += &markdown[last..range.start];
        let html = with_text_once(&html);
        last = range.end;
        // A line must not begin with the comma after a formula.
        match markdown[last..].chars().next() {
            Some(mark @ (',' | '.' | ':' | ';' | ')')) if !display => {
                out += &format!("<span class=\"unbroken\">{html}{mark}</span>");
                last += mark.len_utf8();
            }
            _ => out += &html,
        }
    }
    Ok(out + &markdown[last..])
}

/// Leaves one copy of a formula's text. KaTeX writes it three times: as MathML for readers
/// who listen, as TeX, and in the letters that readers see. Search would find all three, so
/// the TeX goes, and the letters become attributes, which the style sheet shows.
fn with_text_once(html: &str) -> String {
    const SEEN: &str = "<span class=\"katex-html\"";
    let (mathml, seen) = html.split_once(SEEN).unwrap_or((html, ""));
    let (before, after) = mathml.split_once("<annotation").unwrap_or((mathml, ""));
    let (_, after) = after.split_once("</annotation>").unwrap_or_default();
    let mathml = with_text(&format!("{before}{after}"), |text| text);
    let seen = with_text(seen, |text| format!("<span data-text=\"{text}\"></span>"));
    format!("{mathml}{SEEN}{seen}")
}

/// Replaces each run of text between tags. The text comes escaped, since Markdown would
/// read `_`, `*` and the like as its own.
fn with_text(html: &str, replaced: impl Fn(String) -> String) -> String {
    let parts = html.split_inclusive('>').map(|part| {
        let (text, tag) = part.split_at(part.find('<').unwrap_or(0));
        let text = if text.is_empty() { String::new() } else { replaced(escaped(text)) };
        text + &ordered(tag)
    });
    parts.collect()
}

/// Returns a tag with its attributes in alphabetical order. KaTeX's order changes from
/// run to run, and a book that's built twice should be the same book.
fn ordered(tag: &str) -> String {
    let Some((name, attributes)) =
        tag.strip_suffix("\">").and_then(|t| t.split_once(' '))
    else {
        return tag.to_owned();
    };
    let mut attributes: Vec<_> = attributes.split("\" ").collect();
    attributes.sort_unstable();
    format!("{name} {}\">", attributes.join("\" "))
}

/// Escapes every character that Markdown or an attribute would read as its own.
fn escaped(text: &str) -> String {
    let mut in_entity = false;
    let escaped = text.chars().map(|c| {
        in_entity = c == '&' || in_entity && c != ';';
        match c {
            '\n' => " ".to_owned(),
            '&' | ';' => c.to_string(),
            c if c.is_ascii_punctuation() && !in_entity => format!("&#{};", u32::from(c)),
            c => c.to_string(),
        }
    });
    escaped.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_set_and_code_is_left_alone() {
        let katex = KatexContext::default();
        let page = fill(&katex, "where $p_k - y_k$ and `$x$`").unwrap();
        assert!(page.contains("<span class=\"katex\">") && page.ends_with("`$x$`"));
        assert_eq!(
            fill(&katex, "```sh\necho $HOME\n```").unwrap(),
            "```sh\necho $HOME\n```"
        );
        let page = fill(&katex, "of $p$, and").unwrap();
        assert!(page.ends_with(",</span> and"), "{page}");
        for wrong in [r"$\frac{1}{2$", r"$\nothing{x}$"] {
            assert!(fill(&katex, wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_text_of_a_formula_stands_in_it_once() {
        let page = fill(&KatexContext::default(), r"$\ln p_k - q; a \& b$").unwrap();
        let parts = page.split('<').filter_map(|part| part.split_once('>'));
        let text: String = parts.map(|(_, text)| text).collect();
        assert_eq!(text, "ln\u{2061}pk\u{2212}q;a&amp;b");
    }
}
