//! The chapters of the course, to which every law points.

use std::fmt;

/// A chapter by its number and title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// From 0.
    pub number: u8,
    /// As in the table of contents.
    pub title: &'static str,
}

impl fmt::Display for Chapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chapter {}, \"{}\"", self.number, self.title)
    }
}

const fn chapter(number: u8, title: &'static str) -> Chapter {
    Chapter { number, title }
}

pub(crate) const SURPRISE: Chapter = chapter(1, "The price of surprise");
pub(crate) const SOFTMAX: Chapter = chapter(2, "Scores to probabilities");
pub(crate) const P_MINUS_Y: Chapter = chapter(4, "p minus y");
pub(crate) const DIFFERENTIATE: Chapter = chapter(5, "Trust, but differentiate");
pub(crate) const CONTRACT: Chapter = chapter(6, "The contract");
pub(crate) const OVERFLOW: Chapter = chapter(8, "When floats lie: overflow");
pub(crate) const OFFSET: Chapter = chapter(9, "When floats lie: the offset");
pub(crate) const TAIL: Chapter = chapter(10, "When floats lie: the tail");
pub(crate) const TARGETS: Chapter = chapter(11, "Targets that are not labels");
pub(crate) const SMOOTHING: Chapter = chapter(12, "Label smoothing");
pub(crate) const LANES: Chapter = chapter(13, "Stage 2: let the compiler vectorize");
pub(crate) const ELSEWHERE: Chapter = chapter(20, "The same call elsewhere");
pub(crate) const MUSEUM: Chapter = chapter(21, "A museum of real bugs");
