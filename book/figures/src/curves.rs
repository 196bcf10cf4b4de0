//! What a formula looks like: pictures that need no measurement.

use kuva::plot::line::LinePlot;
use kuva::render::figure::Figure;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;

use crate::theme::{svg, theme, ticks};

/// A curve: its name, its color, and its points.
type Curve<'a> = (&'a str, &'a str, Vec<(f64, f64)>);

const SURPRISE: &str = "#2f7fd1";
const SQUARED: &str = "#d9480f";

/// The price of a probability, and its slope by the logit, for both losses.
pub fn surprise() -> String {
    let probabilities: Vec<f64> = (1..=200).map(|i| f64::from(i) / 200.0).collect();
    let logits: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
    let sigmoid = |z: f64| 1.0 / (1.0 + (-z).exp());
    let price = panel(
        "p",
        "price, nats",
        [
            ("-ln p", SURPRISE, points(&probabilities, |p| -p.ln())),
            ("(1 - p)^2", SQUARED, points(&probabilities, |p| (1.0 - p).powi(2))),
        ],
    );
    let slope = panel(
        "z",
        "slope in z",
        [
            ("-ln p", SURPRISE, points(&logits, |z| sigmoid(z) - 1.0)),
            (
                "(1 - p)^2",
                SQUARED,
                points(&logits, |z| -2.0 * sigmoid(z) * (1.0 - sigmoid(z)).powi(2)),
            ),
        ],
    );
    side_by_side("surprise", vec![price, slope])
}

/// The largest exponential of a row, and what `f32` makes of it, over the largest logit.
pub fn overflow() -> String {
    let logits: Vec<f64> = (0..=120).map(f64::from).collect();
    let ln_of_largest = f64::from(f32::MAX).ln();
    let (lines, layout) = panel(
        "largest logit",
        "power of ten",
        [
            (
                "its exponential",
                SURPRISE,
                points(&logits, |z| z / std::f64::consts::LN_10),
            ),
            (
                "the largest f32",
                SQUARED,
                points(&logits, |_| f64::from(f32::MAX).log10()),
            ),
            ("with the max subtracted", "#2b8a3e", points(&logits, |_| 0.0)),
        ],
    );
    let title = format!("beyond {ln_of_largest:.4}: infinity");
    side_by_side("overflow", vec![(lines, layout.with_title(title).with_title_size(13))])
}

/// The cross-entropy of a coin over its forecast, and the entropy below it.
pub fn divergence() -> String {
    const HEADS: f64 = 0.7;
    let forecasts: Vec<f64> = (5..=198).map(|i| f64::from(i) / 200.0).collect();
    let cross = |p: f64| -HEADS * p.ln() - (1.0 - HEADS) * (1.0 - p).ln();
    let panel = panel(
        "forecast p",
        "nats",
        [
            ("cross-entropy", SURPRISE, points(&forecasts, cross)),
            ("entropy", SQUARED, points(&forecasts, |_| cross(HEADS))),
        ],
    );
    side_by_side("divergence", vec![panel])
}

/// Softmax of three logits over the temperature.
pub fn temperature() -> String {
    let temperatures: Vec<f64> =
        (-40..=80).map(|i| 10_f64.powf(f64::from(i) / 40.0)).collect();
    let logits = [2.0, 1.0, 0.1];
    let p = |k: usize, t: f64| {
        let sum: f64 = logits.iter().map(|z| ((z - logits[0]) / t).exp()).sum();
        ((logits[k] - logits[0]) / t).exp() / sum
    };
    let (lines, layout) = panel(
        "temperature",
        "probability",
        [
            ("logit 2", "#2f7fd1", points(&temperatures, |t| p(0, t))),
            ("logit 1", "#2b8a3e", points(&temperatures, |t| p(1, t))),
            ("logit 0.1", "#d9480f", points(&temperatures, |t| p(2, t))),
        ],
    );
    side_by_side("temperature", vec![(lines, layout.with_log_x())])
}

fn points(at: &[f64], value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    at.iter().map(|&x| (x, value(x))).collect()
}

pub(crate) fn panel<const N: usize>(
    x: &str,
    y: &str,
    curves: [Curve<'_>; N],
) -> (Vec<Plot>, Layout) {
    let line = |(name, color, points): Curve<'_>| {
        let line = LinePlot::new().with_data(points).with_color(color);
        Plot::Line(line.with_stroke_width(2.0).with_legend(name))
    };
    let lines: Vec<Plot> = curves.map(line).into();
    let layout = Layout::auto_from_plots(&lines)
        .with_theme(theme())
        .with_tick_format(ticks())
        .with_x_label(x)
        .with_y_label(y);
    (lines, layout)
}

pub(crate) fn side_by_side(name: &str, panels: Vec<(Vec<Plot>, Layout)>) -> String {
    let count = panels.len();
    let (plots, layouts): (Vec<_>, Vec<_>) = panels.into_iter().unzip();
    let figure = Figure::new(1, count)
        .with_plots(plots)
        .with_layouts(layouts)
        .with_cell_size(380.0, 260.0)
        .with_shared_legend();
    svg(name, figure)
}
