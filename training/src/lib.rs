//! What a loss is for: it tells a model which way to change.
//!
//! A training step is five lines, the same with every backend:
//!
//! 1. the model makes logits of the inputs, [`Linear::logits`];
//! 2. [`CrossEntropy::batch`](backend::CrossEntropy::batch) joins them with the labels;
//! 3. the backend fills the gradient of the loss by the logits;
//! 4. the model turns it into the gradient by its weights, [`LinearGradient::new`];
//! 5. the optimizer takes a step against it, [`Sgd::step`].
//!
//! [`fit`] repeats them. The data are 1,797 real handwritten digits, [`Digits`], which
//! the program carries with it.
//!
//! ```
//! use backend::CrossEntropy;
//! use training::{Digits, Schedule, fit};
//!
//! let (train, test) = Digits::embedded()?.split(1);
//! let schedule = Schedule { epochs: 2, ..Schedule::default() };
//! let model = fit(&scalar::Scalar, &CrossEntropy::default(), &train, schedule, |_| {})?;
//! assert!(model.accuracy(&test)? > 0.85);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod digits;
mod fit;
mod linear;
mod sgd;

pub use digits::{DataError, Digits, PIXELS};
pub use fit::{Epoch, Schedule, fit};
pub use linear::{Linear, LinearGradient};
pub use sgd::Sgd;
