//! Tables in Markdown, and their place in a page.

use anyhow::{Context, Result};

/// Replaces the part of a page between the two marks of a name, `<!-- NAME -->` and
/// `<!-- end of NAME -->`.
///
/// # Errors
/// If the page doesn't have the marks.
pub fn between_marks(text: &str, name: &str, content: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- end of {name} -->"));
    let parts = text
        .split_once(&begin)
        .and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) =
        parts.with_context(|| format!("there are no marks for {name}"))?;
    Ok(format!("{before}{begin}\n\n{content}\n{end}{after}"))
}

/// Returns a table: its head, a rule, and its rows.
pub fn table<S: AsRef<str>>(head: &[S], rows: &[Vec<String>]) -> String {
    let head: Vec<String> = head.iter().map(|cell| cell.as_ref().to_owned()).collect();
    let rule = vec!["---".to_owned(); head.len()];
    let line = |cells: &Vec<String>| format!("| {} |\n", cells.join(" | "));
    [&head, &rule].into_iter().chain(rows).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_a_rule_below_its_head() {
        let rows = [vec!["1".to_owned(), "2".to_owned()]];
        assert_eq!(table(&["a", "b"], &rows), "| a | b |\n| --- | --- |\n| 1 | 2 |\n");
    }

    #[test]
    fn what_stood_between_the_marks_is_replaced() {
        let text = "a\n<!-- t -->\nold\n<!-- end of t -->\nb";
        let new = between_marks(text, "t", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- t -->\n\nnew\n\n<!-- end of t -->\nb");
        assert_eq!(between_marks(&new, "t", "new\n").unwrap(), new);
        between_marks(text, "other", "new").unwrap_err();
    }
}
