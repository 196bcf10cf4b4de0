//! Where tables stand in a text.

/// A text with something else between the two marks of a name, `<!-- NAME -->` and
/// `<!-- end of NAME -->`; `None` if it does not have them.
pub fn between_marks(text: &str, name: &str, content: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- end of {name} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{content}\n{end}{after}"))
}

/// A table in Markdown.
pub fn table(head: &[String], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let rule = vec!["---".to_owned(); head.len()];
    let rows: String = rows.iter().map(|row| line(row)).collect();
    line(head) + &line(&rule) + &rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_replaces_the_one_before() {
        let text = "a\n<!-- t -->\nold\n<!-- end of t -->\nb";
        let new = between_marks(text, "t", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- t -->\n\nnew\n\n<!-- end of t -->\nb");
        assert_eq!(between_marks(&new, "t", "new\n"), Some(new));
        assert_eq!(between_marks(text, "other", "new"), None);
    }
}
