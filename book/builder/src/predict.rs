//! A question, and its answer folded away.

use anyhow::{Result, ensure};

/// Returns a page whose `{{predict}}` question `{{answer}}` answer `{{end}}` can be unfolded.
///
/// # Errors
/// If the three marks don't follow each other.
pub fn fill(text: &str) -> Result<String> {
    const MARKS: [(&str, &str); 3] = [
        ("{{predict}}", "<div class=\"predict\">\n\n**Predict.**"),
        ("{{answer}}", "<details><summary>Answer</summary>\n"),
        ("{{end}}", "</details></div>\n"),
    ];
    let (mut out, mut rest, mut next) = (String::new(), text, 0);
    while let Some(at) = MARKS.iter().filter_map(|(mark, _)| rest.find(mark)).min() {
        let (mark, html) = MARKS[next];
        ensure!(
            rest[at..].starts_with(mark),
            "here {mark} has to stand: {}",
            &rest[at..]
        );
        out += &rest[..at];
        out += html;
        rest = &rest[at + mark.len()..];
        next = (next + 1) % MARKS.len();
    }
    ensure!(next == 0, "a {{{{predict}}}} that is not ended");
    Ok(out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_answer_and_end_follow_each_other() {
        let page = fill("a {{predict}} b {{answer}} c {{end}} d").unwrap();
        assert!(page.starts_with("a <div") && page.ends_with("</details></div>\n d"));
        for wrong in
            ["{{answer}} {{end}}", "{{predict}} {{end}}", "{{predict}} {{answer}}"]
        {
            assert!(fill(wrong).is_err(), "{wrong}");
        }
    }
}
