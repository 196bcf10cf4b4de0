//! A chart: one or more pairs of axes, and a key to their colors.
//!
//! As a file, a chart is one picture. A page has to fit the same chart on a phone, so it takes
//! the picture apart: each pair of axes and each entry of the key is an `<svg>` of its own, on a
//! line of its own, and the page sets as many of them next to each other as it has room for.

use std::fmt::Write;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::render::figure::Figure;
use kuva::render::layout::{ComputedLayout, Layout};
use kuva::render::plots::Plot;
use kuva::render::render::collect_legend_entries;

use crate::theme::{TEXT_SIZE, TEXT_WIDTH, ink, picture, with_own_ids};

/// One pair of axes: plots, their layout, and the labels that stand at their curves.
pub(crate) struct Panel {
    pub(crate) plots: Vec<Plot>,
    pub(crate) layout: Layout,
    ends: Vec<Label>,
    labels: Vec<(Label, [f64; 2])>,
}

/// The name of a curve, and the point of the curve at which the name stands.
struct Label {
    words: String,
    color: String,
    at: (f64, f64),
}

impl Panel {
    pub(crate) fn new(plots: Vec<Plot>, layout: Layout) -> Self {
        Panel { plots, layout, ends: vec![], labels: vec![] }
    }

    /// Returns the panel with a changed layout.
    pub(crate) fn with(mut self, change: impl FnOnce(Layout) -> Layout) -> Self {
        self.layout = change(self.layout);
        self
    }

    /// Adds a label to the right of a curve's end. Labels of curves that end close
    /// together are moved apart, and a line leads from the curve to its label.
    pub(crate) fn end(mut self, words: &str, color: &str, at: (f64, f64)) -> Self {
        let room = LEADER + GAP + TEXT_WIDTH * words.chars().count() as f64;
        let margin = self.layout.force_margin_right.unwrap_or(0.0);
        self.layout.force_margin_right = Some(room.max(margin));
        self.ends.push(Label { words: words.to_owned(), color: color.to_owned(), at });
        self
    }

    /// Adds a label next to any point of a curve, moved right and down by some pixels. A
    /// label that's far away gets a line that leads to it.
    pub(crate) fn label(
        mut self,
        words: &str,
        color: &str,
        at: (f64, f64),
        offset: [f64; 2],
    ) -> Self {
        let label = Label { words: words.to_owned(), color: color.to_owned(), at };
        self.labels.push((label, offset));
        self
    }

    /// Returns the labels as SVG, in a panel of this size.
    fn drawn_labels(&self, computed: &ComputedLayout) -> String {
        let place = |label: &Label| {
            let (x, y) = label.at;
            [computed.map_x(x) + PANEL_PADDING, computed.map_y(y) + PANEL_PADDING]
        };
        let mut drawn = String::new();
        let mut ends: Vec<_> = self.ends.iter().map(|end| (end, place(end))).collect();
        ends.sort_by(|(_, a), (_, b)| a[1].total_cmp(&b[1]));
        let column = ends.iter().map(|(_, [x, _])| x + LEADER).fold(0.0, f64::max);
        let heights: Vec<f64> = ends.iter().map(|(_, [_, y])| *y).collect();
        for ((label, from), y) in ends.iter().zip(apart(&heights)) {
            drawn += &label.drawn(*from, [column, y], "start");
        }
        for (label, [right, below]) in &self.labels {
            let from = place(label);
            let anchor = match right {
                0.0 => "middle",
                right if *right > 0.0 => "start",
                _ => "end",
            };
            drawn += &label.drawn(from, [from[0] + right, from[1] + below], anchor);
        }
        drawn
    }
}

impl Label {
    /// Returns the words at `to`, and a line that leads to them from the point of the curve.
    fn drawn(&self, from: [f64; 2], to: [f64; 2], anchor: &str) -> String {
        let Label { words, color, .. } = self;
        let ([x1, y1], [x2, y2]) = (from, to);
        let mut drawn = String::new();
        if (x2 - x1).hypot(y2 - y1) >= LEADER {
            let x2 = match anchor {
                "start" => x2 - 3.0,
                "end" => x2 + 3.0,
                _ => x2,
            };
            let y2 = match anchor {
                "middle" => y2 - LINE / 2.0 * (y2 - y1).signum(),
                _ => y2,
            };
            let _ = write!(
                drawn,
                "<path d=\"M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}\" stroke=\"{color}\"/>"
            );
        }
        let lines = words.split('\n').enumerate().map(|(i, words)| {
            let y = y2 + LINE * i as f64 + 0.35 * TEXT_SIZE;
            format!("<tspan x=\"{x2:.1}\" y=\"{y:.1}\">{words}</tspan>")
        });
        let _ = write!(
            drawn,
            "<text text-anchor=\"{anchor}\" font-size=\"{TEXT_SIZE}\" {}>{}</text>",
            ink(color),
            lines.collect::<String>()
        );
        drawn
    }
}

/// Moves heights, which are in order, as little as it takes to be a line apart: lines
/// that would overlap are stacked around the mean of their heights.
fn apart(heights: &[f64]) -> Vec<f64> {
    // Each stack has the height at which line 0 would be, and its number of lines.
    let mut stacks: Vec<(f64, usize)> = vec![];
    for (i, height) in heights.iter().enumerate() {
        let mut stack = (height - LINE * i as f64, 1);
        while let Some((first, lines)) = stacks.pop_if(|(first, _)| *first > stack.0) {
            let all = lines + stack.1;
            let sum = first * lines as f64 + stack.0 * stack.1 as f64;
            stack = (sum / all as f64, all);
        }
        stacks.push(stack);
    }
    let firsts = stacks.into_iter().flat_map(|(first, n)| std::iter::repeat_n(first, n));
    firsts.enumerate().map(|(i, first)| first + LINE * i as f64).collect()
}

/// The room around a pair of axes, into which their last numbers reach.
const PANEL_PADDING: f64 = 10.0;
/// The height of a line of a label.
const LINE: f64 = 17.0;
/// The distance of a label from the end of its curve. A label that's nearer needs no line.
const LEADER: f64 = 20.0;
/// The height of one row of the key.
const KEY_ROW: f64 = 22.0;
/// The space between the entries of the key.
const GAP: f64 = 10.0;

/// Draws panels in rows of `columns`, each of the size `cell`. The key is made of the legends
/// of all plots.
pub(crate) fn chart(
    name: &str,
    panels: Vec<Panel>,
    columns: usize,
    cell: [f64; 2],
) -> String {
    let mut key: Vec<LegendEntry> = vec![];
    for entry in panels.iter().flat_map(|panel| collect_legend_entries(&panel.plots)) {
        if key.iter().all(|other| other.label != entry.label) {
            key.push(entry);
        }
    }
    chart_with_key(name, panels, columns, cell, &key)
}

/// Draws a chart with a key of its own.
pub(crate) fn chart_with_key(
    name: &str,
    panels: Vec<Panel>,
    columns: usize,
    [width, height]: [f64; 2],
    key: &[LegendEntry],
) -> String {
    let columns = columns.min(panels.len());
    let rows = panels.len().div_ceil(columns);
    let full = width * columns as f64;
    let (mut parts, key_height) = drawn_key(key, full);
    let inside = [width, height].map(|side| side - 2.0 * PANEL_PADDING);
    for (place, mut panel) in panels.into_iter().enumerate() {
        panel.layout.show_legend = false;
        [panel.layout.width, panel.layout.height] = inside.map(Some);
        let labels = panel.drawn_labels(&ComputedLayout::from_layout(&panel.layout));
        let figure = Figure::new(1, 1)
            .with_plots(vec![panel.plots])
            .with_layouts(vec![panel.layout])
            .with_padding(PANEL_PADDING)
            .with_cell_size(inside[0], inside[1]);
        let drawn = SvgBackend::new().render_scene(&figure.render());
        let drawn = with_own_ids(&format!("{name}-{place}"), &drawn);
        let [x, y] =
            [width * (place % columns) as f64, height * (place / columns) as f64];
        let head = format!(
            "<svg class=\"panel\" x=\"{x}\" y=\"{}\" viewBox=\"0 0 {width} {height}\" \
             style=\"--width: {width}px\" ",
            key_height + y
        );
        let drawn = drawn.replacen("<svg ", &head, 1).replace('\n', " ");
        parts += &drawn.replace("</svg>", &format!("{labels}</svg>"));
        parts.push('\n');
    }
    picture(full, key_height + height * rows as f64, &format!("\n{parts}"))
}

/// Draws the entries of a key, in rows that fit the width, and returns their height, too.
fn drawn_key(key: &[LegendEntry], full: f64) -> (String, f64) {
    let (mut parts, mut x, mut y) = (String::new(), 0.0, 0.0);
    for LegendEntry { label, color, shape, .. } in key {
        // This is about as wide as the fonts of most systems are, and a little wider.
        let width = 26.0 + 7.0 * label.chars().count() as f64;
        if x + width > full {
            (x, y) = (0.0, y + KEY_ROW);
        }
        let thickness = if matches!(shape, LegendShape::Line) { 3.0 } else { 12.0 };
        let _ = writeln!(
            parts,
            "<svg class=\"key\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{KEY_ROW}\" \
             fill=\"currentColor\" font-family=\"system-ui, sans-serif\">\
             <rect x=\"2\" y=\"{}\" width=\"14\" height=\"{thickness}\" fill=\"{color}\"/>\
             <text x=\"22\" y=\"15\" font-size=\"12\">{label}</text></svg>",
            11.0 - thickness / 2.0
        );
        x += width + GAP;
    }
    (parts, if key.is_empty() { 0.0 } else { y + KEY_ROW })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_moved_apart_and_no_further() {
        assert_eq!(apart(&[0.0, 100.0]), [0.0, 100.0]);
        assert_eq!(apart(&[50.0, 50.0, 50.0]), [50.0 - LINE, 50.0, 50.0 + LINE]);
        assert_eq!(
            apart(&[0.0, 50.0, 53.0]),
            [0.0, 51.5 - LINE / 2.0, 51.5 + LINE / 2.0]
        );
    }
}
