//! The course as a program: the list of its stages, the tour behind `cargo run`, the
//! experiments behind `cargo run -- experiment`, the exercises behind `cargo learn`, and the
//! race behind `cargo bench`.
//!
//! [`stages`] is the one list of backends. The tour, the experiments, the
//! [`race`](mod@race), and whatever else compares stages take a list of boxed backends, so
//! that one's own joins with a line.
#![forbid(unsafe_code)]

mod chart;
pub mod experiments;
pub mod facts;
pub mod learn;
pub mod markdown;
pub mod race;
pub mod text;
pub mod tour;

use backend::Backend;

/// Every stage of the course, in the order in which it is built.
pub fn stages() -> Vec<Box<dyn Backend>> {
    vec![
        Box::new(scalar::Scalar),
        Box::new(vectorized::Vectorized::default()),
        Box::new(batched::Batched::default()),
    ]
}
