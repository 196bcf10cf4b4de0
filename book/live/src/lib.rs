//! What the live figures of the book compute: the scalar stage, under the reader's finger.
//!
//! A figure is a function from numbers to numbers. Its inputs are what sliders and switches
//! say; its outputs are what bars, dots and digits show. The same function draws the picture
//! when the book is built, is compiled to WebAssembly for the page (`stage.wasm`), and is
//! compared with that by a test. Nothing is drawn here, and no page knows it: `book/figures`
//! draws, and one script moves the marks.
//!
//! | module | what the reader moves |
//! |---|---|
//! | [`quiz`] | the probabilities of five answers |
//! | [`binary`] | one probability of two |
//! | [`logits`] | five logits, smoothing, temperature |
//! | [`overflow`] | an offset, and a margin |
//! | [`online`] | a place in a row |
//! | [`smoothing`] | epsilon, its convention, and a margin |
//! | [`twice`] | where training begins, and its rate |
//!
//! [`row`] asks the stage. The exports take and give only numbers, so that a page needs no
//! glue to call them.
// Not `forbid`: an export needs `#[unsafe(no_mangle)]`, since the linker cannot know whether
// another function has its name. All else is safe.
#![deny(unsafe_code)]

pub mod binary;
pub mod exports;
pub mod logits;
pub mod online;
pub mod overflow;
pub mod quiz;
pub mod row;
pub mod smoothing;
pub mod twice;

/// Room for the inputs of any figure.
pub const INPUTS: usize = 16;

/// The last input says which slider was moved last; [`NOBODY`] if none was.
pub const MOVED: usize = INPUTS - 1;

/// No slider.
pub const NOBODY: f64 = -1.0;

/// Room for the outputs of any figure.
pub const OUTPUTS: usize = 128;

/// What sliders and switches say. A switch is 0 or 1, a choice counts from 0.
pub type Inputs = [f64; INPUTS];

/// What is shown.
pub type Outputs = [f64; OUTPUTS];

/// What a figure of the book is, but for its picture.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// As pages call it.
    pub name: &'static str,
    /// What the reader moves: one for each input, in their order.
    pub controls: &'static [Control],
    /// From inputs to outputs. It may also set the inputs: five probabilities move when one of
    /// them does.
    compute: fn(&mut Inputs, &mut Outputs),
}

/// What sets an input.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// What it is called, for who does not see where it stands.
    pub label: &'static str,
    /// What it looks like, and its values.
    pub kind: Kind,
    /// Its value when the page is opened.
    pub start: f64,
}

/// What a control looks like, and its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A slider, from one number to another, by steps.
    Slider(f64, f64, f64),
    /// 0 or 1.
    Switch,
    /// One of so many, from 0 on.
    Choice(usize),
}

/// All figures. A page asks for one by its place.
pub const FIGURES: [Figure; 7] = [
    quiz::QUIZ,
    binary::BINARY,
    logits::LOGITS,
    overflow::OVERFLOW,
    online::ONLINE,
    smoothing::SMOOTHING,
    twice::TWICE,
];

impl Figure {
    /// The inputs when the page is opened, and what they give.
    pub fn at_start(&self) -> (Inputs, Outputs) {
        let mut inputs = [0.0; INPUTS];
        for (input, control) in inputs.iter_mut().zip(self.controls) {
            *input = control.start;
        }
        inputs[MOVED] = NOBODY;
        let outputs = self.outputs(&mut inputs);
        (inputs, outputs)
    }

    /// What the inputs give, and 0 where nothing is said.
    pub fn outputs(&self, inputs: &mut Inputs) -> Outputs {
        let mut outputs = [0.0; OUTPUTS];
        (self.compute)(inputs, &mut outputs);
        outputs
    }
}

const fn slider(label: &'static str, [from, to, step]: [f64; 3], start: f64) -> Control {
    Control { label, kind: Kind::Slider(from, to, step), start }
}

const fn switch(label: &'static str, start: bool) -> Control {
    Control { label, kind: Kind::Switch, start: if start { 1.0 } else { 0.0 } }
}

const fn choice(label: &'static str, among: usize, start: usize) -> Control {
    Control { label, kind: Kind::Choice(among), start: start as f64 }
}

/// A choice among so many, from an input.
fn chosen(input: f64, among: usize) -> usize {
    (input as usize).min(among - 1)
}
