//! What has been solved, in a file that git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::files::write_whole;
use exercises::catalog::Exercise;

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
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("exercises/.progress.json");
        let known = match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).with_context(|| {
                format!("{}: delete it to begin anew", path.display())
            })?,
            Err(error) if error.kind() == ErrorKind::NotFound => Progress::default(),
            Err(error) => return Err(error).context(path.display().to_string()),
        };
        Ok(Progress { path, ..known })
    }

    /// Whether its checks passed when they ran last.
    pub fn is_solved(&self, exercise: &Exercise) -> bool {
        self.solved.contains(&exercise.name)
    }

    /// Notes whether an exercise is solved.
    ///
    /// # Errors
    /// If the file can't be written. Until the runner ends, it's known all the same.
    pub fn note(&mut self, exercise: &Exercise, solved: bool) -> io::Result<()> {
        let changed = if solved {
            self.solved.insert(exercise.name.clone())
        } else {
            self.solved.remove(&exercise.name)
        };
        if changed { self.write() } else { Ok(()) }
    }

    /// Returns how many hints of an exercise were taken.
    pub fn hints(&self, exercise: &Exercise) -> usize {
        self.hints.get(&exercise.name).copied().unwrap_or(0)
    }

    /// Notes that one more hint was taken, until there are no more.
    ///
    /// # Errors
    /// As [`note`](Self::note).
    pub fn one_more_hint(&mut self, exercise: &Exercise) -> io::Result<()> {
        let taken = (self.hints(exercise) + 1).min(exercise.hints.len());
        self.hints.insert(exercise.name.clone(), taken);
        self.write()
    }

    /// Forgets everything about an exercise.
    ///
    /// # Errors
    /// As [`note`](Self::note).
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
