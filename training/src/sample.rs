//! Lines that a language model writes.

use backend::{Backend, Error, Logits};
use ndarray::Array2;
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::sonnets::{CONTEXT, LINE_END, RARE, Vocabulary};
use crate::{LanguageModel, Model, row_major};

/// Returns lines that the model writes, each word drawn with its probability. The rare
/// word isn't a word, so a logit of `-inf` masks it.
///
/// # Errors
/// None, as long as the model has this vocabulary.
pub fn sample(
    backend: &dyn Backend,
    model: &LanguageModel,
    vocabulary: &Vocabulary,
    lines: usize,
    generator: &mut Xoshiro256PlusPlus,
) -> Result<String, Error> {
    const AT_MOST: usize = 12;
    let (end, rare) = (vocabulary.index(LINE_END), vocabulary.index(RARE));
    let mut context = [end; CONTEXT];
    let mut written = Vec::new();
    for _ in 0..lines * AT_MOST {
        let (mut logits, _) = model.forward(&Array2::from(vec![context]));
        logits[[0, rare]] = f32::NEG_INFINITY;
        let mut p = vec![0.0; vocabulary.len()];
        backend.softmax(Logits::new(row_major(&logits), p.len())?.softmax_out(&mut p)?);
        let word = drawn(&p, generator);
        written.push(vocabulary.word(word));
        context = [context[1], word];
        if written.iter().filter(|&&word| word == LINE_END).count() == lines {
            break;
        }
    }
    Ok(written.join(" "))
}

/// Returns a class, drawn with its probability. If rounding leaves a remainder, because the
/// sum of the probabilities isn't quite 1, it goes to the last class that has a probability.
fn drawn(p: &[f32], generator: &mut Xoshiro256PlusPlus) -> usize {
    let mut left: f32 = generator.random();
    let reached = p.iter().position(|p| {
        left -= p;
        left < 0.0
    });
    reached.or_else(|| p.iter().rposition(|&p| p > 0.0)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::iter::zip;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn words_are_drawn_as_often_as_they_are_probable() {
        let p = [0.1, 0.0, 0.6, 0.3];
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
        let mut counts = [0.0; 4];
        (0..10_000).for_each(|_| counts[drawn(&p, &mut generator)] += 1e-4);
        for (count, p) in zip(counts, p) {
            assert!((count - f64::from(p)).abs() < 0.02, "{counts:?}");
        }
    }
}
