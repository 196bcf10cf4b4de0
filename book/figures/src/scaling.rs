//! How the time grows: with rows, and with classes.

use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use serde::Deserialize;

use crate::chart::{Panel, chart};
use crate::theme::{theme, ticks};

/// `book/data/scaling.json`, which the example `scaling` of `course` writes.
#[derive(Debug, Deserialize)]
pub struct Scaling {
    rows: Curve,
    classes: Curve,
}

#[derive(Debug, Deserialize)]
struct Curve {
    held: usize,
    points: Vec<Point>,
    slope: f64,
}

#[derive(Debug, Deserialize)]
struct Point {
    at: usize,
    milliseconds: f64,
}

impl Scaling {
    /// From the text of the file.
    ///
    /// # Errors
    /// If it is not as the example writes it.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Time over rows, and over classes.
    pub fn picture(&self) -> String {
        let panels = [
            self.rows.panel(&format!("rows of {} classes", self.rows.held)),
            self.classes.panel(&format!("classes, in {} rows", self.classes.held)),
        ];
        chart("scaling", panels.into(), 2, [400.0, 290.0])
    }
}

impl Curve {
    fn panel(&self, label: &str) -> Panel {
        let points =
            self.points.iter().map(|point| (point.at as f64, point.milliseconds));
        let points: Vec<(f64, f64)> = points.collect();
        let line = LinePlot::new()
            .with_data(points)
            .with_color("#2f7fd1")
            .with_stroke_width(2.0);
        let lines = vec![Plot::Line(line)];
        let layout = Layout::auto_from_plots(&lines)
            .with_theme(theme())
            .with_log_scale()
            .with_tick_format(ticks())
            .with_title(format!("slope at the end {:.2}", self.slope))
            .with_title_size(13)
            .with_x_label(label)
            .with_y_label("time, ms");
        (lines, layout)
    }
}
