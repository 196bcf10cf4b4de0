//! The methods of the backend, each as work that is compiled for every instruction set.
//!
//! Kernels of a batch go over its rows in order, and the reference that served the rows before is
//! the guess for the next. Kernels of one row begin with the guess 0, so that no other row matters.

use backend::{Batch, GradOut, Logits, LossesOut, Row, SoftmaxOut};

use crate::exp::Reference;
use crate::in_f64::ln_1p;
use crate::instructions::Kernel;
use crate::passes::{self, Passes};
use crate::together::{Together, groups, rows_together};
use crate::{cross_entropy, softmax};

/// What `softmax` does.
pub(crate) struct Softmax<'a>(pub(crate) SoftmaxOut<'a>);

impl Kernel for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut reference = Reference::near(0.0);
        for (z, p) in self.0.rows() {
            reference = softmax::softmax::<FMA>(z, reference, p);
        }
    }
}

/// What `log_softmax` does.
pub(crate) struct LogSoftmax<'a>(pub(crate) SoftmaxOut<'a>);

impl Kernel for LogSoftmax<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(mut self) {
        let mut reference = Reference::near(0.0);
        for (z, log_p) in self.0.rows() {
            reference = softmax::log_softmax::<FMA>(z, reference, log_p);
        }
    }
}

/// What `losses` does.
pub(crate) struct Losses<'a>(pub(crate) LossesOut<'a>);

impl Kernel for Losses<'_> {
    type Output = ();

    #[inline(always)]
    fn run<const FMA: bool>(self) {
        let (batch, losses) = self.0.into_parts();
        let mut together = Together::new();
        let count = rows_together(batch.classes());
        for (rows, losses) in groups(&batch, count).zip(losses.chunks_mut(count)) {
            let of_rows = together.losses::<FMA>(&batch, rows);
            for (out, loss) in losses.iter_mut().zip(of_rows) {
                *out = loss as f32;
            }
        }
    }
}

/// What `sum_of_losses` does.
pub(crate) struct SumOfLosses<'a>(pub(crate) &'a Batch<'a>);

impl Kernel for SumOfLosses<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let (mut sum, mut together) = (0.0, Together::new());
        for rows in groups(self.0, rows_together(self.0.classes())) {
            sum += together.losses::<FMA>(self.0, rows).iter().sum::<f64>();
        }
        sum
    }
}

/// What `backward_with_sum` does.
pub(crate) struct BackwardWithSum<'a>(pub(crate) GradOut<'a>);

impl Kernel for BackwardWithSum<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let (batch, grad) = self.0.into_parts();
        let count = rows_together(batch.classes());
        let (mut sum, mut together) = (0.0, Together::new());
        let grads = grad.chunks_mut(count * batch.classes());
        for (rows, grads) in groups(&batch, count).zip(grads) {
            sum += together.gradients::<FMA>(&batch, rows, grads);
        }
        sum
    }
}

/// The loss of one row, 0 if it's ignored.
pub(crate) struct LossOfRow<'a>(pub(crate) Option<Row<'a>>);

impl Kernel for LossOfRow<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        // No `map_or`: a closure is compiled for the baseline.
        let Some(row) = self.0 else { return 0.0 };
        cross_entropy::loss::<FMA>(row, Reference::near(0.0)).0
    }
}

/// The gradient of one row, and its loss.
pub(crate) struct GradientOfRow<'a> {
    pub(crate) row: Option<Row<'a>>,
    pub(crate) divisor: f64,
    pub(crate) grad: &'a mut [f32],
}

impl Kernel for GradientOfRow<'_> {
    type Output = f64;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> f64 {
        let GradientOfRow { row, divisor, grad } = self;
        let Some(row) = row else {
            grad.fill(0.0);
            return 0.0;
        };
        cross_entropy::gradient::<FMA>(row, Reference::near(0.0), divisor, grad).0
    }
}

/// What [`Vectorized::log_norms`](crate::Vectorized::log_norms) does.
pub(crate) struct LogNorms<'a>(pub(crate) Passes, pub(crate) Logits<'a>);

impl Kernel for LogNorms<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn run<const FMA: bool>(self) -> Vec<f32> {
        let LogNorms(passes, logits) = self;
        let mut reference = Reference::near(0.0);
        let mut log_norms = Vec::with_capacity(logits.rows());
        for z in logits.iter() {
            let rest = match passes {
                Passes::Two => passes::two::<FMA>(z).rest,
                Passes::Online => passes::online::<FMA>(z).rest,
                Passes::One => {
                    let row = softmax::rest::<FMA>(z, reference);
                    reference = row.reference;
                    row.rest
                }
            };
            log_norms.push(ln_1p::<FMA>(rest) as f32);
        }
        log_norms
    }
}
