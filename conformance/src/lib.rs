//! When is an implementation of cross-entropy right? The laws, as tests for any backend.
//!
//! Laws, the oracle, known cases, and mutants belong here. A test of one stage's own promises,
//! such as its allocations, belongs to that stage.
//!
//! ```no_run
//! # struct Mine;
//! # impl backend::Backend for Mine {
//! #     fn name(&self) -> &str { "mine" }
//! #     fn softmax(&self, _: backend::SoftmaxOut<'_>) {}
//! #     fn log_softmax(&self, _: backend::SoftmaxOut<'_>) {}
//! #     fn losses(&self, _: backend::LossesOut<'_>) {}
//! #     fn sum_of_losses(&self, _: &backend::Batch<'_>) -> f64 { 0.0 }
//! #     fn backward(&self, _: backend::GradOut<'_>) {}
//! # }
//! #[cfg(test)]
//! conformance::suite!(Mine);
//! ```
//!
//! makes one `#[test]` of each law in [`laws`]. A law that does not hold prints the
//! input, what came out and what should have, the error in ulp, the mistake that is the
//! likely cause, and the page of the book that explains it.
//!
//! # The chain of trust
//!
//! Why believe the suite? Each link is tested by the one before it:
//!
//! 1. numbers that one can check by hand, the target weights of every option among them,
//!    and 206 cases computed with 50 digits;
//! 2. the [`oracle`], which agrees with them and, in its gradient, with the finite
//!    differences of its own loss;
//! 3. the [`laws`], which hold a backend against the oracle, with inputs that never come
//!    from the code under test;
//! 4. the [`mutants`]: mistakes from real projects, each a small wrong backend, each of
//!    which must be caught by the law that it names.
//!
//! `cargo run --example laws_against_mutants` prints the table of laws
//! against mutants.
//!
//! # Where to read on
//!
//! [`tolerance`] says how exact a result must be; [`law`] how a failure is told; then the
//! modules of [`laws`], each of which begins with what it is about.
#![forbid(unsafe_code)]

pub mod case;
mod compare;
pub mod golden;
pub mod law;
pub mod laws;
pub mod mutants;
pub mod onnx;
pub mod oracle;
pub mod random;
pub mod search;
mod suite;
pub mod tolerance;

pub use law::uphold;
