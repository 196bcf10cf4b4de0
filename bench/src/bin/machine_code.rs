//! The machine code of two hot loops of `vectorized`, for the book. `cargo run -p bench --bin
//! machine_code` compiles the crate with its assembly, writes `max.s` and `exp.s` to `bench/data`,
//! and counts in `machine_code.json` the instructions that the loop with the exponentials takes on
//! each instruction set; `-- --check` compares all three files instead. They belong to x86-64
//! Linux: on other machines the program says that there's nothing to compare, and writes nothing.
//!
//! The program recognizes the loops by their instructions: they have no call and no second
//! jump. The loop of the max asks for NaN once per vector, with `vcmpunordps`. The pass
//! over a row has a shift by 23 bits, which puts an exponent in its place, and stores
//! exponentials; its first vector is shown. Each kernel has a copy of the pass, and the
//! compiler may have had more registers left for one copy than for another.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

const X86_64: &str = "x86_64-unknown-linux-gnu";
const AARCH64: &str = "aarch64-unknown-linux-gnu";

/// The texts by which we read the assembly of an instruction set.
struct Assembly {
    name: &'static str,
    target: &'static str,
    /// The text in every operand that's a vector.
    vector: &'static str,
    /// The number of lanes of a vector.
    lanes: usize,
    /// The beginning of an instruction that shifts a vector by bits.
    shift: &'static str,
    /// The beginning of an instruction that stores a vector.
    store: &'static str,
    /// The text in every operand that's on the stack.
    stack: &'static str,
}

const ASSEMBLIES: [Assembly; 3] = [
    Assembly {
        name: "AVX-512",
        target: X86_64,
        vector: "%zmm",
        lanes: 16,
        shift: "vpslld\t$23",
        store: "vmovups\t%zmm",
        stack: "(%rsp",
    },
    Assembly {
        name: "AVX2",
        target: X86_64,
        vector: "%ymm",
        lanes: 8,
        shift: "vpslld\t$23",
        store: "vmovups\t%ymm",
        stack: "(%rsp",
    },
    Assembly {
        name: "AArch64",
        target: AARCH64,
        vector: ".4s",
        lanes: 4,
        shift: "shl\tv",
        store: "st",
        stack: "[sp",
    },
];

/// The file `machine_code.json`.
#[derive(Deserialize, PartialEq, Serialize)]
struct Counts {
    command: String,
    compiler: String,
    loops: Vec<HotLoop>,
}

/// The loop that makes the exponentials of a row, all copies together. Each pair of numbers is
/// for sixteen logits, in the copy with the fewest and in that with the most.
#[derive(Clone, Deserialize, PartialEq, Serialize)]
struct HotLoop {
    instruction_set: String,
    copies: usize,
    instructions: [f64; 2],
    /// The instructions that read or write the stack, for numbers that had no register left.
    on_stack: [f64; 2],
}

fn main() -> Result<()> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!(
            "skipped: bench/data has machine code of x86-64 Linux, and this is {} {}",
            env::consts::ARCH,
            env::consts::OS
        );
        return Ok(());
    }
    let x86_64 = compiled(X86_64)?;
    let avx512 = &ASSEMBLIES[0];
    let loops = loops(&x86_64);
    let of_max = loops
        .iter()
        .filter(|code| count(code, avx512.vector) > 0 && count(code, "vcmpunordps") == 1);
    let max = of_max.min_by_key(|code| code.len()).context("no loop of the max")?;
    let passes = passes(&x86_64, avx512);
    let exp =
        passes.iter().max_by_key(|code| code.len()).context("no pass over a row")?;
    // The store comes last: sixteen exponentials are done.
    let first = exp.iter().position(|line| line.starts_with(avx512.store));
    let [length, logits] = [exp.len(), logits(exp, avx512)];
    let exp = shown(&exp[..=first.unwrap_or_default()])
        + &format!("... and so on, {length} instructions for {logits} logits\n");
    let counts = serde_json::to_string_pretty(&counts(&x86_64)?)? + "\n";
    for (file, text) in
        [("max.s", shown(max)), ("exp.s", exp), ("machine_code.json", counts)]
    {
        let path = bench::data().join(file);
        if !env::args().any(|argument| argument == "--check") {
            fs::write(&path, text)?;
            println!("written: {}", path.display());
        } else if fs::read_to_string(&path)? != text {
            bail!("{} is not what the compiler makes:\n{text}", path.display());
        }
    }
    Ok(())
}

/// Counts the instructions of the pass on every instruction set. If the standard library
/// of AArch64 isn't installed, its earlier counts stay.
fn counts(x86_64: &str) -> Result<Counts> {
    let aarch64 = if installed(AARCH64)? {
        compiled(AARCH64)?
    } else {
        println!("not counted: AArch64, for want of `rustup target add {AARCH64}`");
        String::new()
    };
    let saved = || -> Result<Counts> {
        let path = bench::data().join("machine_code.json");
        Ok(serde_json::from_str(&fs::read_to_string(path)?)?)
    };
    let mut loops = vec![];
    for (place, assembly) in ASSEMBLIES.iter().enumerate() {
        let text = if assembly.target == AARCH64 { &aarch64 } else { x86_64 };
        loops.push(if text.is_empty() {
            saved()?.loops[place].clone()
        } else {
            HotLoop::counted(text, assembly)?
        });
    }
    let version = Command::new("rustc").arg("--version").output()?.stdout;
    Ok(Counts {
        command: "cargo run -p bench --bin machine_code".to_owned(),
        compiler: String::from_utf8(version)?.trim().to_owned(),
        loops,
    })
}

impl HotLoop {
    fn counted(text: &str, assembly: &Assembly) -> Result<Self> {
        let passes = passes(text, assembly);
        ensure!(!passes.is_empty(), "no pass over a row for {}", assembly.name);
        let fewest_and_most = |number: &dyn Fn(&[&str]) -> usize| {
            let of_sixteen = |code: &Vec<&str>| {
                16.0 * number(code) as f64 / logits(code, assembly) as f64
            };
            let numbers: Vec<f64> = passes.iter().map(of_sixteen).collect();
            let fewest = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            [fewest, numbers.iter().copied().fold(0.0, f64::max)]
        };
        Ok(HotLoop {
            instruction_set: assembly.name.to_owned(),
            copies: passes.len(),
            instructions: fewest_and_most(&|code| code.len()),
            on_stack: fewest_and_most(&|code| count(code, assembly.stack)),
        })
    }
}

/// Returns the loops that make the most exponentials in a step, and store them.
fn passes<'a>(text: &'a str, assembly: &Assembly) -> Vec<Vec<&'a str>> {
    let stores =
        |line: &&str| line.starts_with(assembly.store) && !line.contains(assembly.stack);
    let is_pass = |code: &Vec<&str>| {
        let exponentials = logits(code, assembly) / assembly.lanes;
        exponentials > 0 && code.iter().any(stores)
    };
    let mut passes = loops(text);
    passes.retain(is_pass);
    // The shorter loops handle the end of a row.
    let longest = passes.iter().map(|code| logits(code, assembly)).max();
    passes.retain(|code| Some(logits(code, assembly)) == longest);
    passes
}

/// Returns the number of logits that a loop does in a step: each vector of them has one shift.
fn logits(code: &[&str], assembly: &Assembly) -> usize {
    let shifts = code.iter().filter(|line| {
        line.starts_with(assembly.shift)
            && line.contains("23")
            && line.contains(assembly.vector)
    });
    assembly.lanes * shifts.count()
}

fn count(code: &[&str], what: &str) -> usize {
    code.iter().filter(|line| line.contains(what)).count()
}

/// Returns whether programs can be compiled for a target.
fn installed(target: &str) -> Result<bool> {
    let folder = ["--print", "target-libdir", "--target", target];
    let printed = Command::new("rustc").args(folder).output()?.stdout;
    Ok(Path::new(String::from_utf8(printed)?.trim()).exists())
}

/// Returns the assembly of a release build.
fn compiled(target: &str) -> Result<String> {
    let root = bench::data().join("../..");
    let folder = root.join("target/machine-code");
    let status = Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--package", "vectorized", "--release"])
        .args(["--target", target, "--target-dir"])
        .arg(&folder)
        .args(["--", "--emit", "asm", "-C", "debuginfo=0"])
        .current_dir(root)
        .status()?;
    ensure!(status.success(), "it does not compile");
    let files = fs::read_dir(folder.join(target).join("release/deps"))?;
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let is_assembly = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("vectorized-") && name.ends_with(".s")
    };
    let newest = paths.filter(is_assembly).max_by_key(|path| modified(path));
    Ok(fs::read_to_string(newest.context("no assembly")?)?)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// Returns the loops: the instructions from a label to the jump that leads back to it, if
/// there's no other label between them and no call.
fn loops(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = vec![];
    for (end, line) in lines.iter().enumerate() {
        let last_operand = line.rsplit([' ', '\t']).next().unwrap_or_default();
        if !last_operand.starts_with(".L") {
            continue;
        }
        let target = format!("{last_operand}:");
        let recent = lines[..end].iter().rev().take(600);
        let Some(back) = recent.clone().position(|line| **line == target) else {
            continue;
        };
        let body = lines[end - back..=end].iter().map(|line| line.trim());
        let code: Vec<&str> = body.filter(|line| !line.starts_with(".p2align")).collect();
        let leaves = |line: &&str| {
            line.ends_with(':') || line.starts_with("call") || line.starts_with("bl\t")
        };
        if !code.iter().any(leaves) {
            found.push(code);
        }
    }
    found
}

/// Returns code in columns.
fn shown(code: &[&str]) -> String {
    let last = code.len() - 1;
    let aligned = code.iter().enumerate().map(|(i, line)| match line.split_once('\t') {
        // The numbers of labels say nothing.
        Some((jump, label)) if label.starts_with(".L") => {
            let target = if i == last { "the first line" } else { "out of the loop" };
            format!("{jump:<12} {target}\n")
        }
        Some((instruction, operands)) => format!("{instruction:<12} {operands}\n"),
        None => format!("{line}\n"),
    });
    aligned.collect()
}
