//! Shakespeare's sonnets as words, and the words before each word.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::Examples;

/// The number of words that a model sees before the word that it predicts.
pub const CONTEXT: usize = 2;

/// The word for the end of a line, since verse is made of lines.
pub const LINE_END: &str = "/";

/// The word that stands for every word outside the vocabulary.
pub const RARE: &str = "...";

/// A sonnet of 14 lines, of which the last two, the couplet, rhyme with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sonnet {
    /// The number in the edition of 1609, from 1 to 154.
    pub number: usize,
    /// The lines, each as words in lower case, without punctuation, and [`LINE_END`].
    pub lines: Vec<Vec<String>>,
}

/// Returns the 24 sonnets that the program carries, Sonnet 2 among them.
pub fn embedded() -> Vec<Sonnet> {
    let mut parts = include_str!("../data/sonnets.txt").split("\n\n");
    let mut sonnets = Vec::new();
    while let (Some(number), Some(text)) = (parts.next(), parts.next()) {
        let number = number.trim().parse().expect("a sonnet begins with its number");
        sonnets.push(Sonnet { number, lines: text.lines().map(words).collect() });
    }
    sonnets
}

fn words(line: &str) -> Vec<String> {
    let bare =
        |word: &str| word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    line.split_whitespace().map(bare).chain([LINE_END.to_owned()]).collect()
}

/// The words that a model knows, each with an index from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    indices: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// Returns a vocabulary of [`LINE_END`], [`RARE`], and the words that occur at least
    /// `at_least` times, in alphabetical order.
    pub fn new(lines: &[Vec<String>], at_least: usize) -> Self {
        let mut counts = BTreeMap::<&str, usize>::new();
        for word in lines.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let frequent =
            counts.into_iter().filter(|&(word, n)| n >= at_least && word != LINE_END);
        let words: Vec<String> = [LINE_END, RARE]
            .into_iter()
            .chain(frequent.map(|(word, _)| word))
            .map(str::to_owned)
            .collect();
        let indices = words.iter().cloned().zip(0..).collect();
        Vocabulary { words, indices }
    }

    /// Returns the number of words, which are the classes of a model.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns false: the end of a line and the rare word are always there.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Returns the index of a word, or that of [`RARE`] for an unknown word.
    pub fn index(&self, word: &str) -> usize {
        self.indices.get(word).copied().unwrap_or_else(|| self.indices[RARE])
    }

    /// Returns the word at an index.
    ///
    /// # Panics
    /// If there's no such word.
    pub fn word(&self, index: usize) -> &str {
        &self.words[index]
    }

    /// Returns each word of a passage as a label, with the two words before it as inputs.
    /// Two ends of lines come before the first word.
    ///
    /// ```
    /// use ndarray::array;
    /// use training::sonnets::{self, Vocabulary};
    ///
    /// let passage = &sonnets::embedded()[1].lines[..1];
    /// assert_eq!(passage[0].join(" "), "when forty winters shall besiege thy brow /");
    /// let vocabulary = Vocabulary::new(passage, 1);
    /// let windows = vocabulary.windows(&[passage]);
    /// assert_eq!(vocabulary.word(windows.labels[0]), "when");
    /// assert_eq!(vocabulary.word(windows.inputs[[3, 0]]), "forty");
    /// assert_eq!(vocabulary.word(windows.inputs[[3, 1]]), "winters");
    /// assert_eq!(vocabulary.word(windows.labels[3]), "shall");
    /// ```
    pub fn windows(&self, passages: &[&[Vec<String>]]) -> Examples<usize> {
        let mut inputs = Vec::new();
        let mut labels = Vec::new();
        for passage in passages {
            let mut before = [self.index(LINE_END); CONTEXT];
            for word in passage.iter().flatten() {
                let label = self.index(word);
                inputs.extend(before);
                labels.push(label);
                before = [before[1], label];
            }
        }
        let inputs = Array2::from_shape_vec((labels.len(), CONTEXT), inputs)
            .expect("each label came with its context");
        Examples { inputs, labels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sonnet_has_14_lines() {
        let sonnets = embedded();
        assert_eq!(sonnets.len(), 24);
        for sonnet in &sonnets {
            assert_eq!(sonnet.lines.len(), 14, "sonnet {}", sonnet.number);
            assert!(sonnet.lines.iter().flatten().all(|word| !word.is_empty()));
        }
    }

    #[test]
    fn a_word_that_is_not_frequent_is_rare() {
        let lines = [words("Love is not love"), words("Which alters when")];
        let vocabulary = Vocabulary::new(&lines, 2);
        assert_eq!(vocabulary.words, ["/", "...", "love"]);
        let windows = vocabulary.windows(&[&lines[..1]]);
        assert_eq!(windows.labels, [2, 1, 1, 2, 0]);
        assert_eq!(windows.inputs.row(0).to_vec(), [0, 0]);
        assert_eq!(windows.inputs.row(4).to_vec(), [1, 2]);
    }
}
