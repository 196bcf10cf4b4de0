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

/// An exercise of the catalog.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// The name of its files and of its test: `e01_surprise`.
    pub name: String,
    /// The title that the reader sees.
    pub title: String,
    /// The page of the book that leads to the exercise: `tail` stands for `book/src/tail.md`.
    pub page: String,
    /// The number of minutes that the exercise takes after that page.
    pub minutes: u32,
    /// The number of lines in the solution.
    pub lines: u32,
    /// The skills that later exercises can use.
    pub teaches: Vec<String>,
    /// The skills that earlier exercises have taught.
    pub needs: Vec<String>,
    /// The hints, from a nudge to almost the solution.
    pub hints: Vec<String>,
    /// The wrong answers that the exercise's checks reject.
    #[serde(rename = "mutant")]
    pub mutants: Vec<Mutant>,
}

/// A plausible wrong answer: a replacement in the solution.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// The text to replace, which occurs once in the solution.
    pub replace: String,
    /// The text that replaces it.
    pub with: String,
    /// The reason why a learner would write this.
    pub reason: String,
    /// The check that rejects the answer.
    pub fails: String,
    /// The sentence that the learner reads, which names this mistake and no other.
    pub says: String,
}

impl Exercise {
    /// Returns the path of the file that the reader edits.
    pub fn answer(&self, root: &Path) -> PathBuf {
        self.file(root, "src")
    }

    /// Returns the path of the task and the checks.
    pub fn checks(&self, root: &Path) -> PathBuf {
        self.file(root, "tests")
    }

    /// Returns the path of the solution, with its gaps marked.
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

    /// Returns the task as Markdown: the text at the top of the checks.
    ///
    /// # Errors
    /// Fails if the file can't be read.
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
/// Fails if the file can't be read, and names it.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| path.display().to_string())
}

impl Catalog {
    /// Reads `exercises/exercises.toml`.
    ///
    /// # Errors
    /// Fails if the file is missing or invalid.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("exercises/exercises.toml");
        toml::from_str(&read(&path)?).with_context(|| path.display().to_string())
    }

    /// Returns all exercises, in order.
    pub fn all(&self) -> &[Exercise] {
        &self.exercises
    }

    /// Returns the exercise that `meant` names, or all exercises if it's `None`.
    ///
    /// # Errors
    /// Fails like [`Catalog::find`].
    pub fn one_or_all(&self, meant: Option<&str>) -> Result<Vec<&Exercise>> {
        match meant {
            Some(meant) => Ok(vec![self.find(meant)?]),
            None => Ok(self.exercises.iter().collect()),
        }
    }

    /// Returns the exercise with the number `5` or `e05`, the word `tape`, the whole name
    /// `e07_tape`, or the beginning of a name that no other exercise has, such as `e05_lin`.
    ///
    /// # Errors
    /// Fails if there's no such exercise, and names the nearest exercises.
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

    /// Returns the three nearest names. If the reader gave a number, the nearest numbers count.
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
