//! Examples for a model: inputs of any type, with their labels.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

/// N rows of inputs, and a label for each row.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples<T> {
    /// The inputs, N x D: pixels, or the words before a word.
    pub inputs: Array2<T>,
    /// The N labels.
    pub labels: Vec<usize>,
}

impl<T: Clone> Examples<T> {
    /// Returns the number of examples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether there are no examples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the examples at these indices, in the order given.
    ///
    /// # Panics
    /// If an index isn't below [`Examples::len`].
    pub fn select(&self, indices: &[usize]) -> Self {
        Examples {
            inputs: self.inputs.select(Axis(0), indices),
            labels: indices.iter().map(|&i| self.labels[i]).collect(),
        }
    }

    /// Shuffles the examples by the seed, holds a fifth of them back, and returns the
    /// examples to learn from and those to test on.
    pub fn split(&self, seed: u64) -> (Self, Self) {
        let order = shuffled(self.len(), &mut Xoshiro256PlusPlus::seed_from_u64(seed));
        let (test, train) = order.split_at(self.len() / 5);
        (self.select(train), self.select(test))
    }
}

/// Returns the numbers below `count`, in random order.
pub(crate) fn shuffled(count: usize, generator: &mut Xoshiro256PlusPlus) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.shuffle(generator);
    order
}
