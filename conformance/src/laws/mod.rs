//! The laws. Each is a function that returns a [`Law`]: its name, its reason, the mistake
//! that most often breaks it, and the check that the function's comment describes.
//!
//! | module | topic of its laws |
//! |---|---|
//! | [`definition`] | the loss is `-ln p_y`, and its gradient is `p - y` |
//! | [`contract`] | rows are independent, buffers are overwritten, the methods agree |
//! | [`overflow`] | the max, masks, NaN and infinities |
//! | [`offset`] | large numbers that cancel |
//! | [`tail`] | small numbers next to a 1 |
//! | [`targets`] | distributions, class weights, ignored rows, reductions |
//! | [`smoothing`] | both conventions, and all options together |
//! | [`published`] | the golden cases, and those of ONNX |
//!
//! A law that isn't about exactness leaves room for rounding (`roughly`), so that it
//! fails only for its own reason. A law about exactness grants the bounds of
//! [`tolerance`](crate::tolerance) and nothing more.

pub mod contract;
pub mod definition;
pub mod offset;
pub mod overflow;
pub mod published;
pub mod smoothing;
pub mod tail;
pub mod targets;

pub use contract::*;
pub use definition::*;
pub use offset::*;
pub use overflow::*;
pub use published::*;
pub use smoothing::*;
pub use tail::*;
pub use targets::*;

use crate::law::Law;

/// Returns every law, in the order of the list in `suite.rs`, which is the order of the
/// book.
pub fn all() -> Vec<Law> {
    crate::suite!(@every laws)
}

#[cfg(test)]
mod tests {
    use crate::suite::NAMES;

    #[test]
    fn every_law_has_the_name_of_its_function() {
        let names = super::all().into_iter().map(|law| law.name);
        assert_eq!(names.collect::<Vec<_>>(), NAMES);
    }
}
