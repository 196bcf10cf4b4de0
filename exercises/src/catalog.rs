//! The catalog of the exercises, `exercises.toml`, in which a short name finds an exercise.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;

/// All exercises, in order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    #[serde(rename = "exercise")]
    exercises: Vec<Exercise>,
}

/// One exercise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// `e01_surprise`: of its files, and of its test.
    pub name: String,
    /// What a reader calls it.
    pub title: String,
    /// The page of the book that leads to it: `tail` is `book/src/tail.md`.
    pub page: String,
    /// How long it takes who has read that.
    pub minutes: u32,
    /// How many lines the solution has.
    pub lines: u32,
    /// What can be used from here on.
    pub teaches: Vec<String>,
    /// What an earlier one has taught.
    pub needs: Vec<String>,
    /// From a nudge to nearly there.
    pub hints: Vec<String>,
    /// Wrong answers that its checks reject.
    #[serde(rename = "mutant")]
    pub mutants: Vec<Mutant>,
}

/// A plausible wrong answer: a replacement in the solution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// What stands in the solution, once.
    pub replace: String,
    /// What stands there instead.
    pub with: String,
    /// Why somebody would write that.
    pub reason: String,
    /// The check that rejects it.
    pub fails: String,
    /// What its author is told: the name of this mistake, and of no other.
    pub says: String,
}

impl Exercise {
    /// The file that the reader edits.
    pub fn answer(&self, root: &Path) -> PathBuf {
        self.file(root, "src")
    }

    /// The task, and the checks.
    pub fn checks(&self, root: &Path) -> PathBuf {
        self.file(root, "tests")
    }

    /// The solution, with its gaps marked.
    pub fn solution(&self, root: &Path) -> PathBuf {
        self.file(root, "solutions")
    }

    fn file(&self, root: &Path, folder: &str) -> PathBuf {
        root.join("exercises").join(folder).join(&self.name).with_extension("rs")
    }

    /// Returns the `e01` of `e01_surprise`.
    pub fn id(&self) -> &str {
        self.parts().0
    }

    /// Returns the `e01` and the `surprise` of `e01_surprise`.
    fn parts(&self) -> (&str, &str) {
        self.name.split_once('_').unwrap_or((&self.name, ""))
    }

    /// The task, as Markdown: the text at the top of the checks.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn markdown(&self, root: &Path) -> Result<String> {
        let checks = read(&self.checks(root))?;
        let lines = checks.lines().map_while(|line| line.strip_prefix("//!"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }
}

/// Returns the text of a file.
///
/// # Errors
/// If the file can't be read; the error names it.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

impl Catalog {
    /// From `exercises/exercises.toml`.
    ///
    /// # Errors
    /// If the file is missing or not as it should be.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("exercises/exercises.toml");
        toml::from_str(&read(&path)?).with_context(|| path.display().to_string())
    }

    /// All, in order.
    pub fn all(&self) -> &[Exercise] {
        &self.exercises
    }

    /// The exercise that is named, or all of them.
    ///
    /// # Errors
    /// As [`Catalog::find`].
    pub fn one_or_all(&self, meant: Option<&str>) -> Result<Vec<&Exercise>> {
        match meant {
            Some(meant) => Ok(vec![self.find(meant)?]),
            None => Ok(self.exercises.iter().collect()),
        }
    }

    /// Returns the exercise that is meant by `5`, `e05`, `tape`, the whole name `e07_tape`, or
    /// the beginning of a name that no other has, such as `e05_lin`.
    ///
    /// # Errors
    /// If there is none, with the names that come near.
    pub fn find(&self, meant: &str) -> Result<&Exercise> {
        let asked = meant.to_lowercase();
        let number = asked.strip_prefix('e').unwrap_or(&asked).parse::<usize>();
        let is_meant = |exercise: &&Exercise| {
            let (id, word) = exercise.parts();
            exercise.name == asked || word == asked || number == id[1..].parse()
        };
        let begins = |exercise: &&Exercise| {
            exercise.name.starts_with(&asked) || exercise.parts().1.starts_with(&asked)
        };
        let mut all = self.exercises.iter();
        let found = all.find(is_meant).or_else(|| {
            let mut like_it = self.exercises.iter().filter(begins);
            like_it.next().filter(|_| like_it.next().is_none() && !asked.is_empty())
        });
        found.ok_or_else(|| {
            let nearest = self.nearest(&asked).join(", ");
            anyhow!(
                "no exercise `{meant}`; the nearest are {nearest}. `cargo learn list` shows all"
            )
        })
    }

    /// Returns the three names that come nearest: by number, if the reader gave one.
    fn nearest(&self, asked: &str) -> Vec<&str> {
        let digits = asked.strip_prefix('e').unwrap_or(asked);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let number = digits[..end].parse::<f64>();
        let likeness = |exercise: &Exercise| {
            if let (Ok(asked), Ok(number)) = (&number, exercise.id()[1..].parse::<f64>())
            {
                return -(asked - number).abs();
            }
            let whole = strsim::jaro_winkler(asked, &exercise.name);
            whole.max(strsim::jaro_winkler(asked, exercise.parts().1))
        };
        let mut nearest: Vec<&Exercise> = self.exercises.iter().collect();
        nearest.sort_by(|a, b| likeness(b).total_cmp(&likeness(a)));
        nearest.iter().take(3).map(|exercise| &*exercise.name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        Catalog::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .expect("the catalog is in the repository")
    }

    #[test]
    fn a_short_name_is_enough() {
        for meant in ["1", "01", "e1", "e01", "E01", "surprise", "e01_surprise"] {
            assert_eq!(catalog().find(meant).unwrap().name, "e01_surprise", "{meant}");
        }
    }

    #[test]
    fn the_beginning_of_one_name_is_enough() {
        for meant in ["e05_linear", "linear", "e05_", "E05_Lin", "linear_back"] {
            assert_eq!(catalog().find(meant).unwrap().name, "e05_linear_backward");
        }
        catalog().find("e0").expect_err("nine names begin with it");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest() {
        for meant in ["suprise", "e01_suprise", "99", "", "e", "ümlaut"] {
            let unknown = catalog().find(meant).unwrap_err().to_string();
            assert!(unknown.starts_with(&format!("no exercise `{meant}`")), "{unknown}");
        }
        for (meant, nearest) in [
            ("suprise", "e01_surprise"),
            ("e5_foo", "e05_linear_backward"),
            ("99", "e27_fourth_backend"),
        ] {
            let unknown = catalog().find(meant).unwrap_err().to_string();
            assert!(
                unknown.contains(&format!("the nearest are {nearest}, ")),
                "{unknown}"
            );
        }
    }
}
