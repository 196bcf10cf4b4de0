//! Pictures of what an experiment measured, from its file in `book/data`.

use serde::Deserialize;

use crate::curves::{panel, side_by_side};
use crate::theme::powers_of_ten;

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
    values: Vec<f64>,
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
        let column = |name: &str| table.columns.iter().find(|column| column.name == name);
        let (x, y) = (column(x)?, column(y)?);
        Some(x.values.iter().copied().zip(y.values.iter().copied()).collect())
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
}
