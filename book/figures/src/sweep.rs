//! The last two stages next to their fastest rivals, over the number of classes.

use serde::Deserialize;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::curves::panel;

/// The file `bench/data/sweep.json`, which `bench/peers/sweep.py` writes.
#[derive(Debug, Deserialize)]
pub struct Sweep {
    date: String,
    machine: String,
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
    #[serde(rename = "times ours")]
    times_ours: f64,
}

/// The curves, by their names in the sweep, and as the picture calls them.
const SWEEP_CURVES: [(&str, Series); 6] = [
    ("batched", Series { name: "batched", color: "#2f7fd1" }),
    ("vectorized", Series { name: "vectorized", color: "#2f7fd1" }),
    ("c", Series { name: "C", color: "#2b8a3e" }),
    ("torch_out", Series { name: "PyTorch", color: "#d9480f" }),
    ("jax_handwritten", Series { name: "JAX", color: "#9c36b5" }),
    ("copy", Series { name: "copy", color: "#888888" }),
];

impl Sweep {
    /// Says how far behind the fastest rival is over all numbers of classes, and where it's ahead.
    pub fn conclusion(&self) -> String {
        let leads: Vec<(u32, f64)> =
            self.sizes.iter().map(|size| (size.classes, self.lead(size))).collect();
        let mean =
            leads.iter().map(|(_, lead)| lead.ln()).sum::<f64>() / leads.len() as f64;
        let ahead = match leads.iter().filter(|(_, lead)| *lead < 1.0).count() {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        let least = leads.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let (classes, lead) = least.copied().unwrap_or((0, 0.0));
        format!(
            "Over {} numbers of classes, the fastest rival takes {:.2} times as long as \
             ours in the geometric mean. It's ahead at {ahead} of them. The least ratio is \
             {lead:.2}, at {classes} classes.",
            leads.len(),
            mean.exp()
        )
    }

    /// Returns the date, the machine and the number of threads.
    pub fn origin(&self) -> String {
        let Sweep { date, machine, threads, .. } = self;
        format!("{date}, {machine}, {threads} threads")
    }

    /// Returns how many times as long as `batched` its fastest rival takes, for loss and gradient.
    fn lead(&self, size: &Size) -> f64 {
        let rivals = size.results.iter().filter(|time| {
            time.kind == "gradient"
                && time.threads == self.threads
                && !["batched", "vectorized", "copy"].contains(&time.name.as_str())
        });
        rivals.map(|time| time.times_ours).fold(f64::INFINITY, f64::min)
    }

    /// Draws loss and gradient, on all threads and on one.
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
