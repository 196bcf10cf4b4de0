//! The computations of the book's live figures: the scalar stage, under the reader's finger.
//!
//! A figure is a function from numbers to numbers. Sliders and switches set its inputs;
//! bars, dots and digits show its outputs. The same function draws the picture when the
//! book is built, and is compiled to WebAssembly for the page (`stage.wasm`); a test
//! compares the two. Nothing is drawn here, and no page knows a figure: `book/figures`
//! draws, and one script moves the marks.
//!
//! | module | the reader moves |
//! |---|---|
//! | [`quiz`] | the probabilities of five answers |
//! | [`binary`] | one probability of two |
//! | [`logits`] | five logits, smoothing, temperature |
//! | [`overflow`] | an offset, and a margin |
//! | [`online`] | a place in a row |
//! | [`smoothing`] | epsilon, its convention, and a margin |
//! | [`twice`] | the start of training, and its rate |
//!
//! [`row`] asks the stage. The exports take and give only numbers, so a page needs no
//! glue to call them.
// We don't `forbid` it: an export needs `#[unsafe(no_mangle)]`, since the linker can't
// know whether a different function has its name. Everything else is safe.
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

/// The room for the inputs of any figure.
pub const INPUTS: usize = 16;

/// The last input, the number of the slider that was moved last; [`NOBODY`] if none was.
pub const MOVED: usize = INPUTS - 1;

/// The value of [`MOVED`] if no slider was moved.
pub const NOBODY: f64 = -1.0;

/// The room for the outputs of any figure.
pub const OUTPUTS: usize = 128;

/// The values of sliders and switches. A switch is 0 or 1, and a choice counts from 0.
pub type Inputs = [f64; INPUTS];

/// The values that are shown.
pub type Outputs = [f64; OUTPUTS];

/// A figure of the book, except for its picture.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// The name that pages use.
    pub name: &'static str,
    /// The controls that the reader moves, one for each input, in their order.
    pub controls: &'static [Control],
    /// The function from inputs to outputs. It may also set the inputs: five
    /// probabilities move when one of them does.
    compute: fn(&mut Inputs, &mut Outputs),
}

/// A control that sets an input.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// The name of the control, for readers who don't see where it stands.
    pub label: &'static str,
    /// The look of the control, and its values.
    pub kind: Kind,
    /// The value of the control when the page is opened.
    pub start: f64,
}

/// The look of a control, and its values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// A slider, from one number to another, by steps.
    Slider(f64, f64, f64),
    /// A switch, 0 or 1.
    Switch,
    /// A choice among this many, counted from 0.
    Choice(usize),
}

/// All figures. A page asks for a figure by its place.
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
    /// Returns the inputs when the page is opened, and the outputs that they give.
    pub fn at_start(&self) -> (Inputs, Outputs) {
        let mut inputs = [0.0; INPUTS];
        for (input, control) in inputs.iter_mut().zip(self.controls) {
            *input = control.start;
        }
        inputs[MOVED] = NOBODY;
        let outputs = self.outputs(&mut inputs);
        (inputs, outputs)
    }

    /// Returns the outputs for these inputs, and 0 for an output that the figure doesn't set.
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

/// Returns the choice below `among` that an input makes.
fn chosen(input: f64, among: usize) -> usize {
    (input as usize).min(among - 1)
}
