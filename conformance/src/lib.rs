//! The laws: tests that tell whether a backend computes cross-entropy correctly.
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
//! This line makes one `#[test]` of each law in [`laws`]. A law that doesn't hold prints
//! the input, the wrong and the right result, the error in ulp, the likely mistake, and
//! the page of the book that explains the law.
//!
//! # The chain of trust
//!
//! Why should you believe the suite? Each link is tested by the link before it:
//!
//! 1. numbers that you can check by hand, including the target weights of every option,
//!    and 206 cases computed with 50 digits;
//! 2. the [`oracle`], which agrees with these numbers, and whose gradient agrees with the
//!    finite differences of its own loss;
//! 3. the [`laws`], which hold a backend against the oracle, with inputs that never come
//!    from the code under test;
//! 4. the [`mutants`], mistakes from real projects: each is a small wrong backend, and
//!    the law that it names must catch it.
//!
//! `cargo run --example laws_against_mutants` prints the table of laws
//! against mutants.
//!
//! # Where to read on
//!
//! [`tolerance`] says how exact a result must be, and [`law`] how a failure is reported.
//! Then read the modules of [`laws`], each of which begins with its topic.
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
