//! The last two stages beside their fastest rivals, over the number of classes.

use kuva::prelude::TextAnnotation;
use serde::Deserialize;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::curves::panel;

/// `bench/data/sweep.json`, which `bench/peers/sweep.py` writes.
#[derive(Debug, Deserialize)]
pub struct Sweep {
    threads: usize,
    sizes: Vec<Size>,
}

#[derive(Debug, Deserialize)]
struct Size {
    classes: u32,
    results: Vec<Time>,
}

#[derive(Debug, Deserialize)]
struct Time {
    name: String,
    kind: String,
    threads: usize,
    #[serde(rename = "ns per logit")]
    nanoseconds: f64,
}

/// By their names in the sweep, and as the picture calls them.
const SWEEP_CURVES: [(&str, Series); 6] = [
    ("batched", Series { name: "batched", color: "#2f7fd1" }),
    ("vectorized", Series { name: "vectorized", color: "#2f7fd1" }),
    ("c", Series { name: "C", color: "#2b8a3e" }),
    ("torch_out", Series { name: "PyTorch", color: "#d9480f" }),
    ("jax_handwritten", Series { name: "JAX", color: "#9c36b5" }),
    ("copy", Series { name: "copy", color: "#888888" }),
];

/// As large as the text of a page.
const TEXT_SIZE: u32 = 16;

/// Where the middles of the labels are, to the right of the curves' ends: so many classes.
const LABELS_AT: f64 = 3.6e5;
/// A label stands above its anchor, so the anchor lies by this factor below the curve's end.
const LINE_BELOW: f64 = 0.78;
/// The labels of curves that end close together are apart by this factor.
const LINE_APART: f64 = 1.5;

impl Sweep {
    /// From the text of the file.
    ///
    /// # Errors
    /// If it isn't as `sweep.py` writes it.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Loss and gradient, on all threads and on one.
    pub fn picture(&self) -> String {
        let panels = [self.threads, 1].map(|threads| self.panel(threads));
        chart("sweep", panels.into(), 1, [480.0, 340.0])
    }

    fn panel(&self, threads: usize) -> Panel {
        let curves = SWEEP_CURVES.iter().map(|(name, series)| {
            let times = self.sizes.iter().filter_map(|size| {
                let of_curve = |time: &&Time| {
                    time.name == *name
                        && time.kind == "gradient"
                        && time.threads == threads
                };
                let time = size.results.iter().find(of_curve)?;
                Some((f64::from(size.classes), time.nanoseconds))
            });
            (series, times.collect::<Vec<_>>())
        });
        let curves: Vec<_> = curves.filter(|(_, points)| !points.is_empty()).collect();
        let ends = curves.iter().map(|(series, points)| (series.name, points.last()));
        let mut labels: Vec<(&str, f64)> =
            ends.filter_map(|(name, end)| Some((name, end?.1))).collect();
        labels.sort_by(|a, b| a.1.total_cmp(&b.1));
        let unnamed =
            curves.into_iter().map(|(series, points)| ("", series.color, points));
        let (lines, layout) = panel("classes", "ns per logit", unnamed);
        let plural = if threads == 1 { "" } else { "s" };
        let mut layout = layout
            .with_log_scale()
            .with_title(format!("{threads} thread{plural}"))
            .with_title_size(TEXT_SIZE)
            .with_label_size(TEXT_SIZE)
            .with_tick_size(TEXT_SIZE - 2);
        let mut below = 0.0;
        for (name, end) in labels {
            let y = f64::max(end * LINE_BELOW, below * LINE_APART);
            let text = TextAnnotation::new(name, LABELS_AT, y);
            layout = layout.with_annotation(text.with_font_size(TEXT_SIZE - 2));
            below = y;
        }
        (lines, layout)
    }
}
