//! The errors of the loss over margin and offset, as maps.

use std::sync::Arc;

use kuva::plot::heatmap::{ColorMap, Heatmap};
use kuva::plot::legend::{LegendEntry, LegendShape};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

use crate::chart::{Panel, chart_with_key};
use crate::exactness::{Contestant, Errors, called};
use crate::theme::{theme, ticks};

/// Our most exact and our fastest stage, and the frameworks that differ from each other.
const MAPPED_CONTESTANTS: [&str; 4] = ["scalar", "batched", "torch", "optax"];

/// The bands of errors: the largest error of each, its color and its name.
const BANDS: [(f64, &str, &str); 5] = [
    (1.0, "#2f7fd1", "at most 1 ulp"),
    (10.0, "#94c4f0", "at most 10"),
    (1e4, "#f0c36d", "at most 10000"),
    (f64::MAX, "#e8703a", "more"),
    (f64::INFINITY, "#a61e4d", "exact for no logits"),
];

impl Errors {
    /// Draws for each contestant the error of its loss, and next to that the backward
    /// error: the distance to the logits whose exact loss it returned.
    pub fn map(&self) -> String {
        let shown = MAPPED_CONTESTANTS
            .map(|name| self.contestants.iter().find(|c| c.name == name));
        let panels =
            shown.into_iter().flatten().flat_map(|Contestant { name, grid, .. }| {
                [(&grid.loss, "error"), (&grid.backward, "backward")].map(
                    |(errors, what)| {
                        self.map_panel(errors, &format!("{}: {what}", called(name)))
                    },
                )
            });
        let legend = BANDS.map(|(_, color, label)| LegendEntry {
            label: label.to_owned(),
            color: color.to_owned(),
            shape: LegendShape::Rect,
            dasharray: None,
        });
        chart_with_key("error-map", panels.collect(), 4, [216.0, 215.0], &legend)
    }

    fn map_panel(&self, errors: &[Vec<Option<f64>>], title: &str) -> Panel {
        let band = |error: &Option<f64>| {
            let error = error.unwrap_or(f64::INFINITY);
            BANDS.iter().position(|(most, ..)| error <= *most).unwrap_or(BANDS.len() - 1)
        };
        let bands: Vec<Vec<f64>> = errors
            .iter()
            .map(|row| row.iter().map(|e| band(e) as f64).collect())
            .collect();
        let last = self.margins.len() as f64 - 1.0;
        let map = Heatmap::new()
            .with_color_map(colors(&bands))
            .with_data(bands)
            .with_x_range(-0.5, last + 0.5)
            .with_cell_size(1.0);
        let maps = vec![Plot::Heatmap(map)];
        // Every second offset has a label, since there's no room for all.
        let offsets = self.offsets.iter().enumerate().map(|(i, offset)| match i % 2 {
            0 if *offset == 0.0 => "0".to_owned(),
            0 => format!("{offset:e}"),
            _ => String::new(),
        });
        let mut layout = Layout::auto_from_plots(&maps)
            .with_theme(theme())
            .with_tick_format(ticks())
            .with_title(title)
            .with_title_size(13)
            .with_x_label("margin")
            .with_y_label("common offset")
            .with_x_axis_min(-0.5)
            .with_x_axis_max(last + 0.5)
            .with_y_categories(offsets.collect());
        layout.show_colorbar = false;
        Panel::new(maps, layout)
    }
}

/// Returns the colors of a map. The plot hands over a value's place in the map's range.
fn colors(bands: &[Vec<f64>]) -> ColorMap {
    let (least, most) = bands
        .iter()
        .flatten()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), &band| {
            (least.min(band), most.max(band))
        });
    ColorMap::Custom(Arc::new(move |part| {
        let band = least + part * (most - least);
        BANDS[band.round() as usize].1.to_owned()
    }))
}
