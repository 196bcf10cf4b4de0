//! Mistakes from real projects, each a small wrong backend that the laws must catch.
//!
//! A test suite is only worth the mistakes that it rejects. Each [`Mutant`] is a right
//! backend except for one mistake, names the law that must catch it, and says where the
//! mistake was seen. Tests prove that the named law does catch it, and that every law
//! catches something: a mutant that passes an ordinary test, on random logits of ordinary
//! size, or a mutant that names this law.

mod definition;
mod floats;
mod recipe;
mod targets;

use approx::relative_eq;
use backend::{Backend, Batch, GradOut, LossesOut, SoftmaxOut};

use crate::compare::{backward, forward_backward, softmax};
use crate::oracle;
use crate::random::Random;
use recipe::{Matrix, Recipe};

/// A backend with one mistake.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// The name, which describes the mistake.
    pub name: &'static str,
    /// The mistake, and where it was seen.
    pub mistake: &'static str,
    /// The name of the law that must catch it.
    pub law: &'static str,
    recipe: Recipe,
}

/// Returns every mutant.
pub fn all() -> Vec<Mutant> {
    [definition::mutants(), floats::mutants(), targets::mutants()].concat()
}

/// Returns a backend that obeys every law. Each mutant is a copy with one mistake.
pub fn without_a_mistake() -> Mutant {
    Mutant { name: "right", mistake: "none", law: "", recipe: Recipe::RIGHT }
}

/// Runs the test that most projects have: it compares a batch of random logits with the
/// formula, to five digits.
pub fn passes_an_ordinary_test(backend: &dyn Backend) -> bool {
    let case = Random::new(1).labels(8, 16, 3.0);
    let expected = oracle::expected(&case.batch());
    let (loss, fused_grad) = forward_backward(backend, &case, 0.0);
    let p: Vec<f64> = softmax(backend, &case, 0.0).into_iter().map(f64::from).collect();
    let exact_p = case.batch().logits().iter().flat_map(oracle::log_probabilities);
    let near = |got: f64, exact: f64| {
        relative_eq!(got, exact, max_relative = 1e-5, epsilon = 1e-7)
    };
    let grad_is_near = |grad: &[f32]| {
        let mut pairs = grad.iter().zip(&expected.grad);
        pairs.all(|(&got, exact)| near(f64::from(got), exact.value))
    };
    near(f64::from(loss), expected.forward.value)
        && near(f64::from(backend.forward(&case.batch())), expected.forward.value)
        && grad_is_near(&fused_grad)
        && grad_is_near(&backward(backend, &case, 0.0))
        && p.into_iter().zip(exact_p).all(|(p, log_p)| near(p, log_p.exp()))
}

impl Backend for Mutant {
    fn name(&self) -> &str {
        self.name
    }

    fn softmax(&self, mut out: SoftmaxOut<'_>) {
        let matrix = Matrix::new(out.logits());
        for (z, p) in out.rows() {
            (self.recipe.softmax)(&self.recipe, z, &matrix, p);
        }
    }

    fn log_softmax(&self, mut out: SoftmaxOut<'_>) {
        let matrix = Matrix::new(out.logits());
        for (z, log_p) in out.rows() {
            (self.recipe.log_softmax)(&self.recipe, z, &matrix, log_p);
        }
    }

    fn losses(&self, out: LossesOut<'_>) {
        let (batch, losses) = out.into_parts();
        let divisor = (self.recipe.losses_divisor)(&batch);
        for (loss, exact) in losses.iter_mut().zip(self.recipe.losses(&batch)) {
            (self.recipe.store)(loss, exact / divisor);
        }
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        (self.recipe.sum)(&self.recipe.losses(batch)) / (self.recipe.sum_divisor)(batch)
    }

    fn backward(&self, out: GradOut<'_>) {
        let (batch, grad) = out.into_parts();
        let divisor = (self.recipe.grad_divisor)(&batch);
        let matrix = Matrix::new(batch.logits());
        for (i, grad) in grad.chunks_exact_mut(batch.classes()).enumerate() {
            match batch.row(i) {
                Some(row) => self.recipe.gradient(&row, &matrix, divisor, grad),
                None => (self.recipe.ignored_gradient)(batch.logits().row(i), grad),
            }
        }
    }

    fn forward(&self, batch: &Batch<'_>) -> f32 {
        (self.sum_of_losses(batch) / (self.recipe.divisor)(batch)) as f32
    }

    fn forward_backward(&self, out: GradOut<'_>) -> f32 {
        let divisor = (self.recipe.fused_divisor)(out.batch());
        (self.backward_with_sum(out) / divisor) as f32
    }
}
