//! The speed of the last stage next to other frameworks, in two columns.

use kuva::plot::bar::BarPlot;
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use serde::Deserialize;
use text::markdown::table;

use crate::Series;
use crate::chart::{Panel, chart};
use crate::theme::{theme, ticks};

/// The file `bench/data/peers.json`, which `bench/peers/race.py` writes.
#[derive(Debug, Deserialize)]
pub struct Races {
    date: String,
    machine: String,
    threads: usize,
    versions: Vec<String>,
    rounds: usize,
    races: Vec<Race>,
}

/// One shape in one column.
#[derive(Debug, Deserialize)]
struct Race {
    shape: String,
    column: String,
    kind: String,
    results: Vec<Time>,
}

#[derive(Debug, Deserialize)]
struct Time {
    name: String,
    milliseconds: f64,
    #[serde(rename = "times ours")]
    times_ours: f64,
}

/// The rivals: each framework with the fastest of its forms, and PyTorch also with the
/// form that most users call.
const RIVALS: [Series; 6] = [
    Series { name: "c", color: "#2b8a3e" },
    Series { name: "torch", color: "#d9480f" },
    Series { name: "jax", color: "#9c36b5" },
    Series { name: "torch_eager", color: "#f08c5a" },
    Series { name: "burn", color: "#c2255c" },
    Series { name: "candle", color: "#b08900" },
];

/// The beginning of the axis: a bar that ends below 1 belongs to a faster contestant.
const AXIS_START: f64 = 0.5;

const COLUMNS: [&str; 2] = ["same contract", "as users call it"];

impl Races {
    /// Draws loss and gradient in both columns: how many times as long each contestant takes.
    pub fn picture(&self) -> String {
        let panels = COLUMNS.map(|column| self.panel(column));
        chart("speed", panels.into(), 2, [440.0, 340.0])
    }

    fn panel(&self, column: &str) -> Panel {
        let mut bars =
            BarPlot::new().with_legend(RIVALS.map(|s| called(s.name)).to_vec());
        for race in self.of("gradient", column) {
            let times = RIVALS
                .iter()
                .filter_map(|s| Some((race.fastest(s.name)?.times_ours, s.color)));
            bars = bars.with_group(race.shape.clone(), times.collect::<Vec<_>>());
        }
        let bars = vec![Plot::Bar(bars)];
        let layout = Layout::auto_from_plots(&bars)
            .with_theme(theme())
            .with_log_y()
            .with_y_axis_min(AXIS_START)
            .with_tick_format(ticks())
            .with_x_tick_rotate(-30.0)
            .with_title(column)
            .with_title_size(14)
            .with_y_label("times as long as batched");
        Panel::new(bars, layout)
    }

    fn of(&self, kind: &str, column: &str) -> impl Iterator<Item = &Race> {
        let (kind, column) = (kind.to_owned(), column.to_owned());
        self.races.iter().filter(move |race| race.kind == kind && race.column == column)
    }

    /// Returns the table of loss and gradient under the same contract, in ms, and the loss alone.
    pub fn table(&self) -> String {
        let contestants = RIVALS.iter().map(|s| format!("{}, ms", called(s.name)));
        let first = ["rows x classes".to_owned(), "batched, ms".to_owned()];
        let last =
            ["fastest other / batched".to_owned(), "the same, loss alone".to_owned()];
        let head: Vec<String> =
            first.into_iter().chain(contestants).chain(last).collect();
        let rows = self.of("gradient", COLUMNS[0]).map(|race| {
            let time = |name| {
                race.fastest(name)
                    .map_or("-".into(), |t| format!("{:.2}", t.milliseconds))
            };
            let forward =
                self.of("forward", COLUMNS[0]).find(|other| other.shape == race.shape);
            let ahead = |race: &Race| format!("{:.2}", race.lead());
            let times =
                ["batched"].into_iter().chain(RIVALS.iter().map(|s| s.name)).map(time);
            let leads = [ahead(race), forward.map_or("-".into(), ahead)];
            [race.shape.replace('x', " x ")]
                .into_iter()
                .chain(times)
                .chain(leads)
                .collect()
        });
        table(&head, &rows.collect::<Vec<Vec<String>>>())
    }

    /// Says how far behind the fastest rival is, and PyTorch's usual call.
    pub fn conclusion(&self) -> String {
        let races: Vec<&Race> = self.of("gradient", COLUMNS[0]).collect();
        let shapes = [races.first(), races.last()].map(|race| {
            race.map_or(String::new(), |race| race.shape.replace('x', " x "))
        });
        let [least, most] = range(races.iter().map(|race| race.lead()));
        let eager = races.iter().filter_map(|race| race.fastest("torch_eager"));
        let [least_eager, most_eager] = range(eager.map(|time| time.times_ours));
        format!(
            "At {} shapes from {} to {}, the fastest rival takes {least:.2} to {most:.2} times \
             as long as our third stage for the loss and its gradient. PyTorch's usual call \
             takes {least_eager:.1} to {most_eager:.1} times as long.",
            races.len(),
            shapes[0],
            shapes[1]
        )
    }

    /// Returns the date, the machine and the threads, without the versions.
    pub fn place(&self) -> String {
        let Races { date, machine, threads, .. } = self;
        format!("{date}, {machine}, {threads} threads")
    }

    /// Returns the date, the machine, the threads, the rounds and the versions.
    pub fn origin(&self) -> String {
        let Races { rounds, versions, .. } = self;
        format!("{}, {rounds} rounds; {}", self.place(), versions.join(", "))
    }
}

impl Race {
    /// Returns the fastest of the forms whose names begin with `name`.
    fn fastest(&self, name: &str) -> Option<&Time> {
        let of_name = |time: &&Time| {
            time.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'))
        };
        let by_time = |a: &&Time, b: &&Time| a.milliseconds.total_cmp(&b.milliseconds);
        self.results.iter().filter(of_name).min_by(by_time)
    }

    /// Returns how many times as long the fastest of the others takes.
    fn lead(&self) -> f64 {
        let others =
            self.results.iter().filter(|time| !time.name.starts_with("batched_"));
        others.map(|time| time.times_ours).fold(f64::INFINITY, f64::min)
    }
}

/// Returns the least and the largest of some numbers.
fn range(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    numbers.fold([f64::INFINITY, 0.0], |[least, most], x| [least.min(x), most.max(x)])
}

/// Returns the name of a contestant in tables and pictures.
fn called(name: &str) -> &str {
    match name {
        "torch" => "PyTorch, fastest form",
        "torch_eager" => "PyTorch, eager",
        "jax" => "JAX",
        "c" => "C, OpenMP, libmvec",
        _ => name,
    }
}
