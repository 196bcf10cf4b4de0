//! The errors of the loss over margin, offset and classes.

use kuva::render::layout::Layout;
use serde::Deserialize;
use text::markdown::table;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::curves::panel;

/// The file `bench/data/errors.json`, which `bench/peers/errors.py` writes.
#[derive(Debug, Deserialize)]
pub struct Errors {
    date: String,
    machine: String,
    versions: Vec<String>,
    pub(crate) margins: Vec<f64>,
    pub(crate) offsets: Vec<f64>,
    classes: Vec<f64>,
    pub(crate) contestants: Vec<Contestant>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) grid: Grid,
    classes: OverClasses,
}

/// The errors offset by offset, for each margin; `None` if there's no such number.
#[derive(Debug, Deserialize)]
pub(crate) struct Grid {
    pub(crate) loss: Vec<Vec<Option<f64>>>,
    gradient: Vec<Vec<Option<f64>>>,
    pub(crate) backward: Vec<Vec<Option<f64>>>,
}

/// The worst errors of some rows, for each number of classes.
#[derive(Debug, Deserialize)]
pub(crate) struct OverClasses {
    loss: Vec<Option<f64>>,
}

/// The curves, by their names in the file, and as the picture calls them. The third stage
/// stands for all three. It's drawn last, so that no other line hides it.
const ERROR_CURVES: [(&str, Series); 6] = [
    ("torch", Series { name: "PyTorch", color: "#d9480f" }),
    ("optax", Series { name: "optax", color: "#9c36b5" }),
    ("burn", Series { name: "burn", color: "#c2255c" }),
    ("candle", Series { name: "candle", color: "#b08900" }),
    ("c", Series { name: "C", color: "#2b8a3e" }),
    ("batched", Series { name: "ours", color: "#2f7fd1" }),
];

/// A curve of one contestant, or of several: its name, its color and its points.
type ErrorCurve = (String, &'static str, Vec<(f64, f64)>);

/// The margin at which offsets are compared.
const COMPARED_MARGIN: usize = 3;
/// The error that stands for every smaller one: below half an ulp, it's as good as none.
const ERROR_FLOOR: f64 = 0.5;

impl Errors {
    /// Draws the error over the margin, over a common offset, and over the number of
    /// classes. A curve of several contestants has all their names.
    pub fn picture(&self) -> String {
        let by_margin = self.curves(&self.margins, |c| c.grid.loss[0].clone());
        // An offset of 0 has no place on a logarithmic axis.
        let offsets: Vec<f64> = self.offsets.iter().map(|x| x.max(0.1)).collect();
        let by_offset = self.curves(&offsets, |c| {
            c.grid.loss.iter().map(|row| row[COMPARED_MARGIN]).collect()
        });
        let by_classes = self.curves(&self.classes, |c| c.classes.loss.clone());
        let by_margin = error_panel(
            "margin",
            by_margin,
            &[(55, [0.0, 20.0]), (10, [4.0, -62.0]), (55, [0.0, 14.0])],
        );
        let by_offset = error_panel(
            "common offset, at a margin of 3",
            by_offset,
            &[(6, [0.0, -12.0]), (6, [-12.0, -8.0]), (3, [0.0, 14.0])],
        );
        let by_classes = error_panel("classes", by_classes, &[]).with(Layout::with_log_x);
        let panels = vec![by_margin, by_offset.with(Layout::with_log_x), by_classes];
        chart("exactness", panels, 2, [480.0, 350.0])
    }

    /// Returns the contestants' curves, and joins equal curves into one.
    fn curves(
        &self,
        at: &[f64],
        errors: impl Fn(&Contestant) -> Vec<Option<f64>>,
    ) -> Vec<ErrorCurve> {
        let mut curves: Vec<ErrorCurve> = vec![];
        for (name, series) in &ERROR_CURVES {
            let found = self.contestants.iter().find(|c| c.name == *name);
            let errors = found.map(&errors).unwrap_or_default();
            let points = at.iter().zip(errors);
            let points: Vec<_> = points
                .filter_map(|(&x, error)| Some((x, error?.max(ERROR_FLOOR))))
                .collect();
            match curves.iter_mut().find(|(.., other)| *other == points) {
                Some((names, ..)) => *names += &format!(", {}", series.name),
                None => curves.push((series.name.to_owned(), series.color, points)),
            }
        }
        curves
    }

    /// Returns the table of each contestant's worst errors.
    pub fn table(&self) -> String {
        let head = [
            "contestant",
            "loss, margins 0 to 16",
            "loss, margins 17 to 100",
            "gradient",
            "impossible losses",
        ];
        let rows: Vec<Vec<String>> = self
            .contestants
            .iter()
            .map(|c| {
                let near = c.grid.loss.iter().flat_map(|row| &row[..=16]).copied();
                let far = c.grid.loss.iter().flat_map(|row| &row[17..]).copied();
                let gradient = c.grid.gradient.concat();
                let nowhere =
                    c.grid.backward.concat().iter().filter(|e| e.is_none()).count();
                let rows = c.grid.backward.concat().len();
                vec![
                    called(&c.name).to_owned(),
                    worst(near),
                    worst(far),
                    worst(gradient.into_iter()),
                    format!("{nowhere} of {rows}"),
                ]
            })
            .collect();
        table(&head, &rows)
    }

    /// Says how far off the stages and PyTorch are. The rows have two logits.
    pub fn conclusion(&self) -> String {
        let of = |names: &[&str]| {
            let found =
                self.contestants.iter().filter(|c| names.contains(&c.name.as_str()));
            let errors = found.flat_map(|c| c.grid.loss.concat()).collect::<Vec<_>>();
            worst(errors.into_iter())
        };
        let torch = self.contestants.iter().find(|c| c.name == "torch");
        let of_torch = torch.map(|c| c.grid.backward.concat()).unwrap_or_default();
        format!(
            "On {} rows with margins from 0 to 100 and offsets from 0 to 1e8, the loss of our \
             stages is off by at most {} ulp, and PyTorch's by up to {} ulp. For {} of the \
             rows, PyTorch returns a loss that no logits have.",
            of_torch.len(),
            of(&["scalar", "vectorized", "batched"]),
            of(&["torch"]),
            of_torch.iter().filter(|error| error.is_none()).count()
        )
    }

    /// Returns the date and the machine, without the versions.
    pub fn place(&self) -> String {
        format!("{}, {}", self.date, self.machine)
    }

    /// Returns the date, the machine and the versions.
    pub fn origin(&self) -> String {
        format!("{}; {}", self.place(), self.versions.join(", "))
    }
}

/// Draws errors on a logarithmic axis. A place tells at which point of a curve its name
/// stands, and how far from it. Without places, the names stand at the curves' ends.
fn error_panel(x: &str, curves: Vec<ErrorCurve>, places: &[(usize, [f64; 2])]) -> Panel {
    let at_ends = places.len() != curves.len();
    let shown = curves.iter().map(|(name, color, points)| {
        (if at_ends { name } else { "" }, *color, points.clone())
    });
    let panel = panel(x, "error of the loss, ulp", shown)
        .with(|layout| layout.with_log_y().with_y_axis_min(0.01).with_y_axis_max(1e9));
    let places = curves.iter().zip(places).filter(|_| !at_ends);
    places.fold(panel, |panel, ((name, color, points), (at, offset))| {
        panel.label(name, color, points[*at], *offset)
    })
}

/// Returns the largest error, in few digits.
fn worst(errors: impl Iterator<Item = Option<f64>>) -> String {
    let largest = errors.map(|e| e.unwrap_or(f64::INFINITY)).fold(0.0, f64::max);
    match largest {
        x if x < 1000.0 => format!("{x:.2}"),
        x if x.is_finite() => format!("{x:.1e}"),
        _ => "not finite".to_owned(),
    }
}

/// Returns the name of a contestant in tables and pictures.
pub(crate) fn called(name: &str) -> &str {
    match name {
        "torch" => "PyTorch",
        "optax" => "optax (JAX)",
        "c" => "C, OpenMP, libmvec",
        _ => name,
    }
}
