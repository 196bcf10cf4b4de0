//! How exact: errors of the loss over margin, offset and classes.

use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use serde::Deserialize;
use text::markdown::table;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::theme::{theme, ticks};

/// `bench/data/errors.json`, which `bench/peers/errors.py` writes.
#[derive(Debug, Deserialize)]
pub struct Errors {
    date: String,
    machine: String,
    versions: Vec<String>,
    pub(crate) margins: Vec<f64>,
    pub(crate) offsets: Vec<f64>,
    classes: Vec<f64>,
    pub(crate) contestants: Vec<Contestant>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) grid: Grid,
    classes: OverClasses,
}

/// Offset by offset, for each margin; `None` where there is no such number.
#[derive(Debug, Deserialize)]
pub(crate) struct Grid {
    pub(crate) loss: Vec<Vec<Option<f64>>>,
    gradient: Vec<Vec<Option<f64>>>,
    pub(crate) backward: Vec<Vec<Option<f64>>>,
}

/// The worst of some rows, for each number of classes.
#[derive(Debug, Deserialize)]
pub(crate) struct OverClasses {
    loss: Vec<Option<f64>>,
}

/// The third stage stands for all three. It's drawn last, so that no other line hides it.
const ERROR_CURVES: [Series; 6] = [
    Series { name: "torch", color: "#d9480f" },
    Series { name: "optax", color: "#9c36b5" },
    Series { name: "burn", color: "#c2255c" },
    Series { name: "candle", color: "#b08900" },
    Series { name: "c", color: "#2b8a3e" },
    Series { name: "batched", color: "#2f7fd1" },
];

/// The margin at which offsets are compared.
const COMPARED_MARGIN: usize = 3;
/// Below half an ulp every error is as good as none.
const ERROR_FLOOR: f64 = 0.5;

impl Errors {
    /// From the text of the file.
    ///
    /// # Errors
    /// If it is not as `errors.py` writes it.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Three charts side by side.
    pub fn picture(&self) -> String {
        let by_margin = self.panel("margin", &self.margins, |c| c.grid.loss[0].clone());
        let by_offset =
            self.panel("common offset, at a margin of 3", &self.offsets, |c| {
                c.grid.loss.iter().map(|row| row[COMPARED_MARGIN]).collect()
            });
        let by_classes = self.panel("classes", &self.classes, |c| c.classes.loss.clone());
        let logarithmic = |(lines, layout): Panel| (lines, layout.with_log_x());
        let (lines, layout) = logarithmic(by_offset);
        let by_offset = (lines, layout.with_x_tick_rotate(-45.0));
        let panels = vec![by_margin, by_offset, logarithmic(by_classes)];
        chart("exactness", panels, 3, [320.0, 290.0])
    }

    fn panel(
        &self,
        label: &str,
        at: &[f64],
        errors: impl Fn(&Contestant) -> Vec<Option<f64>>,
    ) -> Panel {
        let lines = ERROR_CURVES.iter().filter_map(|series| {
            let found = self.contestants.iter().find(|c| c.name == series.name)?;
            let points = at.iter().zip(errors(found)).filter_map(|(&x, error)| {
                // An offset of 0 has no place on a logarithmic axis.
                let x = if label.starts_with("common") { x.max(0.1) } else { x };
                Some((x, error?.max(ERROR_FLOOR)))
            });
            let line = LinePlot::new()
                .with_data(points.collect::<Vec<_>>())
                .with_color(series.color)
                .with_stroke_width(2.0)
                .with_legend(called(series.name));
            Some(Plot::Line(line))
        });
        let lines: Vec<Plot> = lines.collect();
        let layout = Layout::auto_from_plots(&lines)
            .with_theme(theme())
            .with_log_y()
            .with_tick_format(ticks())
            .with_x_label(label)
            .with_y_label("error of the loss, ulp");
        (lines, layout)
    }

    /// The worst errors of each contestant.
    pub fn table(&self) -> String {
        let head = [
            "",
            "loss, worst ulp up to a margin of 16",
            "from 17 on",
            "gradient, worst ulp",
            "rows for which no logits give the loss returned",
        ];
        let rows: Vec<Vec<String>> = self
            .contestants
            .iter()
            .map(|c| {
                let near = c.grid.loss.iter().flat_map(|row| &row[..=16]).copied();
                let far = c.grid.loss.iter().flat_map(|row| &row[17..]).copied();
                let gradient = c.grid.gradient.concat();
                let nowhere =
                    c.grid.backward.concat().iter().filter(|e| e.is_none()).count();
                let rows = c.grid.backward.concat().len();
                vec![
                    called(&c.name).to_owned(),
                    worst(near),
                    worst(far),
                    worst(gradient.into_iter()),
                    format!("{nowhere} of {rows}"),
                ]
            })
            .collect();
        table(&head, &rows)
    }

    /// When and where.
    pub fn origin(&self) -> String {
        format!("{}, {}; {}", self.date, self.machine, self.versions.join(", "))
    }
}

/// The largest, in few digits.
fn worst(errors: impl Iterator<Item = Option<f64>>) -> String {
    let largest = errors.map(|e| e.unwrap_or(f64::INFINITY)).fold(0.0, f64::max);
    match largest {
        x if x < 1000.0 => format!("{x:.2}"),
        x if x.is_finite() => format!("{x:.1e}"),
        _ => "not finite".to_owned(),
    }
}

/// What a contestant is called in tables and pictures.
pub(crate) fn called(name: &str) -> &str {
    match name {
        "torch" => "PyTorch",
        "optax" => "optax (JAX)",
        "c" => "C, OpenMP, libmvec",
        _ => name,
    }
}
