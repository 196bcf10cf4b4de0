//! Pictures of an experiment's measurements, from its file in `book/data`.

use serde::Deserialize;
use serde_json::Value;

use crate::curves::{panel, side_by_side};
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
    /// The values, which are numbers or names.
    values: Vec<Value>,
}

impl Experiment {
    /// Returns column `y` over column `x`, from the table whose title begins with `title`.
    fn curve(&self, title: &str, x: &str, y: &str) -> Option<Vec<(f64, f64)>> {
        let table = self.tables.iter().find(|table| table.title.starts_with(title))?;
        let numbers = |name: &str| -> Option<Vec<f64>> {
            let column = table.columns.iter().find(|column| column.name == name)?;
            column.values.iter().map(Value::as_f64).collect()
        };
        Some(numbers(x)?.into_iter().zip(numbers(y)?).collect())
    }

    /// Draws the error of central differences over their step, from the experiment `gradients`.
    pub fn differences(&self) -> Option<String> {
        // We draw powers of ten, since the plot's own logarithmic axis ends at 1e-10.
        let of = |precision| {
            let curve = self.curve("central differences", "step", precision)?;
            Some(curve.into_iter().map(|(x, y)| (x.log10(), y.log10())).collect())
        };
        let (in_f32, in_f64): (Vec<_>, Vec<_>) = (of("in f32")?, of("in f64")?);
        let [above, below] = [*in_f32.get(8)?, *in_f64.get(12)?];
        let panel = panel(
            "step",
            "largest error of a slope",
            [("", SMOOTHED_COLOR, in_f32), ("", PLAIN_COLOR, in_f64)],
        );
        let panel = panel
            .with(|layout| layout.with_tick_format(powers_of_ten()))
            .label("in f32", SMOOTHED_COLOR, above, [10.0, -8.0])
            .label("in f64", PLAIN_COLOR, below, [-8.0, 12.0]);
        Some(side_by_side("differences", vec![panel]))
    }

    /// Draws how often the models of the experiment `smoothing` are right, over how often
    /// they say that they are.
    pub fn reliability(&self) -> Option<String> {
        const HONEST_COLOR: &str = "#888888";
        let mut panels = vec![];
        for labels in ["clean labels", "a fifth of the labels random"] {
            let bins = |way| self.bins(&format!("reliability: {labels}, {way}"));
            let (plain, smoothed) = (bins("plain")?, bins("0.1 over all")?);
            let starts = [*plain.first()?, *smoothed.first()?];
            let panel = panel(
                "how often it says it is right",
                "how often it is right",
                [
                    ("", HONEST_COLOR, vec![(0.0, 0.0), (1.0, 1.0)]),
                    ("", PLAIN_COLOR, plain),
                    ("", SMOOTHED_COLOR, smoothed),
                ],
            );
            let panel = panel
                .with(|layout| layout.with_title(labels))
                .label("as often right as it says", HONEST_COLOR, (0.1, 0.1), [14.0, 2.0])
                .label("plain", PLAIN_COLOR, starts[0], [8.0, 14.0])
                .label("smoothed\nby 0.1", SMOOTHED_COLOR, starts[1], [-4.0, -18.0]);
            panels.push(panel);
        }
        Some(side_by_side("reliability", panels))
    }

    /// Draws the loss and the accuracy of the experiment `digits`, over epochs, for each backend.
    pub fn digits(&self) -> Option<String> {
        let of = |title, backend| self.curve(title, "epoch", backend);
        let loss = |backend| Some(logarithmic(of("mean loss", backend)?));
        let losses = panel(
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
        let losses = losses.with(|layout| layout.with_y_tick_format(powers_of_ten()));
        Some(side_by_side("digits", vec![losses, accuracies]))
    }

    /// Draws the effect of a second softmax on loss and accuracy, from `softmax_twice`.
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

    /// Draws the perplexity of the experiment `sonnet`, on learned and on held-out lines.
    pub fn sonnet(&self) -> Option<String> {
        let of = |column| Some(logarithmic(self.curve("24 sonnets", "epoch", column)?));
        let panel = panel(
            "epoch",
            "perplexity",
            [
                ("lines learned", PLAIN_COLOR, of("lines learned")?),
                ("couplets held out", SMOOTHED_COLOR, of("couplets held out")?),
            ],
        );
        let panel = panel.with(|layout| layout.with_y_tick_format(powers_of_ten()));
        Some(side_by_side("sonnet", vec![panel]))
    }

    /// Returns the promised and the kept share of each bin that has some rows.
    fn bins(&self, title: &str) -> Option<Vec<(f64, f64)>> {
        const SOME: f64 = 10.0;
        let promised = self.curve(title, "rows", "expected right")?;
        let kept = self.curve(title, "rows", "right")?;
        let bins = promised.into_iter().zip(kept).filter(|((rows, _), _)| *rows >= SOME);
        Some(bins.map(|((n, promised), (_, kept))| (promised / n, kept / n)).collect())
    }
}

/// Returns a curve over a logarithmic axis.
fn logarithmic(curve: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    curve.into_iter().map(|(x, y)| (x, y.log10())).collect()
}
