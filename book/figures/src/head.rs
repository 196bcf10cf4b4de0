//! The last layer of a language model: time and memory over the rows.

use kuva::plot::line::LinePlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use serde::Deserialize;
use text::markdown::table;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::theme::{theme, ticks};

/// The file `bench/data/head.json`, which `bench/peers/head.py` writes.
#[derive(Debug, Deserialize)]
pub struct Heads {
    date: String,
    machine: String,
    threads: usize,
    versions: Vec<String>,
    depth: usize,
    classes: usize,
    results: Vec<Head>,
}

#[derive(Debug, Deserialize)]
struct Head {
    rows: usize,
    name: String,
    milliseconds: f64,
    #[serde(rename = "extra MiB")]
    extra: f64,
    /// Milliseconds of the three bare products, with the library that this contestant uses.
    products: f64,
}

const HEAD_CURVES: [Series; 5] = [
    Series { name: "batched, by rows", color: "#2f7fd1" },
    Series { name: "batched, by vocabulary", color: "#2b8a3e" },
    Series { name: "PyTorch, eager", color: "#f08c5a" },
    Series { name: "PyTorch, compiled", color: "#d9480f" },
    Series { name: "PyTorch, chunks of 512 rows", color: "#b08900" },
];

impl Heads {
    /// Draws time and extra memory.
    pub fn picture(&self) -> String {
        let panels = [
            self.panel("time, ms", |head| head.milliseconds),
            self.panel("extra memory, MiB", |head| head.extra),
        ];
        chart("head", panels.into(), 2, [400.0, 290.0])
    }

    fn panel(&self, label: &str, value: fn(&Head) -> f64) -> Panel {
        let lines = HEAD_CURVES.iter().map(|series| {
            let own = self.results.iter().filter(|head| head.name == series.name);
            let points = own.map(|head| (head.rows as f64, value(head)));
            let line = LinePlot::new()
                .with_data(points.collect::<Vec<_>>())
                .with_color(series.color)
                .with_stroke_width(2.0)
                .with_legend(series.name);
            Plot::Line(line)
        });
        let lines: Vec<Plot> = lines.collect();
        let layout = Layout::auto_from_plots(&lines)
            .with_theme(theme())
            .with_log_scale()
            .with_tick_format(ticks())
            .with_x_label("rows")
            .with_y_label(label);
        Panel::new(lines, layout)
    }

    /// Returns the table of each way at each number of rows.
    pub fn table(&self) -> String {
        let head =
            ["rows", "method", "ms", "beyond the products, ms", "extra memory, MiB"];
        let rows: Vec<Vec<String>> = self
            .results
            .iter()
            .map(|head| {
                vec![
                    head.rows.to_string(),
                    head.name.clone(),
                    format!("{:.0}", head.milliseconds),
                    format!("{:.0}", head.milliseconds - head.products),
                    format!("{:.1}", head.extra),
                ]
            })
            .collect();
        table(&head, &rows)
    }

    /// Compares memory and time of both methods with PyTorch's usual call, at the most rows.
    pub fn conclusion(&self) -> String {
        let rows = self.results.iter().map(|head| head.rows).max().unwrap_or(0);
        let of = |name: &str| {
            let of_name = |head: &&Head| head.rows == rows && head.name == name;
            let found = self.results.iter().find(of_name);
            found.map_or((0.0, 0.0), |head| (head.extra, head.milliseconds))
        };
        let (of_torch, time) = of("PyTorch, eager");
        let (by_rows, time_by_rows) = of("batched, by rows");
        let (by_vocabulary, time_by_vocabulary) = of("batched, by vocabulary");
        format!(
            "At {rows} rows, PyTorch's usual call needs {of_torch:.1} MiB of extra memory. Ours \
             needs {by_rows:.1} MiB by rows, in {:.2} times the time, and {by_vocabulary:.1} MiB \
             by vocabulary, in {:.2} times the time.",
            time_by_rows / time,
            time_by_vocabulary / time
        )
    }

    /// Returns the date, the machine, the versions and the sizes.
    pub fn origin(&self) -> String {
        let Heads { date, machine, threads, versions, depth, classes, .. } = self;
        let versions = versions.join(", ");
        format!(
            "{date}, {machine}, {threads} threads; hidden rows of {depth} numbers, \
             {classes} classes; {versions}"
        )
    }
}
