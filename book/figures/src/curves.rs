//! Pictures of formulas, which need no measurement.

use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use scalar::naive;

use crate::chart::{Panel, chart};
use crate::theme::{TEXT_SIZE, powers_of_ten, theme, ticks};

/// A curve: its name, or none if the name doesn't stand at the curve's end, its color, and its
/// points.
type NamedCurve<'a> = (&'a str, &'a str, Vec<(f64, f64)>);

const SURPRISE_COLOR: &str = "#2f7fd1";
const SQUARED_COLOR: &str = "#d9480f";
const THIRD_COLOR: &str = "#2b8a3e";
const FOURTH_COLOR: &str = "#9c36b5";

/// Draws the price of a probability, and its slope with respect to the logit, for both losses.
pub fn surprise() -> String {
    let probabilities: Vec<f64> = (1..=100).map(|i| f64::from(i) / 100.0).collect();
    let logits: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
    let sigmoid = probability_of_two;
    let (surprise, squared) = ("−ln p", "(1 − p)²");
    let price = panel(
        "p",
        "price",
        [
            ("", SURPRISE_COLOR, points(&probabilities, |p| -p.ln())),
            ("", SQUARED_COLOR, points(&probabilities, |p| (1.0 - p).powi(2))),
        ],
    );
    let price = price
        .with(from_0_to_1)
        .label(surprise, SURPRISE_COLOR, (0.1, -0.1_f64.ln()), [10.0, -6.0])
        .label(squared, SQUARED_COLOR, (0.05, 0.9025), [6.0, 24.0]);
    let squared_slope = |z| -2.0 * sigmoid(z) * (1.0 - sigmoid(z)).powi(2);
    let slope = panel(
        "z",
        "slope in z",
        [
            ("", SURPRISE_COLOR, points(&logits, |z| sigmoid(z) - 1.0)),
            ("", SQUARED_COLOR, points(&logits, squared_slope)),
        ],
    );
    let slope = slope
        .label(surprise, SURPRISE_COLOR, (-5.0, sigmoid(-5.0) - 1.0), [0.0, -14.0])
        .label(squared, SQUARED_COLOR, (-5.0, squared_slope(-5.0)), [0.0, 16.0]);
    side_by_side("surprise", vec![price, slope])
}

/// Draws the exponentials of a row of three whose common offset moves, next to the ends
/// of `f32`: as they are, and with the max subtracted.
pub fn overflow() -> String {
    let offsets: Vec<f64> = (-125..=125).map(f64::from).collect();
    let power = |z: f64| z / std::f64::consts::LN_10;
    let of_f32 = |end: f32| points(&offsets, |_| f64::from(end).log10());
    let exponentials = |max: &dyn Fn(f64) -> f64| {
        let of = |below: f64| points(&offsets, |z| power(z - below - max(z)));
        [
            ("z", SURPRISE_COLOR, of(0.0)),
            ("z − 10", THIRD_COLOR, of(10.0)),
            ("z − 30", FOURTH_COLOR, of(30.0)),
            ("largest f32", SQUARED_COLOR, of_f32(f32::MAX)),
            ("least f32", SQUARED_COLOR, of_f32(f32::from_bits(1))),
        ]
    };
    let titled = |title: &str, curves| {
        let panel = panel("z", "exponential", curves);
        panel.with(|layout| layout.with_y_tick_format(powers_of_ten()).with_title(title))
    };
    side_by_side(
        "overflow",
        vec![
            titled("as they are", exponentials(&|_| 0.0)),
            titled("the max subtracted", exponentials(&|z| z)),
        ],
    )
}

/// Draws the cross-entropy of a coin over its forecast, and the entropy below it.
pub fn divergence() -> String {
    const HEADS: f64 = 0.7;
    let forecasts: Vec<f64> = (5..=198).map(|i| f64::from(i) / 200.0).collect();
    let cross = |p: f64| -HEADS * p.ln() - (1.0 - HEADS) * (1.0 - p).ln();
    let gap = vec![(0.15, cross(HEADS)), (0.15, cross(0.15))];
    let panel = panel(
        "forecast p",
        "nats",
        [
            ("cross-entropy", SURPRISE_COLOR, points(&forecasts, cross)),
            ("entropy", SQUARED_COLOR, points(&forecasts, |_| cross(HEADS))),
            ("", THIRD_COLOR, gap),
        ],
    );
    let panel = panel
        .with(from_0_to_1)
        .with(|layout| layout.with_y_axis_min(0.0))
        .label("divergence", THIRD_COLOR, (0.15, 1.1), [30.0, -40.0])
        .label("0 at p = 0.7", THIRD_COLOR, (HEADS, cross(HEADS)), [0.0, 16.0]);
    side_by_side("divergence", vec![panel])
}

/// Draws softmax of three logits over the temperature.
pub fn temperature() -> String {
    let temperatures: Vec<f64> =
        (-40..=80).map(|i| 10_f64.powf(f64::from(i) / 40.0)).collect();
    let logits = [2.0, 1.0, 0.1];
    let p = |k: usize, t: f64| {
        let sum: f64 = logits.iter().map(|z| ((z - logits[0]) / t).exp()).sum();
        ((logits[k] - logits[0]) / t).exp() / sum
    };
    let panel = panel(
        "temperature",
        "probability",
        [
            ("", SURPRISE_COLOR, points(&temperatures, |t| p(0, t))),
            ("", THIRD_COLOR, points(&temperatures, |t| p(1, t))),
            ("", SQUARED_COLOR, points(&temperatures, |t| p(2, t))),
        ],
    );
    let panel = panel
        .with(Layout::with_log_x)
        .label("logit 2", SURPRISE_COLOR, (1.0, p(0, 1.0)), [10.0, -6.0])
        .label("logit 1", THIRD_COLOR, (0.7, p(1, 0.7)), [-10.0, -6.0])
        .label("logit 0.1", SQUARED_COLOR, (1.5, p(2, 1.5)), [10.0, 8.0]);
    side_by_side("temperature", vec![panel])
}

/// Draws softmax of two logits over their difference, and its slope.
pub fn sigmoid() -> String {
    const X: &str = "difference of the two logits";
    let differences: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 10.0).collect();
    let p = probability_of_two;
    let probability = panel(
        X,
        "probability",
        [
            ("first, p", SURPRISE_COLOR, points(&differences, p)),
            ("second, 1 − p", SQUARED_COLOR, points(&differences, |d| p(-d))),
        ],
    );
    let bell = points(&differences, |d| p(d) * p(-d));
    let slope = panel(X, "slope of p", [("", THIRD_COLOR, bell)]);
    let slope =
        slope.label("p (1 − p)", THIRD_COLOR, (1.0, p(1.0) * p(-1.0)), [10.0, -4.0]);
    side_by_side("sigmoid", vec![probability, slope])
}

/// Returns the probability of the first of two classes, by how far its logit is ahead.
fn probability_of_two(ahead: f64) -> f64 {
    1.0 / (1.0 + (-ahead).exp())
}

/// Draws log-sum-exp of two logits next to their max, over the first logit; the second is 0.
pub fn lse_beside_max() -> String {
    let logits: Vec<f64> = (-50..=50).map(|i| f64::from(i) / 10.0).collect();
    let lse = |x: f64| x.exp().ln_1p();
    let panel = panel(
        "x",
        "nats",
        [
            ("", SQUARED_COLOR, points(&logits, |x| x.max(0.0))),
            ("", SURPRISE_COLOR, points(&logits, lse)),
            ("", THIRD_COLOR, vec![(0.0, 0.0), (0.0, lse(0.0))]),
        ],
    );
    let panel = panel
        .with(|layout| layout.with_y_axis_min(-1.0))
        .label("ln(eˣ + 1)", SURPRISE_COLOR, (-0.6, lse(-0.6)), [-10.0, -10.0])
        .label("max(x, 0)", SQUARED_COLOR, (2.0, 2.0), [12.0, 8.0])
        .label(
            &format!("widest gap: ln 2 = {:.3}", lse(0.0)),
            THIRD_COLOR,
            (0.0, 0.0),
            [0.0, 16.0],
        );
    side_by_side("lse-beside-max", vec![panel])
}

/// Draws the loss of ten classes, nine of which share one logit, over the label's margin:
/// plain, and smoothed by 0.1.
pub fn smoothing() -> String {
    const EPSILON: f64 = 0.1;
    let margins: Vec<f64> = (-20..=100).map(|tenth| f64::from(tenth) / 10.0).collect();
    let plain = |margin: f64| (9.0 * (-margin).exp()).ln_1p();
    let smoothed = |margin: f64| plain(margin) + 0.9 * EPSILON * margin;
    // There p is the target: the label has 1 - 0.9 * 0.1, and each other class 0.01.
    let lowest = (0.91_f64 / 0.01).ln();
    let floor = smoothed(lowest);
    let panel = panel(
        "margin",
        "loss",
        [
            ("plain", SURPRISE_COLOR, points(&margins, plain)),
            ("smoothed", SQUARED_COLOR, points(&margins, smoothed)),
            ("", THIRD_COLOR, vec![(-2.0, floor), (10.0, floor)]),
            ("", THIRD_COLOR, vec![(lowest, 0.0), (lowest, floor)]),
        ],
    );
    let words = format!("lowest: {floor:.3},\nat {lowest:.2}");
    let panel = panel.label(&words, THIRD_COLOR, (lowest, floor), [12.0, -80.0]);
    side_by_side("smoothing", vec![panel])
}

/// Draws the cost of a forecast as areas: each class is as wide as its weight in the
/// target, and as high as its price.
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
        let layout = axes(&lines, "share of the rows", "nats");
        let layout = layout.with_y_axis_min(-1.0).with_y_axis_max(2.5);
        Panel::new(lines, layout.with_title(format!("{name} {area:.3}")))
    });
    side_by_side("areas", panels.into())
}

/// Returns the outline of bars of these widths and heights, side by side.
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

/// Draws the loss of a row of two that's right by a margin, exactly and by the formula
/// whose sum holds a 1.
pub fn tail() -> String {
    let margins: Vec<f64> = (0..=240).map(|i| f64::from(i) / 4.0).collect();
    let until_0 = |loss: &dyn Fn(f64) -> f64| -> Vec<(f64, f64)> {
        let losses = margins.iter().map(|&margin| (margin, loss(margin)));
        losses.take_while(|(_, loss)| *loss > 0.0).map(|(m, l)| (m, l.log10())).collect()
    };
    let by_sum_in_f32 =
        |margin: f64| f64::from(naive::loss_by_ln_of_sum(&[margin as f32, 0.0], 0));
    let (right, in_f64, in_f32) = (
        until_0(&|margin| (-margin).exp().ln_1p()),
        until_0(&|margin| (1.0 + (-margin).exp()).ln()),
        until_0(&by_sum_in_f32),
    );
    let [end_of_f32, end_of_f64] = [in_f32.len(), in_f64.len()].map(|length| length - 1);
    let ends = [in_f32[end_of_f32], in_f64[end_of_f64], right[right.len() * 3 / 4]];
    let panel = panel(
        "margin",
        "loss",
        [
            ("", THIRD_COLOR, right),
            ("", SURPRISE_COLOR, in_f64),
            ("", SQUARED_COLOR, in_f32),
        ],
    );
    let panel = panel
        .with(|layout| layout.with_y_tick_format(powers_of_ten()))
        .label("sum with a 1,\nf32, ends here", SQUARED_COLOR, ends[0], [0.0, 48.0])
        .label("sum with a 1,\nf64, ends here", SURPRISE_COLOR, ends[1], [-10.0, 48.0])
        .label("right", THIRD_COLOR, ends[2], [10.0, -6.0]);
    side_by_side("tail", vec![panel])
}

pub(crate) fn points(at: &[f64], value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    at.iter().map(|&x| (x, value(x))).collect()
}

/// Returns curves in one pair of axes, each with its name at its end.
pub(crate) fn panel<'a>(
    x: &str,
    y: &str,
    curves: impl IntoIterator<Item = NamedCurve<'a>>,
) -> Panel {
    let curves: Vec<NamedCurve<'_>> = curves.into_iter().collect();
    let line = |(_, color, points): &NamedCurve<'_>| {
        let line = LinePlot::new().with_data(points.clone()).with_color(*color);
        Plot::Line(line.with_stroke_width(2.0))
    };
    let lines: Vec<Plot> = curves.iter().map(line).collect();
    let across = curves.iter().flat_map(|(.., points)| points.iter().map(|(x, _)| *x));
    let (least, most) = (
        across.clone().fold(f64::INFINITY, f64::min),
        across.fold(f64::NEG_INFINITY, f64::max),
    );
    let layout = axes(&lines, x, y).with_x_axis_min(least).with_x_axis_max(most);
    let named = curves.iter().filter(|(name, ..)| !name.is_empty());
    named.fold(Panel::new(lines, layout), |panel, (name, color, points)| {
        match points.last() {
            Some(&end) => panel.end(name, color, end),
            None => panel,
        }
    })
}

/// Returns axes for these plots, whose words have the size of all words in pictures.
pub(crate) fn axes(plots: &[Plot], x: &str, y: &str) -> Layout {
    Layout::auto_from_plots(plots)
        .with_theme(theme())
        .with_tick_format(ticks())
        .with_title_size(TEXT_SIZE as u32)
        .with_label_size(TEXT_SIZE as u32)
        .with_tick_size(TEXT_SIZE as u32)
        .with_x_label(x)
        .with_y_label(y)
}

/// Returns the layout of a chart with probabilities across.
fn from_0_to_1(layout: Layout) -> Layout {
    layout.with_x_axis_min(0.0).with_x_axis_max(1.0)
}

/// Draws panels in rows of up to three; one or two panels are wider than three.
pub(crate) fn side_by_side(name: &str, panels: Vec<Panel>) -> String {
    let width = [480.0, 430.0, 330.0][panels.len().min(3) - 1];
    chart(name, panels, 3, [width, 310.0])
}
