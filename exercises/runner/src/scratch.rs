//! A copy of the exercises, in which we try answers. We never touch the reader's own answers.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::checks::{Built, compile_command};
use crate::process::{self, cargo};
use exercises::catalog::{Exercise, read};

/// The way to compile answers and checks. The libraries are compiled in the same way for both.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Compiles as for the reader.
    Reader,
    /// Compiles as fast as the compiler can. Unoptimized code gives the same results, because
    /// Rust's floats round every operation, and a compile takes a third of the time.
    Quick,
}

/// The settings of [`Profile::Quick`], for the package of the exercises alone.
const QUICK_SETTINGS: [&str; 3] = ["opt-level=0", "debug=false", "codegen-units=1"];

/// A workspace of its own, below `target`, with the exercises as its only member.
pub struct Scratch {
    folder: PathBuf,
    target: PathBuf,
    /// The lock that we hold while the folder is in use, so that a second run waits for the first.
    _lock: File,
}

impl Scratch {
    /// Copies everything except answers and solutions.
    ///
    /// # Errors
    /// Fails if a file can't be read or written.
    pub fn new(root: &Path) -> Result<Self> {
        let target = root.join("target");
        let folder = target.join("verify");
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        if lock.try_lock().is_err() {
            eprintln!("waiting for another `cargo learn verify` to end");
            lock.lock()?;
        }
        for part in ["src", "tests", "benches"] {
            let (from, to) =
                (root.join("exercises").join(part), folder.join("exercises").join(part));
            // We don't want to compile files of exercises that are gone.
            let _ = fs::remove_dir_all(&to);
            fs::create_dir_all(&to)?;
            for file in fs::read_dir(&from)? {
                let file = file?;
                fs::copy(file.path(), to.join(file.file_name()))?;
            }
        }
        for file in ["exercises/Cargo.toml", "Cargo.lock", "rustfmt.toml", "clippy.toml"]
        {
            fs::copy(root.join(file), folder.join(file))?;
        }
        fs::write(folder.join("Cargo.toml"), manifest(root)?)?;
        Ok(Scratch { folder, target, _lock: lock })
    }

    /// Returns the folder of the copy.
    pub fn root(&self) -> &Path {
        &self.folder
    }

    /// Compiles the checks of exercises with these answers.
    ///
    /// # Errors
    /// Fails if an answer can't be written, or if the compiler can't be started.
    pub fn compile(
        &self,
        answers: &[(&Exercise, String)],
        profile: Profile,
    ) -> Result<Built> {
        let mut exercises = vec![];
        for (exercise, answer) in answers {
            fs::write(exercise.answer(&self.folder), answer)?;
            exercises.push(*exercise);
        }
        let mut command = compile_command(&self.folder, &exercises);
        command.arg("--no-fail-fast").arg("--target-dir").arg(&self.target);
        if let Profile::Quick = profile {
            for setting in QUICK_SETTINGS {
                let setting = format!("profile.dev.package.exercises.{setting}");
                command.args(["--config", &setting]);
            }
        }
        Built::from(&mut command, |_| {})
    }

    /// Returns the complaints of the formatter and the linter about the present answers and
    /// their checks.
    ///
    /// # Errors
    /// Fails if one of the two can't be started.
    pub fn complaints(&self, exercises: &[&Exercise]) -> Result<Vec<String>> {
        let mut rustfmt = Command::new("rustfmt");
        rustfmt.current_dir(&self.folder);
        rustfmt.args(["--check", "--color=never", "--edition=2024"]);
        rustfmt.args(exercises.iter().map(|exercise| exercise.checks(&self.folder)));
        let mut clippy = cargo(&self.folder);
        clippy
            .args(["clippy", "--quiet", "-p", "exercises", "--target-dir"])
            .arg(&self.target);
        for exercise in exercises {
            clippy.args(["--test", &exercise.name]);
        }
        clippy.args(["--", "-D", "warnings"]);
        let mut complaints = vec![];
        for tool in [&mut rustfmt, &mut clippy] {
            let ended = process::run(tool.stderr(Stdio::piped()), None)?;
            if !ended.status.is_some_and(|status| status.success()) {
                complaints.push(ended.out + &ended.err);
            }
        }
        Ok(complaints)
    }
}

/// Returns the manifest of a workspace that has only the exercises, with absolute paths.
fn manifest(root: &Path) -> Result<String> {
    let mut manifest: Table = read(&root.join("Cargo.toml"))?.parse()?;
    let workspace = manifest.get_mut("workspace").and_then(Value::as_table_mut);
    let workspace = workspace.context("the root manifest has no workspace")?;
    workspace.remove("default-members");
    workspace.insert("members".to_owned(), vec!["exercises"].into());
    let dependencies = workspace.get_mut("dependencies").and_then(Value::as_table_mut);
    for (_, dependency) in dependencies.into_iter().flatten() {
        if let Some(path) = dependency.get_mut("path")
            && let Some(relative) = path.as_str()
        {
            let absolute = root.join(relative);
            *path = absolute
                .to_str()
                .context("the path of the repository is no text")?
                .into();
        }
    }
    Ok(toml::to_string(&manifest)?)
}
