//! The last stage as a contestant of the race against other frameworks, in a process of its
//! own; `bench/peers/race.py` starts it.
//!
//! `contestant batched_gradient|batched_forward FOLDER ROWS CLASSES` reads `FOLDER/logits`
//! (`f32`) and `FOLDER/labels` (`i64`), both little-endian, writes the gradient and prints
//! the loss. Then, for every line on standard input, a number of runs, it does so many and
//! prints the seconds that they took, and the page faults that they caused.
#![forbid(unsafe_code)]

use std::env;
use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::Instant;

use backend::{Backend, Batch};
use batched::Batched;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, folder, rows, classes] = &arguments[..] else {
        return Err("usage: contestant NAME FOLDER ROWS CLASSES".into());
    };
    let (folder, rows, classes) = (Path::new(folder), rows.parse()?, classes.parse()?);
    let with_gradient = name.ends_with("gradient");
    let logits: Vec<f32> =
        numbers(&fs::read(folder.join("logits"))?).map(f32::from_le_bytes).collect();
    let labels = fs::read(folder.join("labels"))?;
    let labels = numbers(&labels).map(|bytes| usize::try_from(i64::from_le_bytes(bytes)));
    let labels = labels.collect::<Result<Vec<usize>, _>>()?;
    if labels.len() != rows {
        return Err(format!("{} labels, but {rows} rows", labels.len()).into());
    }
    let batch = Batch::new(&logits, &labels, classes)?;
    let mut grad = vec![0.0; logits.len()];
    let backend = Batched::default();
    let run = |grad: &mut [f32]| -> Result<f32, backend::Error> {
        if with_gradient {
            Ok(backend.forward_backward(batch.grad_out(grad)?))
        } else {
            Ok(backend.forward(&batch))
        }
    };
    let loss = run(&mut grad)?;
    let bytes: Vec<u8> = grad.iter().flat_map(|g| g.to_le_bytes()).collect();
    fs::write(folder.join(format!("{name}.grad")), bytes)?;
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

/// The numbers that some bytes stand for, N bytes each.
fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

/// How often this process has been given a page of memory, as Linux counts.
fn page_faults() -> Result<u64, Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name of the program, in parentheses, may have spaces.
    let (_, fields) = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?;
    Ok(fields.split(' ').nth(7).ok_or("too few fields in /proc/self/stat")?.parse()?)
}
