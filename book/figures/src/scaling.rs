//! The growth of the time with rows, and with classes.

use crate::chart::{Panel, chart};
use crate::theme::{theme, ticks};
use bench::scaling::{Curve, Scaling};
use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

/// Draws time over rows, and over classes.
pub fn picture(scaling: &Scaling) -> String {
    let Scaling { rows, classes, .. } = scaling;
    let panels = [
        panel(rows, &format!("rows of {} classes", rows.held)),
        panel(classes, &format!("classes, in {} rows", classes.held)),
    ];
    chart("scaling", panels.into(), 2, [400.0, 290.0])
}

fn panel(curve: &Curve, label: &str) -> Panel {
    let points = curve.points.iter().map(|point| (point.at as f64, point.milliseconds));
    let line = LinePlot::new()
        .with_data(points.collect::<Vec<_>>())
        .with_color("#2f7fd1")
        .with_stroke_width(2.0);
    let lines = vec![Plot::Line(line)];
    let layout = Layout::auto_from_plots(&lines)
        .with_theme(theme())
        .with_log_scale()
        .with_tick_format(ticks())
        .with_title(format!("slope at the end {:.2}", curve.slope))
        .with_title_size(13)
        .with_x_label(label)
        .with_y_label("time, ms");
    Panel::new(lines, layout)
}
