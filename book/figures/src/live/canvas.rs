//! The canvas of a live figure.
//!
//! A mark that moves has in its attribute `data-live` its kind, its value and its place: `bar
//! 3 200 80` is a bar that begins at 200, and is 80 wide for each 1 of output 3; `i3` would
//! be input 3. These numbers draw the mark here, and in a page `live.js` moves it by them.

use std::fmt::Write;
use std::ops::Range;

use live::{FIGURES, Figure, Inputs, Kind, Outputs};

use super::values::{
    Input, Output, Scale, Value, drawn_path, in_any_size, in_digits, path, rounded, short,
};

/// The width of every figure. With words of size 12 you can read it on a phone.
pub const WIDTH: f64 = 400.0;

/// The distance from one row to the next; a finger meets only one.
pub const ROW: f64 = 28.0;

/// A figure that's being drawn.
pub struct Canvas {
    place: usize,
    height: f64,
    inputs: Inputs,
    outputs: Outputs,
    marks: String,
    controls: String,
    /// The words below the picture, which are read out when they change.
    pub said: String,
}

impl Canvas {
    /// Returns a canvas for the figure of this name.
    pub fn new(name: &str, height: f64) -> Self {
        let place = FIGURES.iter().position(|figure| figure.name == name);
        let place = place.unwrap_or_else(|| panic!("no figure is called {name}"));
        let (inputs, outputs) = FIGURES[place].at_start();
        let [marks, controls, said] = [const { String::new() }; 3];
        Canvas { place, height, inputs, outputs, marks, controls, said }
    }

    fn figure(&self) -> &'static Figure {
        &FIGURES[self.place]
    }

    /// Returns the name that pages use.
    pub fn name(&self) -> &'static str {
        self.figure().name
    }

    fn value(&self, value: Value) -> f64 {
        match value {
            Input(place) => self.inputs[place],
            Output(place) => self.outputs[place],
        }
    }

    /// Returns a number with this many digits after the point, for words of the picture.
    pub fn number(&self, value: Value, digits: usize) -> String {
        let shown = in_digits(self.value(value), digits);
        format!("<tspan data-live=\"number {value} {digits}\">{shown}</tspan>")
    }

    /// Returns a number that may have any size.
    pub fn any_number(&self, value: Value, digits: usize) -> String {
        let shown = in_any_size(self.value(value), digits);
        format!("<tspan data-live=\"any {value} {digits}\">{shown}</tspan>")
    }

    fn mark(&mut self, mark: &str) {
        self.marks += mark;
        self.marks += "\n";
    }

    /// Writes words that begin at a place (`start`), end there, or have their middle there.
    pub fn words(&mut self, [x, y]: [f64; 2], anchor: &str, words: &str) {
        self.mark(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{words}</text>",
            short(x),
            short(y)
        ));
    }

    /// Draws a line that stays.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.mark(&drawn_path("axis", &[from, to]));
    }

    /// Draws a bar that begins at a scale's zero, around a height.
    pub fn bar(&mut self, value: Value, x: Scale, y: f64) {
        let length = x.unit * self.value(value);
        let class = if length < 0.0 { "bar below" } else { "bar" };
        self.mark(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"14\" \
             data-live=\"bar {value} {x}\"/>",
            short(x.zero + length.min(0.0)),
            short(y - 7.0),
            short(length.abs())
        ));
    }

    /// Draws something around the origin, and moves it with two values.
    pub fn moved(&mut self, drawn: &str, x: (Value, Scale), y: (Value, Scale)) {
        let [at_x, at_y] =
            [x, y].map(|(value, scale)| short(scale.at(self.value(value))));
        self.mark(&format!(
            "<g transform=\"translate({at_x} {at_y})\" \
             data-live=\"moved {} {} {} {}\">{drawn}</g>",
            x.0, x.1, y.0, y.1
        ));
    }

    /// Draws a curve through many outputs, `step` pixels apart.
    pub fn curve(
        &mut self,
        class: &str,
        outputs: Range<usize>,
        [first, step]: [f64; 2],
        y: Scale,
    ) {
        let points: Vec<[f64; 2]> = (outputs.clone().enumerate())
            .map(|(i, output)| [first + step * i as f64, y.at(self.outputs[output])])
            .collect();
        let (path, count) = (path(&points), outputs.len());
        self.mark(&format!(
            "<path class=\"{class}\" d=\"{path}\" \
             data-live=\"curve {} {count} {} {} {y}\"/>",
            outputs.start,
            short(first),
            rounded(step, 4)
        ));
    }

    /// Draws something that's faint while a value is 0.
    pub fn lit(&mut self, value: Value, drawn: &str) {
        let class = if self.value(value) == 0.0 { "unlit" } else { "" };
        self.mark(&format!("<g class=\"{class}\" data-live=\"lit {value}\">{drawn}</g>"));
    }

    /// Draws axes, at whose left edge stand 0 and the whole numbers up to a highest one. The
    /// drawings of `draw`, which gets the scale of these numbers, are cut off beyond the axes.
    pub fn axes(
        &mut self,
        [x, y, width, height]: [f64; 4],
        highest: u32,
        draw: impl FnOnce(&mut Self, Scale),
    ) -> Scale {
        let place = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        let seen = format!("viewBox=\"{x} {y} {width} {height}\"");
        let scale = Scale::new([0.0, f64::from(highest)], [y + height, y]);
        self.mark(&format!("<rect class=\"frame\" {place}/>\n<svg {place} {seen}>"));
        draw(self, scale);
        self.mark("</svg>");
        for number in 0..=highest {
            let at = [x - 6.0, scale.at(f64::from(number)) + 4.0];
            self.words(at, "end", &number.to_string());
        }
        scale
    }

    /// Adds a slider, whose thumb stands where the input's value is on its line.
    pub fn slider(&mut self, input: usize, [from, to]: [f64; 2], y: f64) {
        let control = self.figure().controls[input];
        let Kind::Slider(least, largest, step) = control.kind else {
            panic!("{} is no slider", control.label)
        };
        self.line([from, y], [to, y]);
        let x = Scale::new([least, largest], [from, to]);
        let thumb = "<circle class=\"thumb\" r=\"6\"/>";
        self.moved(thumb, (Input(input), x), (Input(input), Scale::fixed(y)));
        let settings = format!(
            "type=\"range\" min=\"{least}\" max=\"{largest}\" step=\"{step}\" value=\"{}\"",
            control.start
        );
        // It's longer than its line by the width of its thumb.
        let width = format!("calc({}% + 18px)", short(100.0 * (to - from) / WIDTH));
        let place = self.over_the_picture([from, y], &width);
        let _ = writeln!(
            self.controls,
            "<input {settings} data-input=\"{input}\" aria-label=\"{}\" {place}>",
            control.label
        );
    }

    /// Adds a switch, and the words next to it.
    pub fn switch(&mut self, input: usize, [x, y]: [f64; 2]) {
        let label = self.figure().controls[input].label;
        let is_on = self.inputs[input] != 0.0;
        self.words([x + 28.0, y + 4.0], "start", label);
        self.button(input, label, "type=\"checkbox\"", is_on, [x, y], 120.0);
    }

    /// Adds one choice of many, which you can press up to a reach, where its word stands.
    pub fn choice(
        &mut self,
        input: usize,
        choice: usize,
        at: [f64; 2],
        reach: f64,
        word: &str,
    ) {
        let label = format!("{} {word}", self.figure().controls[input].label);
        let settings =
            format!("type=\"radio\" name=\"{}-{input}\" value=\"{choice}\"", self.name());
        let is_chosen = self.inputs[input] == choice as f64;
        self.button(input, &label, &settings, is_chosen, at, reach);
    }

    /// Adds a button that you can press on its words, too. Without a script a circle
    /// stands for it.
    fn button(
        &mut self,
        input: usize,
        label: &str,
        settings: &str,
        is_on: bool,
        [x, y]: [f64; 2],
        reach: f64,
    ) {
        let dot = if is_on { "<circle class=\"dot\" r=\"3\"/>" } else { "" };
        self.mark(&format!(
            "<g class=\"thumb\" transform=\"translate({} {y})\"><circle r=\"6\"/>{dot}</g>",
            x + 8.0
        ));
        let checked = if is_on { " checked" } else { "" };
        let width = format!("{}%", short(100.0 * reach / WIDTH));
        let place = self.over_the_picture([x, y], &width);
        let _ = writeln!(
            self.controls,
            "<label {place}><input {settings}{checked} data-input=\"{input}\" \
             aria-label=\"{label}\"></label>"
        );
    }

    fn over_the_picture(&self, [x, y]: [f64; 2], width: &str) -> String {
        let (left, top) = (short(100.0 * x / WIDTH), short(100.0 * y / self.height));
        format!("style=\"left:{left}%;top:{top}%;width:{width}\"")
    }

    /// Returns the figure as a piece of a page.
    pub fn html(self) -> String {
        let Canvas { place, height, marks, controls, said, .. } = self;
        // Below the picture, the words belong to the page.
        let said = said.replace("tspan", "span");
        format!(
            "<live-figure data-figure=\"{place}\">\n\
             <div><svg viewBox=\"0 0 {WIDTH} {height}\">\n{marks}</svg>\n\
             {controls}</div>\n<output>{said}</output>\n</live-figure>\n"
        )
    }
}
