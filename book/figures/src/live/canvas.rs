//! What a live figure is drawn with.
//!
//! A mark that moves says in its attribute `data-live` what it is, what it shows, and where:
//! `bar 3 200 80` is a bar that begins at 200, and is 80 wide for each 1 of output 3; `i3`
//! would be input 3. Here the numbers draw it, and in a page `live.js` moves it by the same.

use std::fmt::Write;
use std::ops::Range;

use live::{FIGURES, Figure, Inputs, Kind, Outputs};

use super::values::{
    Input, Output, Scale, Value, drawn_path, in_any_size, in_digits, path, rounded, short,
};

/// The width of every figure. With words of size 12 it can be read on a phone.
pub const WIDTH: f64 = 400.0;

/// From one row to the next; a finger meets only one.
pub const ROW: f64 = 28.0;

/// A figure that is being drawn.
pub struct Canvas {
    place: usize,
    height: f64,
    inputs: Inputs,
    outputs: Outputs,
    marks: String,
    controls: String,
    /// What stands below the picture, and is read out when it changes.
    pub said: String,
}

impl Canvas {
    /// For the figure of that name.
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

    /// What pages call it.
    pub fn name(&self) -> &'static str {
        self.figure().name
    }

    fn value(&self, value: Value) -> f64 {
        match value {
            Input(place) => self.inputs[place],
            Output(place) => self.outputs[place],
        }
    }

    /// A number, with so many digits after the point, for words of the picture.
    pub fn number(&self, value: Value, digits: usize) -> String {
        let shown = in_digits(self.value(value), digits);
        format!("<tspan data-live=\"number {value} {digits}\">{shown}</tspan>")
    }

    /// A number that may be of any size.
    pub fn any_number(&self, value: Value, digits: usize) -> String {
        let shown = in_any_size(self.value(value), digits);
        format!("<tspan data-live=\"any {value} {digits}\">{shown}</tspan>")
    }

    fn mark(&mut self, mark: &str) {
        self.marks += mark;
        self.marks += "\n";
    }

    /// Words that begin at a place (`start`), end there, or have their middle there.
    pub fn words(&mut self, [x, y]: [f64; 2], anchor: &str, words: &str) {
        self.mark(&format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{words}</text>",
            short(x),
            short(y)
        ));
    }

    /// A line that stays.
    pub fn line(&mut self, from: [f64; 2], to: [f64; 2]) {
        self.mark(&drawn_path("axis", &[from, to]));
    }

    /// A bar from a scale's zero on, around a height.
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

    /// Something drawn around the origin that moves with two values.
    pub fn moved(&mut self, drawn: &str, x: (Value, Scale), y: (Value, Scale)) {
        let [at_x, at_y] =
            [x, y].map(|(value, scale)| short(scale.at(self.value(value))));
        self.mark(&format!(
            "<g transform=\"translate({at_x} {at_y})\" \
             data-live=\"moved {} {} {} {}\">{drawn}</g>",
            x.0, x.1, y.0, y.1
        ));
    }

    /// A curve through many outputs, so far apart.
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

    /// Something that is faint while a value is 0.
    pub fn lit(&mut self, value: Value, drawn: &str) {
        let class = if self.value(value) == 0.0 { "unlit" } else { "" };
        self.mark(&format!("<g class=\"{class}\" data-live=\"lit {value}\">{drawn}</g>"));
    }

    /// Axes at the left edge of which stand 0 and the whole numbers up to a highest one. What
    /// is drawn with them, and with the scale of these numbers, is not seen beyond them.
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

    /// A slider whose thumb stands where a scale says.
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
        // Longer than its line by the width of its thumb.
        let width = format!("calc({}% + 18px)", short(100.0 * (to - from) / WIDTH));
        let place = self.over_the_picture([from, y], &width);
        let _ = writeln!(
            self.controls,
            "<input {settings} data-input=\"{input}\" aria-label=\"{}\" {place}>",
            control.label
        );
    }

    /// A switch, and the words beside it.
    pub fn switch(&mut self, input: usize, [x, y]: [f64; 2]) {
        let label = self.figure().controls[input].label;
        let is_on = self.inputs[input] != 0.0;
        self.words([x + 28.0, y + 4.0], "start", label);
        self.button(input, label, "type=\"checkbox\"", is_on, [x, y], 120.0);
    }

    /// One choice of many, which can be pressed up to a reach, where the word for it stands.
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

    /// A button that can be pressed on its words, too. Without a script a circle stands for
    /// it.
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

    /// The figure as a piece of a page.
    pub fn html(self) -> String {
        let Canvas { place, height, marks, controls, said, .. } = self;
        // Below the picture words are the page's.
        let said = said.replace("tspan", "span");
        format!(
            "<live-figure data-figure=\"{place}\">\n\
             <div><svg viewBox=\"0 0 {WIDTH} {height}\">\n{marks}</svg>\n\
             {controls}</div>\n<output>{said}</output>\n</live-figure>\n"
        )
    }
}
