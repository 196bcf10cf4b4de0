//! Keeps the solved exercises in a file that git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::files::write_whole;
use exercises::catalog::Exercise;

/// The reader's progress: the solved exercises, and the number of hints taken.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Progress {
    #[serde(skip)]
    path: PathBuf,
    solved: BTreeSet<String>,
    hints: BTreeMap<String, usize>,
}

impl Progress {
    /// Reads the progress, which is empty if there's no file yet.
    ///
    /// # Errors
    /// Fails if the file can't be read, or if the runner can't have written it.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("exercises/.progress.json");
        let known = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| {
                format!("{}: delete it to begin again", path.display())
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Progress::default(),
            Err(error) => return Err(error).context(path.display().to_string()),
        };
        Ok(Progress { path, ..known })
    }

    /// Returns whether the checks of an exercise passed when they last ran.
    pub fn is_solved(&self, exercise: &Exercise) -> bool {
        self.solved.contains(&exercise.name)
    }

    /// Notes whether an exercise is solved.
    ///
    /// # Errors
    /// Fails if the file can't be written. The runner still knows the result until it ends.
    pub fn note(&mut self, exercise: &Exercise, solved: bool) -> io::Result<()> {
        let changed = if solved {
            self.solved.insert(exercise.name.clone())
        } else {
            self.solved.remove(&exercise.name)
        };
        if changed { self.write() } else { Ok(()) }
    }

    /// Returns how many hints of an exercise the reader has taken.
    pub fn hints(&self, exercise: &Exercise) -> usize {
        self.hints.get(&exercise.name).copied().unwrap_or(0)
    }

    /// Notes that the reader has taken one more hint, until there are no more.
    ///
    /// # Errors
    /// Fails like [`note`](Self::note).
    pub fn one_more_hint(&mut self, exercise: &Exercise) -> io::Result<()> {
        let taken = (self.hints(exercise) + 1).min(exercise.hints.len());
        self.hints.insert(exercise.name.clone(), taken);
        self.write()
    }

    /// Forgets everything about an exercise.
    ///
    /// # Errors
    /// Fails like [`note`](Self::note).
    pub fn forget(&mut self, exercise: &Exercise) -> io::Result<()> {
        self.solved.remove(&exercise.name);
        self.hints.remove(&exercise.name);
        self.write()
    }

    fn write(&self) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        write_whole(&self.path, text.as_bytes())
    }
}
