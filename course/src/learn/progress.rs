//! What has been solved, in a file that git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalog::Exercise;

/// Which exercises are solved, and how many hints were taken.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Progress {
    #[serde(skip)]
    path: PathBuf,
    solved: BTreeSet<String>,
    hints: BTreeMap<String, usize>,
}

impl Progress {
    /// What is known; nothing, where there is no file yet.
    ///
    /// # Errors
    /// If the file cannot be read, or is not what was written.
    pub fn read(root: &Path) -> Result<Self, Box<dyn Error>> {
        let path = root.join("exercises/.progress.json");
        let known = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|e| {
                format!("{}: {e}; delete it to begin anew", path.display())
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Progress::default(),
            Err(error) => return Err(format!("{}: {error}", path.display()).into()),
        };
        Ok(Progress { path, ..known })
    }

    /// Whether its checks passed when they ran last.
    pub fn is_solved(&self, exercise: &Exercise) -> bool {
        self.solved.contains(&exercise.name)
    }

    /// Writes down whether an exercise is solved.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn note(
        &mut self,
        exercise: &Exercise,
        solved: bool,
    ) -> Result<(), Box<dyn Error>> {
        let changed = if solved {
            self.solved.insert(exercise.name.clone())
        } else {
            self.solved.remove(&exercise.name)
        };
        if changed { self.write() } else { Ok(()) }
    }

    /// Takes one more hint, until there are no more; the number taken so far.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn one_more_hint(
        &mut self,
        exercise: &Exercise,
    ) -> Result<usize, Box<dyn Error>> {
        let taken = self.hints.entry(exercise.name.clone()).or_default();
        *taken = (*taken + 1).min(exercise.hints.len());
        let taken = *taken;
        self.write()?;
        Ok(taken)
    }

    /// Forgets what was known of an exercise.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn forget(&mut self, exercise: &Exercise) -> Result<(), Box<dyn Error>> {
        self.solved.remove(&exercise.name);
        self.hints.remove(&exercise.name);
        self.write()
    }

    /// Whole or not at all: a runner that is stopped leaves what was there before.
    fn write(&self) -> Result<(), Box<dyn Error>> {
        let new = self.path.with_extension("json.new");
        fs::write(&new, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(fs::rename(&new, &self.path)?)
    }
}
