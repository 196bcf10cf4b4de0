//! Binary cross-entropy with logits, as the case of two classes.

use crate::{Backend, CrossEntropy, Error, Reduction};

/// Binary cross-entropy from one logit per row: the two-class case with logits `[0, x]`.
///
/// With the sigmoid `p = 1 / (1 + exp(-x))`, a target `t` from 0 to 1 and the weight
/// `pos_weight` of the positive class, a row costs
///
/// ```text
/// loss = -(pos_weight t ln p + (1 - t) ln(1 - p))
/// ```
///
/// That's the loss of the row `[0, x]` with the target weights `[1 - t, pos_weight t]`,
/// so every backend computes it as exactly as cross-entropy, and only one formula has to
/// be right. PyTorch calls this loss `nn.BCEWithLogitsLoss`.
///
/// A mean divides by the number of rows, whatever `pos_weight` is. For a logit of `-inf`,
/// p is 0; for NaN and `+inf`, the result is NaN, as in any row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinaryCrossEntropy {
    pos_weight: f32,
    reduction: Reduction,
}

impl Default for BinaryCrossEntropy {
    /// Returns the loss with `pos_weight` 1 and the mean over the rows.
    fn default() -> Self {
        BinaryCrossEntropy { pos_weight: 1.0, reduction: Reduction::Mean }
    }
}

impl BinaryCrossEntropy {
    /// Sets the weight that multiplies the loss of the positive class.
    ///
    /// # Errors
    /// [`Error::PosWeight`] if the weight is negative, infinite or NaN.
    pub fn pos_weight(mut self, pos_weight: f32) -> Result<Self, Error> {
        if !(pos_weight.is_finite() && pos_weight >= 0.0) {
            return Err(Error::PosWeight { pos_weight });
        }
        self.pos_weight = pos_weight;
        Ok(self)
    }

    /// Chooses how the losses of the rows become one number.
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// Returns the reduced loss of `logits` and `targets`, one of each per row, in nats.
    ///
    /// # Errors
    /// [`Error::BinaryTargetCount`] if their lengths differ, [`Error::BinaryTarget`] if a
    /// target is outside 0 to 1, [`Error::MeanOfNothing`] for a mean over no rows.
    pub fn forward(
        &self,
        backend: &dyn Backend,
        logits: &[f32],
        targets: &[f32],
    ) -> Result<f32, Error> {
        let rows = TwoClasses::new(logits, targets)?;
        let loss = self.cross_entropy()?;
        Ok(backend.forward(&loss.batch(&rows.logits, &rows.targets, 2)?))
    }

    /// Returns the reduced loss, and fills `grad` with its derivative with respect to
    /// each logit, one number per row.
    ///
    /// # Errors
    /// The errors of [`BinaryCrossEntropy::forward`], and [`Error::OutputLength`] if
    /// `grad` and `logits` differ in length.
    pub fn forward_backward(
        &self,
        backend: &dyn Backend,
        logits: &[f32],
        targets: &[f32],
        grad: &mut [f32],
    ) -> Result<f32, Error> {
        if grad.len() != logits.len() {
            let (length, expected) = (grad.len(), logits.len());
            return Err(Error::OutputLength { output: "grad", length, expected });
        }
        let rows = TwoClasses::new(logits, targets)?;
        let loss = self.cross_entropy()?;
        let batch = loss.batch(&rows.logits, &rows.targets, 2)?;
        let mut grad_of_both = vec![0.0; rows.logits.len()];
        let value = backend.forward_backward(batch.grad_out(&mut grad_of_both)?);
        for (grad, [_, of_x]) in grad.iter_mut().zip(grad_of_both.as_chunks().0) {
            *grad = *of_x;
        }
        Ok(value)
    }

    fn cross_entropy(&self) -> Result<CrossEntropy, Error> {
        let loss = CrossEntropy::default().reduction(self.reduction);
        loss.class_weights([1.0, self.pos_weight])
    }
}

/// The rows with two classes each: logits `[0, x]`, distributions `[1 - t, t]`.
struct TwoClasses {
    logits: Vec<f32>,
    targets: Vec<f32>,
}

impl TwoClasses {
    fn new(logits: &[f32], targets: &[f32]) -> Result<Self, Error> {
        if targets.len() != logits.len() {
            let (targets, logits) = (targets.len(), logits.len());
            return Err(Error::BinaryTargetCount { targets, logits });
        }
        for (row, &target) in targets.iter().enumerate() {
            if !(0.0..=1.0).contains(&target) {
                return Err(Error::BinaryTarget { row, target });
            }
        }
        Ok(TwoClasses {
            logits: logits.iter().flat_map(|&x| [0.0, x]).collect(),
            targets: targets.iter().flat_map(|&t| [1.0 - t, t]).collect(),
        })
    }
}
