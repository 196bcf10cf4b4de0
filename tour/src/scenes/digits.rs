//! A classifier that learns real handwritten digits, once with each stage.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use backend::{Backend, Batch, CrossEntropy, Logits};
use indicatif::{ProgressBar, ProgressStyle};
use training::digits::{self, CLASSES, PIXELS};
use training::{Examples, Linear, Model, Score, Sgd, TrainingSchedule, fit, row_major};

use super::heading;
use crate::chart;

/// The seed of the split into digits to learn from and digits to test on.
const SPLIT_SEED: u64 = 1;

pub(super) fn show(stages: &[Box<dyn Backend>], out: &mut dyn Write) -> Result<()> {
    heading(out, "3. It learns")?;
    let (train, test) = digits::embedded().split(SPLIT_SEED);
    writeln!(
        out,
        "A linear classifier (softmax regression) sees {} handwritten digits of 8 x 8\n\
         pixels, once an epoch, and takes a step against the gradient after each 32 of\n\
         them. {} other digits test it.",
        train.len(),
        test.len(),
    )?;
    let mut last = None;
    for stage in stages {
        let (layer, losses) = train_with(&**stage, &train, out)?;
        let Score { accuracy, .. } = Score::of(&**stage, &layer, &test)?;
        draw_curve(&losses, out)?;
        writeln!(out, "\n{}: accuracy on the test digits {accuracy:.4}", stage.name())?;
        last = Some((stage, layer));
    }
    match last {
        Some((stage, layer)) => show_some(&**stage, &layer, &test, out),
        None => Ok(()),
    }
}

/// Trains a classifier, with a progress bar on a terminal and plain lines elsewhere.
fn train_with(
    stage: &dyn Backend,
    train: &Examples<f32>,
    out: &mut dyn Write,
) -> Result<(Linear, Vec<f64>)> {
    let schedule = TrainingSchedule::default();
    let plain = !io::stderr().is_terminal();
    let bar = ProgressBar::new(schedule.epochs as u64)
        .with_style(ProgressStyle::with_template("{prefix} {bar:40} epoch {pos} {msg}")?)
        .with_prefix(stage.name().to_owned());
    let mut losses = Vec::new();
    let mut layer = Linear::zeros(PIXELS, CLASSES);
    let (loss, mut sgd) = (CrossEntropy::default(), Sgd { rate: 0.5 });
    fit(stage, &loss, schedule, train, &mut layer, &mut sgd, |epoch, _| {
        losses.push(epoch.loss);
        bar.set_message(format!("loss {:.4}", epoch.loss));
        bar.inc(1);
        Ok(())
    })?;
    bar.finish_and_clear();
    if plain {
        writeln!(out)?;
        for (i, loss) in losses.iter().enumerate().step_by(10) {
            writeln!(out, "{} epoch {:2}  mean loss {loss:.4}", stage.name(), i + 1)?;
        }
    }
    Ok((layer, losses))
}

fn draw_curve(losses: &[f64], out: &mut dyn Write) -> io::Result<()> {
    const HEIGHT: usize = 6;
    let (Some(first), Some(last)) = (losses.first(), losses.last()) else {
        return Ok(());
    };
    writeln!(out)?;
    for (i, line) in chart::columns(losses, HEIGHT).iter().enumerate() {
        let label = match i {
            0 => format!("{first:.3}"),
            _ => String::new(),
        };
        writeln!(out, "  {label:>5} │{line}")?;
    }
    writeln!(out, "  {:>5} └{} {last:.3}", 0, "─".repeat(losses.len()))?;
    writeln!(out, "   loss  {} epochs", losses.len())
}

/// Shows three digits: the one that the classifier is surest of, the one that surprises
/// it most, and the one between two classes.
fn show_some(
    stage: &dyn Backend,
    layer: &Linear,
    test: &Examples<f32>,
    out: &mut dyn Write,
) -> Result<()> {
    let (logits, ()) = layer.forward(&test.inputs);
    let logits = row_major(&logits);
    let mut p = vec![0.0; logits.len()];
    stage.softmax(Logits::new(logits, CLASSES)?.softmax_out(&mut p)?);
    let of_label = |i: usize| p[i * CLASSES + test.labels[i]];
    let by_label = |&i: &usize, &j: &usize| of_label(i).total_cmp(&of_label(j));
    let by_distance_from_half = |&i: &usize, &j: &usize| {
        (of_label(i) - 0.5).abs().total_cmp(&(of_label(j) - 0.5).abs())
    };
    let chosen = [
        ("most clearly right", (0..test.len()).max_by(by_label)),
        ("in doubt", (0..test.len()).min_by(by_distance_from_half)),
        ("most surprising", (0..test.len()).min_by(by_label)),
    ];
    let mut losses = vec![0.0; test.len()];
    let batch = Batch::new(logits, &test.labels, CLASSES)?;
    stage.losses(batch.losses_out(&mut losses)?);
    for (title, index) in chosen {
        let Some(i) = index else { continue };
        let pixels: Vec<f32> = test.inputs.row(i).to_vec();
        let p = &p[i * CLASSES..][..CLASSES];
        let (label, loss) = (test.labels[i], losses[i]);
        writeln!(out, "\n  {title}: it is a {label}, at a loss of {loss:.4}\n")?;
        draw_digit(&pixels, p, out)?;
    }
    Ok(())
}

/// Draws the image, and next to it the three likeliest classes.
fn draw_digit(pixels: &[f32], p: &[f32], out: &mut dyn Write) -> io::Result<()> {
    let mut classes: Vec<usize> = (0..p.len()).collect();
    classes.sort_by(|&i, &j| p[j].total_cmp(&p[i]));
    classes.truncate(3);
    for (i, line) in chart::shades(pixels, 8).iter().enumerate() {
        match classes.get(i) {
            Some(&class) => {
                let bar = "█".repeat((20.0 * p[class]).round() as usize);
                let percent = 100.0 * p[class];
                writeln!(out, "  {line}   {class}  {percent:6.2}%  {bar}")?;
            }
            None => writeln!(out, "  {}", line.trim_end())?,
        }
    }
    Ok(())
}
