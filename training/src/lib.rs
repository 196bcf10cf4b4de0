//! Training: models, and the loss that tells them which way to change.
//!
//! Models, optimizers, data and experiments belong here, and no more of them than the
//! digits and the sonnets need. Times belong to `bench`.
//!
//! A training step, [`train_step`], is five lines, the same with every backend:
//!
//! 1. the model makes logits from the inputs, [`Model::forward`];
//! 2. [`CrossEntropy::batch`](backend::CrossEntropy::batch) joins the logits with the labels;
//! 3. the backend fills the gradient of the loss with respect to the logits;
//! 4. the model turns it into the gradient with respect to its weights, [`Model::backward`];
//! 5. the optimizer takes a step against that gradient, [`Optimizer::step`].
//!
//! [`fit`] repeats these steps. There are three models: [`Linear`]; [`Network`], which is
//! two linear layers with a bend between them; and [`LanguageModel`], which is a network on
//! words that were looked up. There are two optimizers, [`Sgd`] and [`Adam`]. The data are
//! 1,797 real handwritten [`digits`] and 24 [`sonnets`], which the program carries with it.
//!
//! The [`experiments`], one file each, show what you can learn from them.
//!
//! ```
//! use backend::CrossEntropy;
//! use training::{Linear, TrainingSchedule, Score, Sgd, digits, fit};
//!
//! let (train, test) = digits::embedded().split(1);
//! let schedule = TrainingSchedule { epochs: 2, ..TrainingSchedule::default() };
//! let mut model = Linear::zeros(digits::PIXELS, digits::CLASSES);
//! let loss = CrossEntropy::default();
//! let backend = scalar::Scalar;
//! let mut sgd = Sgd { rate: 0.5 };
//! fit(&backend, &loss, schedule, &train, &mut model, &mut sgd, |_, _| Ok(()))?;
//! assert!(Score::of(&backend, &model, &test)?.accuracy > 0.85);
//! # anyhow::Ok(())
//! ```
#![forbid(unsafe_code)]

mod adam;
mod calibration;
mod clusters;
pub mod digits;
mod examples;
pub mod experiments;
mod fit;
mod language_model;
mod linear;
mod model;
mod network;
mod optimizer;
pub mod report;
mod sample;
mod sgd;
pub mod sonnets;
mod temperature;

pub use adam::Adam;
pub use calibration::{BINS, Bin, Calibration};
pub use examples::Examples;
pub use fit::{Epoch, TrainingSchedule, epochs, fit, train_step};
pub use language_model::{BelowHead, LanguageModel};
pub use linear::Linear;
pub use model::{Model, Score, row_major};
pub use network::Network;
pub use optimizer::Optimizer;
pub use sample::sample;
pub use sgd::Sgd;
