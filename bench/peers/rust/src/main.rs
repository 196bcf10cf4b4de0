//! burn and candle as contestants. `peers rows|race NAME FOLDER ROWS CLASSES` runs them
//! by the protocol of `peers.py`, which runs the Python frameworks, and `peers
//! conventions` prints the answers to the questions of `conventions.py`.
#![forbid(unsafe_code)]

use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use burn::nn::loss::CrossEntropyLossConfig;
use burn::prelude::{Device, Int, Tensor, TensorData};
use candle_core::{Device as CandleDevice, Tensor as CandleTensor, Var};
use candle_nn::loss::cross_entropy;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A function that returns the mean loss of a batch, and its gradient if the caller wants it.
type Run<'a> = Box<dyn Fn(bool) -> Outcome<(f32, Vec<f32>)> + 'a>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments == ["conventions"] {
        return conventions();
    }
    let [mode, name, folder, rows, classes] = &arguments[..] else {
        return Err("usage: peers rows|race NAME FOLDER ROWS CLASSES".into());
    };
    let (folder, rows, classes) = (Path::new(folder), rows.parse()?, classes.parse()?);
    let bytes = fs::read(folder.join("logits"))?;
    let logits: Vec<f32> =
        bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect();
    let bytes = fs::read(folder.join("labels"))?;
    let labels: Vec<i64> =
        bytes.as_chunks().0.iter().copied().map(i64::from_le_bytes).collect();
    match mode.as_str() {
        "rows" => each_row(name, folder, &logits, &labels, classes),
        "race" => race(name, folder, &logits, &labels, rows, classes),
        _ => Err(format!("{mode} is neither rows nor race").into()),
    }
}

/// Prints the cases of `conventions.py`, as JSON.
fn conventions() -> Outcome<()> {
    let quarters = [0.0, 3_f32.ln(), 0.0, 3_f32.ln()];
    let padded = [0.0, 0.0, 5.0, -5.0];
    let config = CrossEntropyLossConfig::new;
    let weighted = config().with_weights(Some(vec![1.0, 3.0]));
    let burn = [
        burn_loss(weighted, &quarters, &[0, 1])?,
        burn_loss(config().with_pad_tokens(Some(vec![1])), &padded, &[0, 1])?,
        burn_loss(config().with_smoothing(Some(0.1)), &[2.0, 1.0, 0.0, -1.0, 0.5], &[0])?,
        burn_loss(config(), &[20.0, 0.0], &[0])?,
    ];
    let z = CandleTensor::from_slice(&[20.0_f32, 0.0], (1, 2), &CandleDevice::Cpu)?;
    let label = CandleTensor::from_slice(&[0_u32], 1, &CandleDevice::Cpu)?;
    let candle = cross_entropy(&z, &label)?.to_scalar::<f32>()?;
    let [weighted, ignored, smoothed, confident] = burn;
    println!(
        r#"{{"burn `CrossEntropyLoss`": {{"takes": "logits",
            "mean of weighted labels": {weighted}, "mean with an ignored row": {ignored},
            "smoothing by 0.1": {smoothed}, "[20, 0]": {confident},
            "soft target, masked class": null}},
        "candle `loss::cross_entropy`": {{"takes": "logits",
            "mean of weighted labels": null, "mean with an ignored row": null,
            "smoothing by 0.1": null, "[20, 0]": {candle},
            "soft target, masked class": null}}}}"#
    );
    Ok(())
}

fn burn_loss(config: CrossEntropyLossConfig, logits: &[f32], labels: &[i64]) -> Outcome<f32> {
    let device = Device::default();
    let shape = [labels.len(), logits.len() / labels.len()];
    let z = Tensor::<2>::from_data(TensorData::new(logits.to_vec(), shape), &device);
    let targets = TensorData::new(labels.to_vec(), [labels.len()]);
    let targets = Tensor::<1, Int>::from_data(targets, &device);
    Ok(config.init(&device).forward(z, targets).into_scalar::<f32>())
}

fn contestant<'a>(
    name: &str,
    logits: &'a [f32],
    labels: &'a [i64],
    classes: usize,
) -> Outcome<Run<'a>> {
    match name.split('_').next() {
        Some("burn") => Ok(burn(logits, labels, classes)),
        Some("candle") => candle(logits, labels, classes),
        _ => Err(format!("{name} is neither burn nor candle").into()),
    }
}

fn burn<'a>(logits: &'a [f32], labels: &'a [i64], classes: usize) -> Run<'a> {
    let device = Device::default().autodiff();
    let shape = [labels.len(), classes];
    let z = Tensor::<2>::from_data(TensorData::new(logits.to_vec(), shape), &device);
    let targets = TensorData::new(labels.to_vec(), [labels.len()]);
    let targets = Tensor::<1, Int>::from_data(targets, &device);
    let loss = CrossEntropyLossConfig::new().init(&device);
    Box::new(move |with_gradient| {
        let z = if with_gradient { z.clone().require_grad() } else { z.clone() };
        let value = loss.forward(z.clone(), targets.clone());
        let gradient = if with_gradient {
            let gradients = value.backward();
            z.grad(&gradients)
                .ok_or("no gradient")?
                .into_data()
                .try_to_vec::<f32>()
                .map_err(failed)?
        } else {
            vec![]
        };
        let value = value.into_data().try_to_vec::<f32>().map_err(failed)?;
        Ok((value[0], gradient))
    })
}

fn failed(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}

fn candle<'a>(logits: &'a [f32], labels: &'a [i64], classes: usize) -> Outcome<Run<'a>> {
    let device = CandleDevice::Cpu;
    let z = Var::from_slice(logits, (labels.len(), classes), &device)?;
    let labels: Vec<u32> =
        labels.iter().map(|&label| u32::try_from(label)).collect::<Result<_, _>>()?;
    let targets = CandleTensor::from_slice(&labels, labels.len(), &device)?;
    Ok(Box::new(move |with_gradient| {
        let value = cross_entropy(z.as_tensor(), &targets)?;
        let gradient = if with_gradient {
            let gradients = value.backward()?;
            let gradient = gradients.get(&z).ok_or("no gradient")?;
            gradient.flatten_all()?.to_vec1()?
        } else {
            vec![]
        };
        Ok((value.to_scalar()?, gradient))
    }))
}

/// Computes each row as a batch of its own, and writes the losses and gradients.
fn each_row(
    name: &str,
    folder: &Path,
    logits: &[f32],
    labels: &[i64],
    classes: usize,
) -> Outcome<()> {
    let (mut losses, mut grads) = (vec![], vec![]);
    for (z, label) in logits.chunks(classes).zip(labels) {
        let (loss, grad) =
            contestant(name, z, std::slice::from_ref(label), classes)?(true)?;
        losses.push(loss);
        grads.extend(grad);
    }
    write(&folder.join(format!("{name}.losses")), &losses)?;
    write(&folder.join(format!("{name}.grad")), &grads)
}

fn write(path: &Path, numbers: &[f32]) -> Outcome<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    Ok(fs::write(path, bytes)?)
}

fn race(
    name: &str,
    folder: &Path,
    logits: &[f32],
    labels: &[i64],
    rows: usize,
    classes: usize,
) -> Outcome<()> {
    assert_eq!((labels.len(), logits.len()), (rows, rows * classes));
    let with_gradient = name.ends_with("gradient");
    let run = contestant(name, logits, labels, classes)?;
    let (loss, gradient) = run(with_gradient)?;
    write(&folder.join(format!("{name}.grad")), &gradient)?;
    println!("{loss}");
    stdout().flush()?;
    for line in stdin().lock().lines() {
        let runs: usize = line?.trim().parse()?;
        let (before, start) = (page_faults()?, Instant::now());
        for _ in 0..runs {
            black_box(run(with_gradient)?);
        }
        let seconds = start.elapsed().as_secs_f64();
        println!("{seconds} {}", page_faults()? - before);
        stdout().flush()?;
    }
    Ok(())
}

/// Returns how often this process has been given a page of memory, as Linux counts.
fn page_faults() -> Outcome<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?;
    Ok(fields.split(' ').nth(7).ok_or("too few fields in /proc/self/stat")?.parse()?)
}
