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

/// In the order of the book, from 0.
const TITLES: [&str; 24] = [
    "Five minutes to green",
    "The price of surprise",
    "Scores to probabilities",
    "Where the loss comes from",
    "p minus y",
    "Trust, but differentiate",
    "The contract",
    "Stage 1: one number at a time",
    "When floats lie: overflow",
    "When floats lie: the offset",
    "When floats lie: the tail",
    "Targets that are not labels",
    "Label smoothing",
    "Stage 2: let the compiler vectorize",
    "An exponential for sixteen lanes",
    "Passes over memory",
    "Stage 3: the whole batch",
    "Never build the logits",
    "Measuring honestly",
    "It trains",
    "The same call elsewhere",
    "A museum of real bugs",
    "Relatives",
    "Capstone: the fourth backend",
];

impl Chapter {
    /// The chapter of a number, if there is one.
    pub fn numbered(number: u8) -> Option<Self> {
        TITLES.get(usize::from(number)).map(|title| Chapter { number, title })
    }
}

const fn chapter(number: u8) -> Chapter {
    Chapter { number, title: TITLES[number as usize] }
}

pub(crate) const SURPRISE: Chapter = chapter(1);
pub(crate) const SOFTMAX: Chapter = chapter(2);
pub(crate) const P_MINUS_Y: Chapter = chapter(4);
pub(crate) const DIFFERENTIATE: Chapter = chapter(5);
pub(crate) const CONTRACT: Chapter = chapter(6);
pub(crate) const OVERFLOW: Chapter = chapter(8);
pub(crate) const OFFSET: Chapter = chapter(9);
pub(crate) const TAIL: Chapter = chapter(10);
pub(crate) const TARGETS: Chapter = chapter(11);
pub(crate) const SMOOTHING: Chapter = chapter(12);
pub(crate) const LANES: Chapter = chapter(13);
pub(crate) const ELSEWHERE: Chapter = chapter(20);
pub(crate) const MUSEUM: Chapter = chapter(21);
