//! A language model of sonnets: two words of context, and the price of the next word.
//!
//! First the model learns Sonnet 2 alone, by heart. `tests/head.rs` trains it again
//! through `batched`'s linear head, which never holds the logits of a batch. Then the
//! model learns 24 sonnets, with their couplets held out. Beyond the lines themselves, it
//! only learns how frequent words are; 2,000 words are too few for more.
//!
//! Perplexity is `exp` of the mean loss, the number of equally likely words between which
//! the model is undecided.

use anyhow::Result;
use backend::CrossEntropy;

use super::{Experiment, Lab};
use crate::report::{Column, Report, Table, Tolerance};
use crate::sonnets::{self, CONTEXT, Sonnet, Vocabulary};
use crate::{Adam, Examples, LanguageModel, Score, fit, sample};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "sonnet",
    question: "how does a language model learn, and what is it surprised by?",
    run,
};

const EMBEDDING: usize = 10;
const HIDDEN: usize = 128;
/// The learning rates of Adam, for one sonnet and for 24.
const RATE: f32 = 0.003;
const RATE_OF_ALL: f32 = 0.001;
const EPOCHS: usize = 60;
const EPOCHS_OF_ALL: usize = 30;
/// The fewest times that a word of the vocabulary occurs in the 24 sonnets.
const AT_LEAST: usize = 2;
/// The index of the couplet's first line, from 0.
const COUPLET: usize = 12;

/// The tolerances: stages and processors round differently.
const SAME_CURVE: Tolerance = Tolerance::Absolute(5e-3);
const SAME_PERPLEXITY: Tolerance = Tolerance::Relative(0.05);

fn run(lab: &Lab<'_>) -> Result<Report> {
    let sonnets = sonnets::embedded();
    let by_heart = by_heart(lab, &sonnets)?;
    let of_all = of_all(lab, &sonnets)?;
    let findings = [by_heart.findings, of_all.findings].concat();
    Ok(lab.report(EXPERIMENT.name, [by_heart.tables, of_all.tables].concat(), findings))
}

/// A part of the report.
struct Part {
    tables: Vec<Table>,
    findings: Vec<String>,
}

/// Trains on Sonnet 2 alone.
fn by_heart(lab: &Lab<'_>, sonnets: &[Sonnet]) -> Result<Part, backend::Error> {
    let sonnet = sonnets.iter().find(|s| s.number == 2).expect("Sonnet 2 is among them");
    let vocabulary = Vocabulary::new(&sonnet.lines, 1);
    let windows = vocabulary.windows(&[&sonnet.lines]);
    let mut model = random_model(lab, &vocabulary);
    let mut losses = Vec::new();
    let (loss, mut adam) = (CrossEntropy::default(), Adam::new(RATE));
    let schedule = lab.schedule(EPOCHS);
    fit(lab.backend, &loss, schedule, &windows, &mut model, &mut adam, |epoch, _| {
        (lab.progress)("sonnet 2", epoch.number, EPOCHS);
        losses.push(epoch.loss);
        Ok(())
    })?;
    let nll = Score::of(lab.backend, &model, &windows)?.nll;
    let findings = vec![
        format!(
            "Sonnet 2, {} words of {}: learned by heart, to a perplexity of {:.3}",
            windows.len(),
            vocabulary.len(),
            nll.exp()
        ),
        format!("it says: {}", said(lab, &model, &vocabulary, 3)?),
    ];
    let curves = [epochs_up_to(EPOCHS), Column::measured("loss", losses, SAME_CURVE)];
    let tables = vec![Table::new("Sonnet 2: mean loss over an epoch", curves)];
    Ok(Part { tables, findings })
}

/// Trains on all sonnets, with the couplets held out.
fn of_all(lab: &Lab<'_>, sonnets: &[Sonnet]) -> Result<Part, backend::Error> {
    let (bodies, couplets): (Vec<_>, Vec<_>) =
        sonnets.iter().map(|sonnet| sonnet.lines.split_at(COUPLET)).unzip();
    let vocabulary = Vocabulary::new(&bodies.concat(), AT_LEAST);
    let (learned, held_out) =
        (vocabulary.windows(&bodies), vocabulary.windows(&couplets));
    let mut model = random_model(lab, &vocabulary);
    let mut best = model.clone();
    let (mut of_learned, mut of_held_out) = (Vec::new(), Vec::new());
    let (loss, mut adam) = (CrossEntropy::default(), Adam::new(RATE_OF_ALL));
    let schedule = lab.schedule(EPOCHS_OF_ALL);
    fit(
        lab.backend,
        &loss,
        schedule,
        &learned,
        &mut model,
        &mut adam,
        |epoch, model| {
            (lab.progress)("24 sonnets", epoch.number, EPOCHS_OF_ALL);
            let perplexity = |examples| {
                Ok::<_, backend::Error>(
                    Score::of(lab.backend, model, examples)?.nll.exp(),
                )
            };
            let now = perplexity(&held_out)?;
            if of_held_out.iter().all(|&before| now < before) {
                best = model.clone();
            }
            of_learned.push(perplexity(&learned)?);
            of_held_out.push(now);
            Ok(())
        },
    )?;

    let lowest = of_held_out.iter().copied().fold(f64::INFINITY, f64::min);
    let last = of_held_out[EPOCHS_OF_ALL - 1];
    let by_frequency = perplexity_by_frequency(&learned, &held_out, vocabulary.len());
    let findings = vec![
        format!(
            "24 sonnets, a vocabulary of {}: on held-out couplets the perplexity falls to \
             {lowest:.1}, hardly below what frequency alone gives ({by_frequency:.1}), then \
             rises to {last:.0}, while that of the lines that are learned falls to {:.1}",
            vocabulary.len(),
            of_learned[EPOCHS_OF_ALL - 1],
        ),
        format!("at its best it says: {}", said(lab, &best, &vocabulary, 4)?),
        format!("at the end it says: {}", said(lab, &model, &vocabulary, 4)?),
    ];
    let curves = Table::new(
        "24 sonnets: perplexity after an epoch",
        [
            epochs_up_to(EPOCHS_OF_ALL),
            Column::measured("lines learned", of_learned, SAME_PERPLEXITY),
            Column::measured("couplets held out", of_held_out, SAME_PERPLEXITY),
        ],
    );
    let ways =
        ["every word alike", "by frequency", "by context, at best", "learned too long"];
    let perplexities = [vocabulary.len() as f64, by_frequency, lowest, last];
    let held_out = Table::new(
        "perplexity on couplets held out",
        [
            Column::words("guessed", ways),
            Column::measured("perplexity", perplexities, SAME_PERPLEXITY),
        ],
    );
    Ok(Part { tables: vec![curves, held_out], findings })
}

fn epochs_up_to(last: usize) -> Column {
    Column::chosen("epoch", (1..=last).map(|epoch| epoch as f64))
}

fn said(
    lab: &Lab<'_>,
    model: &LanguageModel,
    vocabulary: &Vocabulary,
    lines: usize,
) -> Result<String, backend::Error> {
    sample(lab.backend, model, vocabulary, lines, &mut lab.generator())
}

fn random_model(lab: &Lab<'_>, vocabulary: &Vocabulary) -> LanguageModel {
    let mut generator = lab.generator();
    LanguageModel::random(vocabulary.len(), CONTEXT, EMBEDDING, HIDDEN, &mut generator)
}

/// Returns the perplexity of a model without context, which only knows how frequent words are.
fn perplexity_by_frequency(
    learned: &Examples<usize>,
    held_out: &Examples<usize>,
    words: usize,
) -> f64 {
    let mut counts = vec![0.0; words];
    learned.labels.iter().for_each(|&word| counts[word] += 1.0);
    let total: f64 = counts.iter().sum();
    let nll = |&word: &usize| -(counts[word] / total).ln();
    let mean = held_out.labels.iter().map(nll).sum::<f64>() / held_out.len() as f64;
    mean.exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiments::report_of;

    #[test]
    fn one_sonnet_is_learned_by_heart() {
        let report = report_of(&EXPERIMENT);
        let losses = report.tables[0].numbers("loss");
        assert!(losses[0] > 4.0 && losses[EPOCHS - 1] < 0.1, "{report}");
    }

    #[test]
    fn held_out_lines_are_first_less_and_then_more_surprising() {
        let report = report_of(&EXPERIMENT);
        let perplexity = report.tables[2].numbers("perplexity");
        let [alike, by_frequency, best, last] = perplexity else { panic!("{report}") };
        assert!(*best < alike / 4.0 && *best < 1.05 * by_frequency, "{report}");
        assert!(*last > 3.0 * best, "{report}");
    }
}
