//! The machine code of two hot loops of `vectorized`, for the book: `cargo run -p bench
//! --bin machine_code` compiles the crate with its assembly and writes `max.s` and `exp.s` to
//! `bench/data`; `-- --check` compares them instead. The files are of x86-64 Linux, so
//! that other machines have nothing to compare: there the program says so, and writes nothing.
//!
//! They are found by what they consist of: loops without a call, on vectors of sixteen. That
//! of the max asks once a vector for NaN, by `vcmpunordps`; of those with the exponential,
//! where `vpslld $23` puts an exponent in its place, the first of four vectors is shown.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// How many vectors of sixteen the loop with the exponentials does in a step.
const VECTORS_PER_STEP: usize = 4;

fn main() -> Result<()> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!(
            "skipped: bench/data has machine code of x86-64 Linux, and this is {} {}",
            env::consts::ARCH,
            env::consts::OS
        );
        return Ok(());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let assembly = fs::read_to_string(compiled(&root)?)?;
    let loops = loops(&assembly);
    let vectors =
        |code: &[&str], what: &str| code.iter().filter(|l| l.contains(what)).count();
    let max = loops
        .iter()
        .filter(|code| vectors(code, "vcmpunordps") == 1)
        .min_by_key(|code| code.len())
        .context("no loop of the max")?;
    // The store comes last: sixteen exponentials are done.
    let store = |code: &[&str]| code.iter().position(|l| l.starts_with("vmovups\t%zmm"));
    let exp = loops
        .iter()
        .filter(|code| {
            vectors(code, "vpslld\t$23") == VECTORS_PER_STEP && store(code).is_some()
        })
        .min_by_key(|code| code.len())
        .context("no loop with exponentials")?;
    let first = store(exp).unwrap_or_default();
    let length = exp.len();
    let exp = shown(&exp[..=first])
        + &format!(
            "... and so on, {length} instructions for {} logits\n",
            16 * VECTORS_PER_STEP
        );
    for (file, code) in [("max.s", shown(max)), ("exp.s", exp)] {
        let path = bench::data().join(file);
        if !env::args().any(|argument| argument == "--check") {
            fs::write(&path, code)?;
            println!("written: {}", path.display());
        } else if fs::read_to_string(&path)? != code {
            bail!("{} is not what the compiler makes:\n{code}", path.display());
        }
    }
    Ok(())
}

/// The file with the assembly of a release build.
fn compiled(root: &Path) -> Result<PathBuf> {
    let target = root.join("target/machine-code");
    let status = Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--package", "vectorized", "--release"])
        .arg("--target-dir")
        .arg(&target)
        .args(["--", "--emit", "asm", "-C", "debuginfo=0"])
        .current_dir(root)
        .status()?;
    ensure!(status.success(), "it does not compile");
    let files = fs::read_dir(target.join("release/deps"))?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let is_assembly = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("vectorized-") && name.ends_with(".s")
    };
    paths.filter(is_assembly).max_by_key(|path| modified(path)).context("no assembly")
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// The instructions from a label to the jump that leads back to it, where they work on
/// vectors of sixteen and call nothing.
fn loops(assembly: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = assembly.lines().collect();
    let mut found = vec![];
    for (end, line) in lines.iter().enumerate() {
        let Some(label) =
            line.trim().split_once('\t').filter(|(jump, _)| jump.starts_with('j'))
        else {
            continue;
        };
        let target = format!("{}:", label.1);
        let recent = lines[..end].iter().rev().take(400);
        let Some(back) = recent.clone().position(|line| **line == target) else {
            continue;
        };
        let body: Vec<&str> =
            lines[end - back..=end].iter().map(|line| line.trim()).collect();
        let is_code = |line: &&str| !line.starts_with('.') && !line.ends_with(':');
        let code: Vec<&str> = body.into_iter().filter(is_code).collect();
        let on_vectors = code.iter().any(|line| line.contains("%zmm"));
        if on_vectors && !code.iter().any(|line| line.starts_with("call")) {
            found.push(code);
        }
    }
    found
}

fn shown(code: &[&str]) -> String {
    let aligned = code.iter().map(|line| match line.split_once('\t') {
        // Labels have numbers that say nothing.
        Some((jump, label)) if label.starts_with(".L") => {
            format!("{jump:<12} the first line\n")
        }
        Some((instruction, operands)) => format!("{instruction:<12} {operands}\n"),
        None => format!("{line}\n"),
    });
    aligned.collect()
}
