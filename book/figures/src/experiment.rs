//! Pictures of what an experiment measured, from its file in `book/data`.

use serde::Deserialize;
use serde_json::Value;

use crate::chart::Panel;
use crate::curves::{panel, points, side_by_side};
use crate::theme::powers_of_ten;

const PLAIN_COLOR: &str = "#2f7fd1";
const SMOOTHED_COLOR: &str = "#d9480f";
const SCALAR_COLOR: &str = "#2b8a3e";

/// A file that `cargo run -- experiment NAME --save` writes.
#[derive(Debug, Deserialize)]
pub struct Experiment {
    tables: Vec<Table>,
}

#[derive(Debug, Deserialize)]
struct Table {
    title: String,
    columns: Vec<Column>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    /// Numbers, or names.
    values: Vec<Value>,
}

impl Experiment {
    /// From the text of the file.
    ///
    /// # Errors
    /// If it is not as the program writes it.
    pub fn read(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// One column over another, of the table whose title begins so.
    fn curve(&self, title: &str, x: &str, y: &str) -> Option<Vec<(f64, f64)>> {
        let table = self.tables.iter().find(|table| table.title.starts_with(title))?;
        let numbers = |name: &str| -> Option<Vec<f64>> {
            let column = table.columns.iter().find(|column| column.name == name)?;
            column.values.iter().map(Value::as_f64).collect()
        };
        Some(numbers(x)?.into_iter().zip(numbers(y)?).collect())
    }

    /// The error of central differences over their step, of the experiment `gradients`.
    pub fn differences(&self) -> Option<String> {
        // As powers of ten: the plot's own logarithmic axis ends at 1e-10.
        let of = |precision| {
            let curve = self.curve("central differences", "step", precision)?;
            Some(curve.into_iter().map(|(x, y)| (x.log10(), y.log10())).collect())
        };
        let (lines, layout) = panel(
            "step",
            "largest error of a slope",
            [("in f32", "#d9480f", of("in f32")?), ("in f64", "#2f7fd1", of("in f64")?)],
        );
        let layout = layout.with_tick_format(powers_of_ten());
        Some(side_by_side("differences", vec![(lines, layout)]))
    }

    /// The smoothed loss over the margin, and how honest the models of the experiment
    /// `smoothing` are.
    pub fn smoothing(&self) -> Option<String> {
        let honest = || vec![(0.0, 0.0), (1.0, 1.0)];
        let mut panels = vec![smoothed_loss()];
        for labels in ["clean labels", "a fifth of the labels random"] {
            let bins = |way| self.reliability(&format!("reliability: {labels}, {way}"));
            let (lines, layout) = panel(
                "confidence",
                "share that is right",
                [
                    ("", "#8888", honest()),
                    ("plain", PLAIN_COLOR, bins("plain")?),
                    ("smoothed by 0.1", SMOOTHED_COLOR, bins("0.1 over all")?),
                ],
            );
            panels.push((lines, layout.with_title(labels).with_title_size(13)));
        }
        Some(side_by_side("smoothing", panels))
    }

    /// The loss and the accuracy of the experiment `digits`, over epochs, for each backend.
    pub fn digits(&self) -> Option<String> {
        let of = |title, backend| self.curve(title, "epoch", backend);
        let loss = |backend| Some(logarithmic(of("mean loss", backend)?));
        let (losses, layout) = panel(
            "epoch",
            "mean loss",
            [
                ("scalar", SCALAR_COLOR, loss("scalar")?),
                ("vectorized", SMOOTHED_COLOR, loss("vectorized")?),
                ("batched", PLAIN_COLOR, loss("batched")?),
            ],
        );
        let accuracy = |backend| of("accuracy", backend);
        let accuracies = panel(
            "epoch",
            "accuracy",
            [
                ("", SCALAR_COLOR, accuracy("scalar")?),
                ("", SMOOTHED_COLOR, accuracy("vectorized")?),
                ("", PLAIN_COLOR, accuracy("batched")?),
            ],
        );
        let losses = (losses, layout.with_y_tick_format(powers_of_ten()));
        Some(side_by_side("digits", vec![losses, accuracies]))
    }

    /// What a second softmax does to loss and accuracy: the experiment `softmax_twice`.
    pub fn twice(&self) -> Option<String> {
        let of = |column| self.curve("mean loss", "epoch", column);
        let losses = panel(
            "epoch",
            "mean loss",
            [
                ("one softmax", PLAIN_COLOR, of("loss, once")?),
                ("two", SMOOTHED_COLOR, of("loss, twice")?),
            ],
        );
        let accuracies = panel(
            "epoch",
            "accuracy",
            [
                ("", PLAIN_COLOR, of("accuracy, once")?),
                ("", SMOOTHED_COLOR, of("accuracy, twice")?),
            ],
        );
        Some(side_by_side("twice", vec![losses, accuracies]))
    }

    /// The perplexity of the experiment `sonnet`, on what is learned and on what is not.
    pub fn sonnet(&self) -> Option<String> {
        let of = |column| Some(logarithmic(self.curve("24 sonnets", "epoch", column)?));
        let (lines, layout) = panel(
            "epoch",
            "perplexity",
            [
                ("lines learned", PLAIN_COLOR, of("lines learned")?),
                ("couplets held out", SMOOTHED_COLOR, of("couplets held out")?),
            ],
        );
        let layout = layout.with_y_tick_format(powers_of_ten());
        Some(side_by_side("sonnet", vec![(lines, layout)]))
    }

    /// For each bin with some rows, what was promised and what was kept.
    fn reliability(&self, title: &str) -> Option<Vec<(f64, f64)>> {
        const SOME: f64 = 10.0;
        let promised = self.curve(title, "rows", "expected right")?;
        let kept = self.curve(title, "rows", "right")?;
        let bins = promised.into_iter().zip(kept).filter(|((rows, _), _)| *rows >= SOME);
        Some(bins.map(|((n, promised), (_, kept))| (promised / n, kept / n)).collect())
    }
}

/// A curve over a logarithmic axis.
fn logarithmic(curve: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    curve.into_iter().map(|(x, y)| (x, y.log10())).collect()
}

/// The loss of ten classes, nine of which share one logit, over the label's margin.
fn smoothed_loss() -> Panel {
    let margins: Vec<f64> = (-20..=100).map(|tenth| f64::from(tenth) / 10.0).collect();
    let loss = |epsilon: f64, margin: f64| {
        let lse_below_label = (9.0 * (-margin).exp()).ln_1p();
        lse_below_label + 0.9 * epsilon * margin
    };
    panel(
        "margin",
        "loss",
        [
            ("", PLAIN_COLOR, points(&margins, |margin| loss(0.0, margin))),
            ("", SMOOTHED_COLOR, points(&margins, |margin| loss(0.1, margin))),
        ],
    )
}
