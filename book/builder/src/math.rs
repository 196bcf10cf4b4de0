//! Formulas, set when the book is built: no script, no network.

use anyhow::{Context, Result, anyhow, bail};
use katex::{KatexContext, Settings, StrictMode, StrictSetting, render_to_string};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A page with its formulas as HTML, and as MathML for those who listen.
///
/// # Errors
/// If a formula cannot be read, or a dollar is none of one.
pub fn fill(katex: &KatexContext, markdown: &str) -> Result<String> {
    let options =
        Options::ENABLE_MATH | Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
    let (mut out, mut last, mut in_code) = (String::new(), 0, false);
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        let (tex, display) = match &event {
            Event::InlineMath(tex) => (tex, false),
            Event::DisplayMath(tex) => (tex, true),
            // A brace too few, and Markdown takes a formula for text.
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
        let html = with_escaped_text(&html);
        last = range.end;
        // No line begins with the comma after a formula.
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

/// Between tags Markdown would read `_`, `*` and the like as its own.
fn with_escaped_text(html: &str) -> String {
    let mut out = String::new();
    let (mut in_tag, mut in_entity) = (false, false);
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '&' => in_entity = true,
            ';' if in_entity => in_entity = false,
            '\n' => {
                out.push(' ');
                continue;
            }
            c if c.is_ascii_punctuation() && !in_tag && !in_entity => {
                out += &format!("&#{};", u32::from(c));
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_set_and_code_is_left_alone() {
        let katex = KatexContext::default();
        let page = fill(&katex, "where $p_k - y_k$ and `$x$`").unwrap();
        assert!(page.contains("<span class=\"katex\">") && page.ends_with("`$x$`"));
        let text =
            page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text);
        assert!(
            text.take_while(|text| !text.contains('`')).all(|text| !text.contains('_'))
        );
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
}
