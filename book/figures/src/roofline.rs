//! The time of each stage next to a copy of the memory, over the shapes of the race.

use bench::report::RaceReport;

use crate::curves::{panel, side_by_side};
use crate::theme::powers_of_ten;

/// The curves, by their names in the race, from the slowest.
const ROOFLINE_CURVES: [(&str, &str); 6] = [
    ("scalar", "#888888"),
    ("plain f32", "#9c36b5"),
    ("vectorized", "#2b8a3e"),
    ("batched", "#2f7fd1"),
    ("copy", "#e8a23a"),
    ("copy, all threads", "#d9480f"),
];

/// Draws nanoseconds per logit over the number of classes.
pub fn picture(report: &RaceReport) -> String {
    let curve = |name: &str| {
        let shapes = report.shapes.iter().filter_map(|shape| {
            let (_, ms) = shape.milliseconds.iter().find(|(of, _)| of == name)?;
            let nanoseconds = 1e6 * ms / (shape.rows * shape.classes) as f64;
            Some(((shape.classes as f64).log10(), nanoseconds.log10()))
        });
        shapes.collect()
    };
    let curves = ROOFLINE_CURVES.map(|(name, color)| (name, color, curve(name)));
    let panel = panel("classes", "ns per logit", curves);
    let panel = panel.with(|layout| layout.with_tick_format(powers_of_ten()));
    side_by_side("roofline", vec![panel])
}
