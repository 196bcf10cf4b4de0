//! Charts and tables of measurements, from the JSON files in `bench/data` and
//! `book/data`. Nothing is measured or computed here, except the formulas that are drawn.
//!
//! | module | drawings |
//! |---|---|
//! | `canvas` | lines, boxes, arrows and words |
//! | `chart` | axes side by side, with labels at the curves, or with a key |
//! | [`curves`] | formulas |
//! | [`diagrams`] | boxes: memory, lanes, blocks |
//! | [`speed`] | the last stage next to other frameworks, in two columns |
//! | [`exactness`] | errors of the loss over margin, offset and classes |
//! | [`error_map`] | errors over margin and offset at once, and backward errors |
//! | [`scoreboard`] | seven formulas for the loss against six rows |
//! | [`number_line`] | the numbers of `f32` around 1 |
//! | [`triangle`] | the gradient at the probabilities of three classes |
//! | [`tape_graph`] | a tape: each number, and the derivative of the loss with respect to it |
//! | [`experiment`] | the measurements of an experiment |
//! | [`live`](mod@live) | the live figures, as they're printed |
//! | [`head`] | the last layer of a language model: time and memory |
//! | [`roofline`] | the stages next to a copy, over the shapes of the race |
//! | [`scaling`] | time over rows and over classes |
//! | [`sweep`] | the last two stages next to their rivals, over the number of classes |
//! | [`theme`] | one picture for light and dark pages |
//!
//! `cargo run -p figures` draws them all again.
#![forbid(unsafe_code)]

mod canvas;
mod chart;
pub mod curves;
pub mod diagrams;
pub mod error_map;
pub mod exactness;
pub mod experiment;
pub mod head;
pub mod live;
pub mod number_line;
pub mod roofline;
pub mod scaling;
pub mod scoreboard;
pub mod speed;
pub mod sweep;
pub mod tape_graph;
pub mod theme;
pub mod triangle;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bench::report::RaceReport;
use bench::scaling::Scaling;
use exactness::Errors;
use experiment::Experiment;
use head::Heads;
use serde::de::DeserializeOwned;
use speed::Races;
use sweep::Sweep;
use text::terminal::wrapped;

/// The page of all measurements.
const MEASURED: &str = "bench/README.md";
/// The number of characters in a line of a page.
const WIDTH: usize = 100;

/// Returns the root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn measured<T: DeserializeOwned>(name: &str) -> Result<T> {
    read(&bench::data().join(name))
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let file = || path.display().to_string();
    let json = fs::read_to_string(path).with_context(file)?;
    serde_json::from_str(&json).with_context(file)
}

/// Everything that's drawn, by name.
pub struct Drawn {
    /// The pictures as SVG, each a file of that name in `book/figures/svg`.
    pub pictures: Vec<(&'static str, String)>,
    /// The live figures as HTML, each a file of that name in `book/figures/live`.
    pub live: Vec<(String, String)>,
    /// The tables as Markdown: the page that shows a table, the name of the two marks on
    /// the page between which it stands, and the text.
    pub tables: Vec<(&'static str, &'static str, String)>,
}

impl Drawn {
    /// Draws everything from the files in `bench/data` and `book/data`.
    ///
    /// # Errors
    /// If a file is missing, or isn't as its program writes it.
    pub fn from_data() -> Result<Self> {
        let errors: Errors = measured("errors.json")?;
        let races: Races = measured("peers.json")?;
        let sweep: Sweep = measured("sweep.json")?;
        let heads: Heads = measured("head.json")?;
        let scaling: Scaling = measured("scaling.json")?;
        let stages: RaceReport = measured("race.json")?;
        let of = |name: &str, draw: fn(&Experiment) -> Option<String>| {
            let drawn = draw(&read(&root().join("book/data").join(name))?);
            drawn.with_context(|| format!("{name} has other tables"))
        };
        let text = |table: String, conclusion: String, origin: String| {
            let conclusion = wrapped(&format!("**{conclusion}** ({origin}.)"), WIDTH);
            format!("{table}\n{conclusion}\n")
        };
        let headline = |name: &str, conclusion: String, place: String| {
            wrapped(&format!("- **{name}.** {conclusion} ({place}.)"), WIDTH) + "\n"
        };
        let headlines = headline("Exact", errors.conclusion(), errors.place())
            + &headline("Fast", sweep.conclusion(), sweep.origin());
        Ok(Drawn {
            pictures: vec![
                ("surprise.svg", curves::surprise()),
                ("differences.svg", of("gradients.json", Experiment::differences)?),
                ("overflow.svg", curves::overflow()),
                ("smoothing.svg", curves::smoothing()),
                ("reliability.svg", of("smoothing.json", Experiment::reliability)?),
                ("lse_beside_max.svg", curves::lse_beside_max()),
                ("triangle.svg", triangle::picture()),
                ("tape_graph.svg", tape_graph::picture()),
                ("number_line.svg", number_line::picture()),
                ("scoreboard.svg", scoreboard::picture()),
                ("digits.svg", of("digits.json", Experiment::digits)?),
                ("twice.svg", of("softmax_twice.json", Experiment::twice)?),
                ("sonnet.svg", of("sonnet.json", Experiment::sonnet)?),
                ("divergence.svg", curves::divergence()),
                ("areas.svg", curves::areas()),
                ("temperature.svg", curves::temperature()),
                ("sigmoid.svg", curves::sigmoid()),
                ("tail.svg", curves::tail()),
                ("exactness.svg", errors.picture()),
                ("error_map.svg", errors.map()),
                ("lanes.svg", diagrams::lanes()),
                ("passes.svg", diagrams::passes()),
                ("strides.svg", diagrams::strides()),
                ("rows_as_lanes.svg", diagrams::rows_as_lanes()),
                ("head_blocks.svg", diagrams::head_blocks()),
                ("roofline.svg", roofline::picture(&stages)),
                ("speed.svg", races.picture()),
                ("sweep.svg", sweep.picture()),
                ("head.svg", heads.picture()),
                ("scaling.svg", scaling::picture(&scaling)),
            ],
            live: live::all(),
            tables: vec![
                ("README.md", "results", headlines),
                (
                    MEASURED,
                    "errors",
                    text(errors.table(), errors.conclusion(), errors.origin()),
                ),
                (
                    MEASURED,
                    "peers",
                    text(races.table(), races.conclusion(), races.origin()),
                ),
                (
                    MEASURED,
                    "sweep",
                    text(String::new(), sweep.conclusion(), sweep.origin()),
                ),
                (
                    MEASURED,
                    "head",
                    text(heads.table(), heads.conclusion(), heads.origin()),
                ),
            ],
        })
    }
}

/// A contestant of a picture: its name there, and its color.
struct Series {
    name: &'static str,
    color: &'static str,
}
