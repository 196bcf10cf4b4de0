//! Laws and exercises by their names; a name that's gone fails the build.

use std::path::Path;

use anyhow::{Context, Result};
use conformance::laws;
use exercises::catalog::{Catalog, Exercise};

use crate::directive;

/// Returns a page with the names of its laws, `{{law loss_is_minus_ln_p}}`, and with its
/// exercises, `{{exercise 1}}`: their time, their task, and the command that starts them.
///
/// # Errors
/// If there's no such law or exercise.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    let laws = laws::all();
    let text = directive::replace(text, "law", |name| {
        laws.iter().find(|law| law.name == name).context("there is no such law")?;
        Ok(format!("<code class=\"law\">{name}</code>"))
    })?;
    let catalog = Catalog::read(root)?;
    directive::replace(&text, "exercise", |name| {
        let exercise = catalog.find(name)?;
        let task = exercise.markdown(root)?;
        let Exercise { title, lines, minutes, .. } = exercise;
        let id = exercise.id();
        let lines =
            if *lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        Ok(format!(
            "<div class=\"exercise\">\n\n**{id}, {title}**: about {lines} and {minutes} \
             minutes.\n\n{task}\n```sh\ncargo learn run {id}\n```\n\n</div>\n"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_and_exercises_are_shown_and_missing_ones_refused() {
        let root = crate::root();
        let page = fill(&root, "{{law loss_is_minus_ln_p}}, {{exercise 1}}").unwrap();
        assert!(page.starts_with("<code class=\"law\">loss_is_minus_ln_p</code>, <div"));
        for said in ["**e01, The price of surprise**", "\n\nWrite `surprise`, the price"]
        {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(fill(&root, "{{law loss_is_ln_p}}").is_err());
        assert!(fill(&root, "{{exercise 99}}").is_err());
    }
}
