//! Examples: inputs with their labels, whatever the inputs are.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// N rows of inputs, and a label for each.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples<T> {
    /// N x D: pixels, or the words before a word.
    pub inputs: Array2<T>,
    /// N.
    pub labels: Vec<usize>,
}

impl<T: Clone> Examples<T> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Some of them, in the order given.
    ///
    /// # Panics
    /// If an index is not below [`Examples::len`].
    pub fn select(&self, indices: &[usize]) -> Self {
        Examples {
            inputs: self.inputs.select(Axis(0), indices),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }

    /// Shuffles by the seed, and holds a fifth back: those to learn from, and those to be
    /// tested on.
    pub fn split(&self, seed: u64) -> (Self, Self) {
        let order = shuffled(self.len(), &mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let (test, train) = order.split_at(self.len() / 5);
        (self.select(train), self.select(test))
    }
}

/// The numbers below `count`, in random order.
pub(crate) fn shuffled(count: usize, generator: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(generator);
    order
}
