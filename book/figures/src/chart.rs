//! A chart: one or more pairs of axes, and a key that says what their colors mean.
//!
//! As a file, a chart is one picture. A page has to fit the same chart on a phone, so it takes
//! the picture apart: each pair of axes and each entry of the key is an `<svg>` of its own, on a
//! line of its own, and the page sets as many of them next to each other as it has room for.

use std::fmt::Write;

use kuva::backend::svg::SvgBackend;
use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::render::figure::Figure;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::collect_legend_entries;

use crate::theme::{picture, with_own_ids};

/// What is drawn in one pair of axes.
pub(crate) type Panel = (Vec<Plot>, Layout);

/// The room around a pair of axes, into which their last numbers reach.
const PANEL_PADDING: f64 = 10.0;
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
    for entry in panels.iter().flat_map(|(plots, _)| collect_legend_entries(plots)) {
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
    for (place, (plots, mut layout)) in panels.into_iter().enumerate() {
        layout.show_legend = false;
        let figure = Figure::new(1, 1)
            .with_plots(vec![plots])
            .with_layouts(vec![layout])
            .with_padding(PANEL_PADDING)
            .with_cell_size(width - 2.0 * PANEL_PADDING, height - 2.0 * PANEL_PADDING);
        let drawn = SvgBackend::new().render_scene(&figure.render());
        let drawn = with_own_ids(&format!("{name}-{place}"), &drawn);
        let [x, y] =
            [width * (place % columns) as f64, height * (place / columns) as f64];
        let head = format!(
            "<svg class=\"panel\" x=\"{x}\" y=\"{}\" viewBox=\"0 0 {width} {height}\" \
             style=\"--width: {width}px\" ",
            key_height + y
        );
        parts += &drawn.replacen("<svg ", &head, 1).replace('\n', " ");
        parts.push('\n');
    }
    picture(full, key_height + height * rows as f64, &format!("\n{parts}"))
}

/// Draws the entries of a key, in rows that fit the width. Returns how high they are, too.
fn drawn_key(key: &[LegendEntry], full: f64) -> (String, f64) {
    let (mut parts, mut x, mut y) = (String::new(), 0.0, 0.0);
    for LegendEntry { label, color, shape, .. } in key {
        // About as wide as the fonts of most systems are, and a little wider.
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
