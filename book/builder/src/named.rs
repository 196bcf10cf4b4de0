//! Laws and exercises by their names: one that is gone or renamed fails the build.

use std::path::Path;

use anyhow::{Context, Result};
use conformance::laws;
use course::learn::catalog::{Catalog, Exercise};

use crate::directive;

/// A page with the names of its laws, `{{law loss_is_minus_ln_p}}`, and with its exercises,
/// `{{exercise 1}}`: how long they are and how one starts them.
///
/// # Errors
/// If there is no such law or exercise.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    let laws = laws::all();
    let text = directive::replace(text, "law", |name| {
        laws.iter().find(|law| law.name == name).context("there is no such law")?;
        // A long name may break after each of its words.
        Ok(format!("<code>{}</code>", name.replace('_', "_<wbr>")))
    })?;
    let catalog = Catalog::read(root).map_err(|e| anyhow::anyhow!("{e}"))?;
    directive::replace(&text, "exercise", |name| {
        let exercise = catalog.find(name)?;
        let Exercise { title, lines, minutes, .. } = exercise;
        let id = exercise.id();
        let lines =
            if *lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        Ok(format!(
            "**{id}, {title}**: about {lines} and {minutes} minutes. `cargo learn run {id}`"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_said() {
        let root = crate::root();
        let page = fill(&root, "{{law loss_is_minus_ln_p}}, {{exercise 1}}").unwrap();
        let law = "<code>loss_<wbr>is_<wbr>minus_<wbr>ln_<wbr>p</code>";
        assert!(page.starts_with(&format!("{law}, **e01, The price of surprise**")));
        assert!(fill(&root, "{{law loss_is_ln_p}}").is_err());
        assert!(fill(&root, "{{exercise 99}}").is_err());
    }
}
