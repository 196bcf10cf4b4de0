//! The last two stages beside their fastest rivals, over the number of classes.

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
        chart("sweep", panels.into(), 1, [480.0, 350.0])
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
            (series.name, series.color, times.collect())
        });
        let plural = if threads == 1 { "" } else { "s" };
        panel("classes", "ns per logit", curves).with(|layout| {
            layout.with_log_scale().with_title(format!("{threads} thread{plural}"))
        })
    }
}
