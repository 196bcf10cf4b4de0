//! The directives of a page, in double braces.

use anyhow::{Context, Result, ensure};

/// Replaces each `{{name arguments}}` of a text by the result of a function of its
/// arguments.
///
/// # Errors
/// If a directive has no end, or if the function fails.
pub fn replace(
    text: &str,
    name: &str,
    mut made: impl FnMut(&str) -> Result<String>,
) -> Result<String> {
    let begin = format!("{{{{{name} ");
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(&begin) {
        let (arguments, after) = after
            .split_once("}}")
            .with_context(|| format!("a {begin} that is not ended"))?;
        out += before;
        out +=
            &made(arguments.trim()).with_context(|| format!("{begin}{arguments}}}}}"))?;
        rest = after;
    }
    Ok(out + rest)
}

/// Refuses a page with a directive of any other name.
///
/// # Errors
/// The line that has the directive.
pub fn none_but(names: &[&str], text: &str) -> Result<()> {
    for rest in text.split("{{").skip(1) {
        let is_known = names.contains(&rest.split(' ').next().unwrap_or_default());
        let line = rest.lines().next().unwrap_or_default();
        ensure!(is_known, "nobody knows what {{{{{line} asks for");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_replaced() {
        let doubled = |text| replace(text, "=", |x| Ok(format!("<{x}>")));
        assert_eq!(doubled("a {{= b c}} d {{= e}}").unwrap(), "a <b c> d <e>");
        assert!(doubled("a {{= b c").is_err());
        assert!(none_but(&["="], "a {{= b}} {{other b}}").is_err());
        assert!(none_but(&["="], "a {{= b}} { b } }}").is_ok());
    }
}
