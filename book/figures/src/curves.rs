//! What a formula looks like: pictures that need no measurement.

use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use scalar::naive;

use crate::chart::{Panel, chart};
use crate::theme::{powers_of_ten, theme, ticks};

/// A curve: its name, if the legend has it, its color, and its points.
type NamedCurve<'a> = (&'a str, &'a str, Vec<(f64, f64)>);

const SURPRISE_COLOR: &str = "#2f7fd1";
const SQUARED_COLOR: &str = "#d9480f";
const THIRD_COLOR: &str = "#2b8a3e";
const FOURTH_COLOR: &str = "#9c36b5";

/// The price of a probability, and its slope by the logit, for both losses.
pub fn surprise() -> String {
    let probabilities: Vec<f64> = (1..=200).map(|i| f64::from(i) / 200.0).collect();
    let logits: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
    let sigmoid = probability_of_two;
    let price = panel(
        "p",
        "price",
        [
            ("-ln p", SURPRISE_COLOR, points(&probabilities, |p| -p.ln())),
            ("(1 - p)^2", SQUARED_COLOR, points(&probabilities, |p| (1.0 - p).powi(2))),
        ],
    );
    let slope = panel(
        "z",
        "slope in z",
        [
            ("-ln p", SURPRISE_COLOR, points(&logits, |z| sigmoid(z) - 1.0)),
            (
                "(1 - p)^2",
                SQUARED_COLOR,
                points(&logits, |z| -2.0 * sigmoid(z) * (1.0 - sigmoid(z)).powi(2)),
            ),
        ],
    );
    side_by_side("surprise", vec![price, slope])
}

/// The exponentials of a row of three whose common offset moves, beside the ends of `f32`:
/// as they are, and with the max subtracted.
pub fn overflow() -> String {
    let offsets: Vec<f64> = (-125..=125).map(f64::from).collect();
    let power = |z: f64| z / std::f64::consts::LN_10;
    let (largest, least) = (f32::MAX, f32::from_bits(1));
    let of_f32 = |end: f32| points(&offsets, |_| f64::from(end).log10());
    let exponentials = |max: &dyn Fn(f64) -> f64| {
        let of = |below: f64| points(&offsets, |z| power(z - below - max(z)));
        [
            ("logit z", SURPRISE_COLOR, of(0.0)),
            ("logit z - 10", THIRD_COLOR, of(10.0)),
            ("logit z - 30", FOURTH_COLOR, of(30.0)),
            ("largest and least f32", SQUARED_COLOR, of_f32(largest)),
            ("", SQUARED_COLOR, of_f32(least)),
        ]
    };
    let titled = |title, curves| {
        let (lines, layout) = panel("z", "exponential", curves);
        let layout = layout.with_y_tick_format(powers_of_ten());
        (lines, layout.with_title(title).with_title_size(13))
    };
    side_by_side(
        "overflow",
        vec![
            titled("as they are", exponentials(&|_| 0.0)),
            titled("the max subtracted", exponentials(&|z| z)),
        ],
    )
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
            ("cross-entropy", SURPRISE_COLOR, points(&forecasts, cross)),
            ("entropy", SQUARED_COLOR, points(&forecasts, |_| cross(HEADS))),
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
            ("logit 2", SURPRISE_COLOR, points(&temperatures, |t| p(0, t))),
            ("logit 1", THIRD_COLOR, points(&temperatures, |t| p(1, t))),
            ("logit 0.1", SQUARED_COLOR, points(&temperatures, |t| p(2, t))),
        ],
    );
    side_by_side("temperature", vec![(lines, layout.with_log_x())])
}

/// Softmax of two logits over their difference, and its slope.
pub fn sigmoid() -> String {
    let differences: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
    let p = probability_of_two;
    let probability = panel(
        "difference of the two logits",
        "probability",
        [
            ("first class, p", SURPRISE_COLOR, points(&differences, p)),
            ("second class, 1 - p", SQUARED_COLOR, points(&differences, |d| p(-d))),
        ],
    );
    let slope = panel(
        "difference of the two logits",
        "slope of p",
        [("p (1 - p)", THIRD_COLOR, points(&differences, |d| p(d) * p(-d)))],
    );
    side_by_side("sigmoid", vec![probability, slope])
}

/// The first of two classes' probability, by how far its logit is ahead.
fn probability_of_two(ahead: f64) -> f64 {
    1.0 / (1.0 + (-ahead).exp())
}

/// What a forecast costs, as areas: each class as wide as its weight in the target, and as
/// high as its price.
pub fn areas() -> String {
    let (target, forecast) = ([0.7, 0.2, 0.1], [0.5, 0.3, 0.2]);
    let prices = |p: [f64; 3]| p.map(|p_k: f64| -p_k.ln());
    let (paid, least) = (prices(forecast), prices(target));
    let excess = [0, 1, 2].map(|k| paid[k] - least[k]);
    let panels = [
        ("cross-entropy", SURPRISE_COLOR, paid),
        ("entropy", THIRD_COLOR, least),
        ("divergence", SQUARED_COLOR, excess),
    ];
    let panels = panels.map(|(name, color, heights)| {
        let area: f64 =
            target.iter().zip(heights).map(|(a_k, height)| a_k * height).sum();
        let line = LinePlot::new().with_data(stairs(&target, heights)).with_color(color);
        let lines = vec![Plot::Line(line.with_fill())];
        let layout = labeled(&lines, "share of the rows", "nats");
        let layout = layout.with_y_axis_min(-1.0).with_y_axis_max(2.5);
        let title = format!("{name} {area:.3}");
        (lines, layout.with_title(title).with_title_size(13))
    });
    side_by_side("areas", panels.into())
}

/// The outline of bars of these widths and heights, side by side.
fn stairs(widths: &[f64; 3], heights: [f64; 3]) -> Vec<(f64, f64)> {
    let mut left = 0.0;
    let mut outline = vec![(left, 0.0)];
    for (width, height) in widths.iter().zip(heights) {
        outline.extend([(left, height), (left + width, height)]);
        left += width;
    }
    outline.push((left, 0.0));
    outline
}

/// The loss of a row of two that is right by a margin, exactly and by the formula whose sum
/// holds a 1.
pub fn tail() -> String {
    let margins: Vec<f64> = (0..=240).map(|i| f64::from(i) / 4.0).collect();
    let until_0 = |loss: &dyn Fn(f64) -> f64| {
        let losses = margins.iter().map(|&margin| (margin, loss(margin)));
        losses.take_while(|(_, loss)| *loss > 0.0).map(|(m, l)| (m, l.log10())).collect()
    };
    let by_sum_in_f32 =
        |margin: f64| f64::from(naive::loss_by_ln_of_sum(&[margin as f32, 0.0], 0));
    let (lines, layout) = panel(
        "margin",
        "loss",
        [
            ("right", THIRD_COLOR, until_0(&|margin| (-margin).exp().ln_1p())),
            (
                "sum with a 1, f64",
                SURPRISE_COLOR,
                until_0(&|margin| (1.0 + (-margin).exp()).ln()),
            ),
            ("sum with a 1, f32", SQUARED_COLOR, until_0(&by_sum_in_f32)),
        ],
    );
    let layout = layout.with_y_tick_format(powers_of_ten());
    side_by_side("tail", vec![(lines, layout)])
}

pub(crate) fn points(at: &[f64], value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    at.iter().map(|&x| (x, value(x))).collect()
}

pub(crate) fn panel<'a>(
    x: &str,
    y: &str,
    curves: impl IntoIterator<Item = NamedCurve<'a>>,
) -> Panel {
    let line = |(name, color, points): NamedCurve<'_>| {
        let line = LinePlot::new().with_data(points).with_color(color);
        let line = line.with_stroke_width(2.0);
        Plot::Line(if name.is_empty() { line } else { line.with_legend(name) })
    };
    let lines: Vec<Plot> = curves.into_iter().map(line).collect();
    let layout = labeled(&lines, x, y);
    (lines, layout)
}

fn labeled(lines: &[Plot], x: &str, y: &str) -> Layout {
    Layout::auto_from_plots(lines)
        .with_theme(theme())
        .with_tick_format(ticks())
        .with_x_label(x)
        .with_y_label(y)
}

pub(crate) fn side_by_side(name: &str, panels: Vec<Panel>) -> String {
    let width = if panels.len() < 3 { 400.0 } else { 310.0 };
    chart(name, panels, 3, [width, 280.0])
}
