//! A language model, which predicts a word from the words before it.

use std::iter::zip;

use ndarray::{Array2, Axis};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use crate::{Linear, Model, Network};

/// An embedding and a [`Network`] on it (Bengio et al. 2003). The embedding looks up each word
/// of the context, and the vectors that it finds, side by side, are the inputs of the network.
///
/// C is the number of words, and E the length of a vector.
#[derive(Clone, Debug, PartialEq)]
pub struct LanguageModel {
    /// The vectors of the words, C x E, a row for each word.
    pub embedding: Array2<f32>,
    /// The network from the vectors of the context to a logit for each word.
    pub network: Network,
}

/// The results of all layers before the last, which a backward pass needs.
#[derive(Clone, Debug, PartialEq)]
pub struct BelowHead {
    /// The vectors of each context, side by side.
    pub vectors: Array2<f32>,
    /// The values of the hidden units, the inputs of the last layer.
    pub hidden_units: Array2<f32>,
}

impl LanguageModel {
    /// Returns a model with random weights that sees `context` words before each word.
    pub fn random(
        words: usize,
        context: usize,
        embedding: usize,
        hidden: usize,
        generator: &mut Xoshiro256PlusPlus,
    ) -> Self {
        LanguageModel {
            embedding: Array2::from_shape_simple_fn((words, embedding), || {
                generator.random_range(-1.0..=1.0)
            }),
            network: Network::random(context * embedding, hidden, words, generator),
        }
    }

    /// Returns the results of all layers before the last.
    pub fn below_head(&self, contexts: &Array2<usize>) -> BelowHead {
        let vectors = self.looked_up(contexts);
        let hidden_units = self.network.hidden_units(&vectors);
        BelowHead { vectors, hidden_units }
    }

    /// Returns the gradient for all weights, given those for the last layer and for its inputs.
    pub fn backward_from_head(
        &self,
        contexts: &Array2<usize>,
        kept: &BelowHead,
        output: Linear,
        by_hidden: Array2<f32>,
    ) -> Self {
        let by_first = Network::by_first_outputs(&kept.hidden_units, by_hidden);
        let by_vectors = self.network.hidden.by_inputs(&by_first);
        let hidden = Linear::gradient(&kept.vectors, &by_first);
        LanguageModel {
            embedding: self.by_embedding(contexts, &by_vectors),
            network: Network { hidden, output },
        }
    }

    fn looked_up(&self, contexts: &Array2<usize>) -> Array2<f32> {
        let length = self.embedding.ncols();
        let mut vectors = Array2::zeros((contexts.nrows(), contexts.ncols() * length));
        for (mut row, words) in zip(vectors.rows_mut(), contexts.rows()) {
            for (mut vector, &word) in
                zip(row.axis_chunks_iter_mut(Axis(0), length), words)
            {
                vector.assign(&self.embedding.row(word));
            }
        }
        vectors
    }

    /// Returns the gradient for the embedding. The slopes of each vector go to the row
    /// that was looked up, and a word that was looked up twice collects both.
    fn by_embedding(
        &self,
        contexts: &Array2<usize>,
        by_vectors: &Array2<f32>,
    ) -> Array2<f32> {
        let length = self.embedding.ncols();
        let mut by_embedding = Array2::zeros(self.embedding.dim());
        for (row, words) in zip(by_vectors.rows(), contexts.rows()) {
            for (slopes, &word) in zip(row.axis_chunks_iter(Axis(0), length), words) {
                let mut of_word = by_embedding.row_mut(word);
                of_word += &slopes;
            }
        }
        by_embedding
    }
}

impl Model for LanguageModel {
    type Input = usize;
    type Kept = BelowHead;

    fn forward(&self, contexts: &Array2<usize>) -> (Array2<f32>, BelowHead) {
        let kept = self.below_head(contexts);
        (self.network.output.outputs(&kept.hidden_units), kept)
    }

    fn backward(
        &self,
        contexts: &Array2<usize>,
        kept: &BelowHead,
        by_logits: &Array2<f32>,
    ) -> Self {
        let output = Linear::gradient(&kept.hidden_units, by_logits);
        let by_hidden = self.network.output.by_inputs(by_logits);
        self.backward_from_head(contexts, kept, output, by_hidden)
    }

    fn weights(&self) -> Vec<&[f32]> {
        let embedding = self.embedding.as_slice().expect("an embedding is row-major");
        [vec![embedding], self.network.weights()].concat()
    }

    fn weights_mut(&mut self) -> Vec<&mut [f32]> {
        let embedding = self.embedding.as_slice_mut().expect("an embedding is row-major");
        [embedding].into_iter().chain(self.network.weights_mut()).collect()
    }
}
