//! e27, the fourth backend. Your task is at the top of tests/e27_fourth_backend.rs.

use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};

/// A backend of your own.
pub struct FourthBackend;

// Types, functions, constants: whatever your design needs.

impl Backend for FourthBackend {
    fn name(&self) -> &str {
        "fourth"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        todo!("the probabilities of {} rows", out.logits().rows())
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        todo!("the log-probabilities of {} rows", out.logits().rows())
    }

    fn losses(&self, out: LossesOut<'_>) {
        todo!("the losses of {} rows", out.into_parts().0.rows())
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        todo!("the sum of the losses of {} rows", batch.rows())
    }

    fn backward(&self, out: GradOut<'_>) {
        todo!("the gradient of {} rows", out.batch().rows())
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        todo!("the gradient of {} rows, and the sum of their losses", out.batch().rows())
    }
}
