//! The last layer of a language model and its loss, without its logits.
//!
//! The logits of N rows, `hidden weights^T + bias`, are N x C numbers, and their gradient has
//! as many: for a vocabulary of 128256 and 8192 rows, each takes four gigabytes. You need
//! neither: you need the gradients of the hidden rows (N x D), of the weights (C x D) and of the
//! bias. So the head makes some logits at a time, uses them, and forgets them. Wijmans et al.
//! (2024), *Cut Your Losses in Large-Vocabulary Language Models*, do the same on a GPU.
//!
//! | schedule | logits at a time | products |
//! |---|---|---|
//! | [`Schedule::Rows`] | some rows, all classes | 3: logits, and two gradients |
//! | [`Schedule::Vocabulary`] | some rows, some classes | 4: the logits twice |
//!
//! With all classes of a row at hand, the head finishes the row at once. With some of them, a
//! first pass finds the max and the rest of each row, merged from block to block, and a second
//! pass makes the logits again. Ignored rows are left out of the products. The crate `faer`
//! computes the products, which take most of the time.
//!
//! The loss and the gradient of the bias are summed over the rows in `f64`. The gradient of
//! the weights isn't: its C x D sums would take twice the memory. It's a sum of `f32`
//! products, one for each block of rows, so it loses a rounding of 2^-24 for each block,
//! in addition to the roundings inside a product.
//!
//! ```
//! use backend::CrossEntropy;
//! use batched::Batched;
//! use batched::linear_head::{LinearHead, Schedule};
//! use ndarray::array;
//!
//! let (hidden, weights) = (array![[1.0, 2.0]], array![[0.0, 1.0], [1.0, 0.0]]);
//! let head = LinearHead::new(hidden.view(), weights.view())?;
//! let mut grads = head.zero_grads();
//! let loss = Batched::default().head_loss_and_grads(
//!     &CrossEntropy::default(),
//!     &head,
//!     &[0],
//!     Schedule::default(),
//!     &mut grads,
//! )?;
//! assert_eq!(loss, 0.313_261_7); // of the logits [2, 1]
//! assert_eq!(grads.hidden, array![[0.268_941_4, -0.268_941_4]]);
//! # Ok::<(), batched::ArrayError>(())
//! ```

mod kept;
mod product;
mod rows;
mod vocabulary;

use backend::{CrossEntropy, Targets};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, CowArray, Ix2};

use crate::{ArrayError, Batched};

/// A linear layer whose outputs are logits, together with its input rows.
#[derive(Clone, Debug)]
pub struct LinearHead<'a> {
    /// The hidden rows, N x D.
    hidden: CowArray<'a, f32, Ix2>,
    /// The weights, C x D.
    weights: CowArray<'a, f32, Ix2>,
    /// The bias, C numbers.
    bias: Option<ArrayView1<'a, f32>>,
}

/// The gradients of a [`LinearHead`].
#[derive(Clone, Debug, PartialEq)]
pub struct HeadGrads {
    /// The gradient of the hidden rows, N x D.
    pub hidden: Array2<f32>,
    /// The gradient of the weights, C x D.
    pub weights: Array2<f32>,
    /// The gradient of the bias, C numbers, if the layer has a bias.
    pub bias: Option<Array1<f32>>,
}

/// The choice of the logits that are held at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// All classes of this many rows: the fast schedule. With fewer than 256 rows, reading and
    /// writing the gradient of the weights once for all of them costs more than it saves.
    Rows(usize),
    /// This many classes of [`BLOCK_ROWS`] rows: the schedule with the least memory.
    Vocabulary(usize),
}

/// The number of rows in a block of [`Schedule::Vocabulary`].
pub const BLOCK_ROWS: usize = 1024;

impl Default for Schedule {
    fn default() -> Self {
        Schedule::Rows(256)
    }
}

impl<'a> LinearHead<'a> {
    /// Makes a head from hidden rows, N x D, and weights, C x D.
    ///
    /// An array that isn't row-major is copied.
    ///
    /// # Errors
    /// [`ArrayError::Shape`] if the two arrays don't agree on D.
    pub fn new(
        hidden: ArrayView2<'a, f32>,
        weights: ArrayView2<'a, f32>,
    ) -> Result<Self, ArrayError> {
        if weights.ncols() != hidden.ncols() {
            let (shape, expected) = (weights.dim(), (weights.nrows(), hidden.ncols()));
            return Err(ArrayError::Shape { array: "weights", shape, expected });
        }
        Ok(LinearHead {
            hidden: row_major(hidden),
            weights: row_major(weights),
            bias: None,
        })
    }

    /// Adds a bias, one number for each class.
    ///
    /// # Errors
    /// [`ArrayError::Length`] if the bias has a different length.
    pub fn with_bias(self, bias: ArrayView1<'a, f32>) -> Result<Self, ArrayError> {
        let (length, expected) = (bias.len(), self.classes());
        if length != expected {
            return Err(ArrayError::Length { array: "bias", length, expected });
        }
        Ok(LinearHead { bias: Some(bias), ..self })
    }

    /// Returns gradients of the right shapes, all 0.
    pub fn zero_grads(&self) -> HeadGrads {
        HeadGrads {
            hidden: Array2::zeros(self.hidden.dim()),
            weights: Array2::zeros(self.weights.dim()),
            bias: self.bias.map(|bias| Array1::zeros(bias.len())),
        }
    }

    fn rows(&self) -> usize {
        self.hidden.nrows()
    }

    fn classes(&self) -> usize {
        self.weights.nrows()
    }

    /// Adds the bias to the logits `z` of a row, which begin at the class `first`.
    fn add_bias(&self, z: &mut [f32], first: usize) {
        if let Some(bias) = self.bias {
            z.iter_mut().zip(bias.iter().skip(first)).for_each(|(z, b)| *z += b);
        }
    }

    fn check(&self, grads: &HeadGrads) -> Result<(), ArrayError> {
        let arrays = [
            ("grads.hidden", &grads.hidden, self.hidden.dim()),
            ("grads.weights", &grads.weights, self.weights.dim()),
        ];
        for (array, grad, expected) in arrays {
            if grad.dim() != expected {
                let shape = grad.dim();
                return Err(ArrayError::Shape { array, shape, expected });
            }
            if !grad.is_standard_layout() {
                return Err(ArrayError::Layout { array });
            }
        }
        match (&grads.bias, self.bias) {
            (None, None) => Ok(()),
            (Some(grad), Some(bias)) if grad.len() == bias.len() => Ok(()),
            (Some(grad), Some(bias)) => {
                let (length, expected) = (grad.len(), bias.len());
                Err(ArrayError::Length { array: "grads.bias", length, expected })
            }
            (_, of_layer) => {
                Err(ArrayError::BiasGradient { of_layer: of_layer.is_some() })
            }
        }
    }
}

impl Batched {
    /// Returns the reduced loss of the logits of a head, in nats.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`].
    pub fn head_loss<'a>(
        &self,
        loss: &'a CrossEntropy,
        head: &LinearHead<'_>,
        targets: impl Into<Targets<'a>>,
        schedule: Schedule,
    ) -> Result<f32, ArrayError> {
        self.head(loss, head, targets.into(), schedule, None)
    }

    /// Returns the reduced loss of the logits of a head, and fills `grads` with its gradients.
    ///
    /// # Errors
    /// The errors of [`CrossEntropy::batch`], and any other [`ArrayError`] if `grads` isn't like
    /// the gradients of [`LinearHead::zero_grads`].
    pub fn head_loss_and_grads<'a>(
        &self,
        loss: &'a CrossEntropy,
        head: &LinearHead<'_>,
        targets: impl Into<Targets<'a>>,
        schedule: Schedule,
        grads: &mut HeadGrads,
    ) -> Result<f32, ArrayError> {
        head.check(grads)?;
        self.head(loss, head, targets.into(), schedule, Some(grads))
    }

    fn head(
        &self,
        loss: &CrossEntropy,
        head: &LinearHead<'_>,
        targets: Targets<'_>,
        schedule: Schedule,
        mut grads: Option<&mut HeadGrads>,
    ) -> Result<f32, ArrayError> {
        let terms = loss.terms(targets, head.rows(), head.classes())?;
        if let Some(grads) = &mut grads {
            grads.hidden.fill(0.0);
            grads.weights.fill(0.0);
        }
        let bias = grads.as_ref().and(head.bias);
        let mut of_bias = vec![0.0; bias.map_or(0, |bias| bias.len())];
        let (filled, of_bias_sum) = (grads.as_deref_mut(), &mut of_bias);
        let run = || match schedule {
            Schedule::Rows(rows) => {
                rows::run(self, &terms, head, rows.max(1), filled, of_bias_sum)
            }
            Schedule::Vocabulary(classes) => {
                vocabulary::run(self, &terms, head, classes.max(1), filled, of_bias_sum)
            }
        };
        let sum = self.pool.install(run)?;
        if let Some(bias) = grads.and_then(|grads| grads.bias.as_mut()) {
            bias.iter_mut().zip(of_bias).for_each(|(g, sum)| *g = sum as f32);
        }
        Ok(terms.reduced(sum))
    }
}

fn row_major(array: ArrayView2<'_, f32>) -> CowArray<'_, f32, Ix2> {
    if array.is_standard_layout() {
        CowArray::from(array)
    } else {
        CowArray::from(array.as_standard_layout().into_owned())
    }
}
