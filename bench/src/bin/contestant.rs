//! The stages as contestants of the race against other frameworks, in a process of their
//! own; `bench/peers/race.py` and `errors.py` start it.
//!
//! `contestant race batched_gradient|batched_forward FOLDER ROWS CLASSES` reads `FOLDER/logits`
//! (`f32`) and `FOLDER/labels` (`i64`), both little-endian, writes the gradient and prints the
//! loss. Then each line on standard input is a number of runs: the program does them, and
//! prints the seconds that they took and the page faults that they caused.
//!
//! `copy_gradient` copies the logits into the gradient on all threads, for comparison.
//!
//! `contestant rows STAGE_rows FOLDER ROWS CLASSES` writes the loss and the gradient of each
//! row by itself.
#![forbid(unsafe_code)]

use std::env;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use backend::{Backend, Batch, CrossEntropy, Reduction};
use bench::contestants::{copy_plainly, on_all_threads};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [mode, name, folder, rows, classes] = &arguments[..] else {
        bail!("usage: contestant race|rows NAME FOLDER ROWS CLASSES");
    };
    let folder = Path::new(folder);
    let (rows, classes): (usize, usize) = (rows.parse()?, classes.parse()?);
    let logits: Vec<f32> =
        numbers(&fs::read(folder.join("logits"))?).map(f32::from_le_bytes).collect();
    let labels = fs::read(folder.join("labels"))?;
    let labels = numbers(&labels).map(|bytes| usize::try_from(i64::from_le_bytes(bytes)));
    let labels = labels.collect::<Result<Vec<usize>, _>>()?;
    ensure!(labels.len() == rows, "{} labels, but {rows} rows", labels.len());
    let (stage, what) = name.rsplit_once('_').context("a name is STAGE_WHAT")?;
    let reduction = if mode == "rows" { Reduction::Sum } else { Reduction::Mean };
    let loss = CrossEntropy::default().reduction(reduction);
    let batch = loss.batch(&logits, &labels, classes)?;
    let grad = vec![0.0; logits.len()];
    let to = |ending: &str| folder.join(format!("{name}.{ending}"));
    if stage == "copy" {
        let run = |grad: &mut [f32]| {
            on_all_threads(&logits, grad, copy_plainly);
            Ok(0.0)
        };
        return race(run, grad, &to("grad"));
    }
    let stages = bench::stages();
    let stage =
        &**stages.iter().find(|found| found.name() == stage).context("no such stage")?;
    match (mode.as_str(), what) {
        ("rows", _) => {
            let (losses, grad) = each_row(stage, &batch, grad)?;
            write(&to("losses"), &losses)?;
            write(&to("grad"), &grad)
        }
        (_, "gradient") => {
            let run =
                |grad: &mut [f32]| Ok(stage.forward_backward(batch.grad_out(grad)?));
            race(run, grad, &to("grad"))
        }
        _ => race(|_| Ok(stage.forward(&batch)), grad, &to("grad")),
    }
}

/// Returns the loss of each row, and the gradient of their sum.
fn each_row(
    stage: &dyn Backend,
    batch: &Batch<'_>,
    mut grad: Vec<f32>,
) -> Result<(Vec<f32>, Vec<f32>), backend::Error> {
    let mut losses = vec![0.0; batch.rows()];
    stage.losses(batch.losses_out(&mut losses)?);
    stage.backward(batch.grad_out(&mut grad)?);
    Ok((losses, grad))
}

/// Runs once for the result, and then as often as standard input says.
fn race(
    run: impl Fn(&mut [f32]) -> Result<f32, backend::Error>,
    mut grad: Vec<f32>,
    path: &Path,
) -> Result<()> {
    let loss = run(&mut grad)?;
    write(path, &grad)?;
    println!("{loss}");
    stdout().flush()?;
    for line in stdin().lock().lines() {
        let runs: usize = line?.trim().parse()?;
        let (before, start) = (page_faults()?, Instant::now());
        for _ in 0..runs {
            black_box(run(&mut grad)?);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds} {}", page_faults()? - before);
        stdout().flush()?;
    }
    Ok(())
}

fn write(path: &Path, numbers: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    Ok(fs::write(path, bytes)?)
}

/// Splits bytes into numbers of N bytes each.
fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

/// Returns how often this process has been given a page of memory, as Linux counts.
fn page_faults() -> Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in parentheses, may have spaces.
    let (_, fields) = stat.rsplit_once(") ").context("no name in /proc/self/stat")?;
    Ok(fields.split(' ').nth(7).context("too few fields in /proc/self/stat")?.parse()?)
}
