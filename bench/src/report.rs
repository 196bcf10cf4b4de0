//! The measurements of the race, as JSON and as tables.

use std::env;
use std::iter;

use anyhow::Result;
use backend::{Backend, CrossEntropy};
use conformance::case::{Case, Targets};
use conformance::random::Random;
use serde::{Deserialize, Serialize};
use text::markdown::{between_marks, table};
use text::terminal::wrapped;

use crate::contestants::{
    Refused, admit, copy, copy_on_all_threads, forward_backward, memcpy,
    memcpy_on_all_threads, plain, read,
};
use crate::race::{Times, race};
use crate::{machine, today};

/// The shapes, rows and classes: digits, images, the vocabularies of two language models.
pub const SHAPES: [(usize, usize); 4] =
    [(65_536, 10), (4_096, 1_000), (512, 32_000), (256, 128_256)];

/// The standard deviation of the logits, about that of a trained model.
pub const DEVIATION: f32 = 3.0;

/// The number of characters in a line of a page.
const WIDTH: usize = 100;

/// The shape at which options are compared.
const OPTIONS_SHAPE: (usize, usize) = (4_096, 1_000);

/// All measurements of a race.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RaceReport {
    /// The date of the race.
    pub date: String,
    /// The processor, as it names itself.
    pub machine: String,
    /// The number of rounds.
    pub rounds: usize,
    /// The number of threads of the last stage.
    pub threads: usize,
    /// The setting of the C library, from `GLIBC_TUNABLES`: the number of bytes from
    /// which its `memcpy` stores past the cache.
    pub tunables: String,
    /// Loss and gradient, one entry for each shape.
    pub shapes: Vec<Shape>,
    /// Loss and gradient with options, of the last stage but one, on one thread.
    pub options: Vec<WithOptions>,
}

/// Loss and gradient at one shape.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Shape {
    /// The number of rows, N.
    pub rows: usize,
    /// The number of classes, C.
    pub classes: usize,
    /// The names and milliseconds of all contestants.
    pub milliseconds: Vec<(String, f64)>,
    /// The time of a copy over that of the last stage but one, both on one thread.
    pub of_copy: f64,
    /// The time of a copy over that of the last stage, both on all threads.
    pub of_copy_on_all_threads: f64,
    /// The time of the plain loop over that of the last stage but one.
    pub times_plain: f64,
    /// The bytes that the last stage reads and writes, in 10^9 per second.
    pub gigabytes_a_second: f64,
}

/// Loss and gradient with options, relative to plain labels on the same logits.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct WithOptions {
    /// The options, in words.
    pub options: String,
    /// The time divided by that of plain labels.
    pub times_labels: f64,
    /// The same ratio without the time that reading a second array takes.
    pub without_read: f64,
}

impl RaceReport {
    /// Races two stages or more, the last of which uses all threads.
    ///
    /// # Panics
    /// If there are fewer than two stages.
    ///
    /// # Errors
    /// If a stage breaks a law, or is wrong on one of the batches.
    pub fn measure(stages: &[Box<dyn Backend>], rounds: usize) -> Result<Self, Refused> {
        stages.iter().try_for_each(|stage| admit(&**stage))?;
        // We measure on a thread of the pool, or the copy on all threads would wait for the pool.
        let measured = |&shape| Shape::measure(stages, shape, rounds);
        let shapes =
            rayon::scope(|_| SHAPES.iter().map(measured).collect::<Result<_, _>>())?;
        let mut options = vec![];
        let one_thread = &*stages[stages.len() - 2];
        for (name, case) in cases_with_options().expect("the options are valid") {
            options.push(WithOptions::measure(one_thread, name, &case, rounds)?);
        }
        Ok(RaceReport {
            date: today(),
            machine: machine(),
            rounds,
            threads: rayon::current_num_threads(),
            tunables: env::var("GLIBC_TUNABLES").unwrap_or_default(),
            shapes,
            options,
        })
    }

    /// Returns a page with the two tables, each between its two marks.
    ///
    /// # Errors
    /// If the page doesn't have the marks.
    pub fn inserted_into(&self, text: &str) -> Result<String> {
        let RaceReport { date, machine, threads, rounds, .. } = self;
        let conclusion = format!(
            "**{}** ({date}, {machine}, {threads} threads, {rounds} rounds.)",
            self.conclusion()
        );
        let shapes =
            format!("{}\n{}\n", self.shapes_table(), wrapped(&conclusion, WIDTH));
        let options =
            format!("{}\n{}\n", self.options_table(), self.conclusion_on_options());
        between_marks(&between_marks(text, "race", &shapes)?, "options", &options)
    }

    /// Says how the last stage but one compares with the plain loop and with a copy.
    pub fn conclusion(&self) -> String {
        let times = self.shapes.iter().map(|shape| shape.times_plain);
        let (least, most) = times
            .fold((f64::INFINITY, 0.0), |(least, most), x| (x.min(least), x.max(most)));
        let nearest = self.shapes.iter().max_by(|a, b| a.of_copy.total_cmp(&b.of_copy));
        let Some(nearest) = nearest else { return String::new() };
        format!(
            "On one thread, the plain loop takes {least:.1} to {most:.1} times as long as \
             `vectorized`. At {} x {}, `vectorized` takes {:.2} times as long as a copy.",
            nearest.rows,
            nearest.classes,
            1.0 / nearest.of_copy
        )
    }

    /// Names the option that costs the most.
    fn conclusion_on_options(&self) -> String {
        let costs = self.options.iter();
        let most = costs.max_by(|a, b| a.times_labels.total_cmp(&b.times_labels));
        most.map_or(String::new(), |most| {
            let WithOptions { options, times_labels, .. } = most;
            format!(
                "**The most expensive option, \"{options}\", takes {times_labels:.2} times as \
                 long as plain labels.**"
            )
        })
    }

    /// Returns both tables, as Markdown.
    pub fn markdown(&self) -> String {
        self.shapes_table() + "\n" + &self.options_table()
    }

    fn shapes_table(&self) -> String {
        let names = self.shapes.first().map_or(&[][..], |shape| &shape.milliseconds);
        let [.., one_thread, last] = names else { return String::new() };
        let (one_thread, last) = (&one_thread.0, &last.0);
        let ratios = [
            format!("copy / {one_thread}"),
            format!("plain / {one_thread}"),
            format!("copy, all threads / {last}"),
            format!("GB/s of {last}"),
        ];
        let names = names.iter().map(|(name, _)| format!("{name}, ms"));
        let shape = "rows x classes".to_owned();
        let head: Vec<String> = iter::once(shape).chain(names).chain(ratios).collect();
        table(&head, &self.shapes.iter().map(Shape::cells).collect::<Vec<_>>())
    }

    fn options_table(&self) -> String {
        let head = ["options", "times plain labels", "without reading the distributions"];
        let options = self.options.iter().map(|with| {
            let ratios =
                [with.times_labels, with.without_read].map(|x| format!("{x:.2}"));
            iter::once(with.options.clone()).chain(ratios).collect()
        });
        table(&head, &options.collect::<Vec<Vec<String>>>())
    }
}

impl Shape {
    fn measure(
        stages: &[Box<dyn Backend>],
        (rows, classes): (usize, usize),
        rounds: usize,
    ) -> Result<Self, Refused> {
        let case = Random::new(1).labels(rows, classes, DEVIATION);
        let mut contestants = vec![
            copy(&case),
            copy_on_all_threads(&case),
            memcpy(&case),
            memcpy_on_all_threads(&case),
            plain(&case),
        ];
        for stage in stages {
            contestants.push(forward_backward(&**stage, &case)?);
        }
        let times = race(contestants, &mut vec![0.0; rows * classes], rounds);
        let [copy, copy_on_all_threads, _, _, plain, .., one_thread, last] = &times[..]
        else {
            unreachable!("five contestants and two stages")
        };
        let bytes = 2.0 * (4 * rows * classes) as f64;
        Ok(Shape {
            rows,
            classes,
            milliseconds: times.iter().map(named_milliseconds).collect(),
            of_copy: one_thread.faster_than(copy),
            of_copy_on_all_threads: last.faster_than(copy_on_all_threads),
            times_plain: one_thread.faster_than(plain),
            gigabytes_a_second: bytes / 1e6 / last.milliseconds(),
        })
    }

    fn cells(&self) -> Vec<String> {
        let name = format!("{} x {}", self.rows, self.classes);
        let times = self.milliseconds.iter().map(|(_, ms)| format!("{ms:.2}"));
        let ratios = [
            format!("{:.2}", self.of_copy),
            format!("{:.1}", self.times_plain),
            format!("{:.2}", self.of_copy_on_all_threads),
            format!("{:.1}", self.gigabytes_a_second),
        ];
        iter::once(name).chain(times).chain(ratios).collect()
    }
}

fn named_milliseconds(times: &Times) -> (String, f64) {
    (times.name.clone(), times.milliseconds())
}

impl WithOptions {
    fn measure(
        backend: &dyn Backend,
        name: &str,
        case: &Case,
        rounds: usize,
    ) -> Result<Self, Refused> {
        let (rows, classes) = OPTIONS_SHAPE;
        let labels = Random::new(1).labels(rows, classes, DEVIATION);
        // A second array, if there is one, is as long as the logits.
        let second = matches!(case.targets, Targets::Distributions(_));
        let contestants = vec![
            forward_backward(backend, &labels)?,
            forward_backward(backend, case)?,
            read(case),
        ];
        let times = race(contestants, &mut vec![0.0; rows * classes], rounds);
        let [labels, with, read] = &times[..] else { unreachable!("three contestants") };
        let times_labels = 1.0 / with.faster_than(labels);
        let of_read = if second { 1.0 / read.faster_than(labels) } else { 0.0 };
        Ok(WithOptions {
            options: name.to_owned(),
            times_labels,
            without_read: times_labels - of_read,
        })
    }
}

fn cases_with_options() -> Result<Vec<(&'static str, Case)>, backend::Error> {
    let (rows, classes) = OPTIONS_SHAPE;
    let labels = || Random::new(1).labels(rows, classes, DEVIATION);
    let distributions = || Random::new(1).distributions(rows, classes, DEVIATION);
    let plain = CrossEntropy::default;
    let smoothing = || plain().label_smoothing(0.1);
    let weights = || Random::new(2).units(classes);
    Ok(vec![
        ("class weights", labels().under(plain().class_weights(weights())?)),
        ("smoothing", labels().under(smoothing()?)),
        (
            "smoothing, class weights",
            labels().under(smoothing()?.class_weights(weights())?),
        ),
        ("a tenth of the rows ignored", partly_ignored(rows, classes)),
        ("deviation 30, a tenth of the classes masked", wide(rows, classes)),
        ("distributions", distributions()),
        ("distributions that are labels", sparse(rows, classes, 1)),
        ("distributions over two classes", sparse(rows, classes, 2)),
        ("distributions, smoothing", distributions().under(smoothing()?)),
        (
            "distributions, smoothing, class weights",
            distributions().under(smoothing()?.class_weights(weights())?),
        ),
    ])
}

fn partly_ignored(rows: usize, classes: usize) -> Case {
    let labels = (0..rows).map(|row| if row % 10 == 3 { classes } else { row % classes });
    let labels: Vec<usize> = labels.collect();
    let logits = Random::new(1).normals(rows * classes, DEVIATION);
    Case::labels("partly ignored", logits, labels, classes)
        .under(CrossEntropy::default().ignore_index(classes))
}

/// Returns distributions that give the same to a few classes, and nothing to all others.
fn sparse(rows: usize, classes: usize, few: usize) -> Case {
    let logits = Random::new(1).normals(rows * classes, DEVIATION);
    let mut q = vec![0.0; rows * classes];
    for (row, q) in q.chunks_exact_mut(classes).enumerate() {
        for i in 0..few {
            q[(7 * row + 531 * i) % classes] = 1.0 / few as f32;
        }
    }
    Case::distributions("sparse", logits, q, classes)
}

fn wide(rows: usize, classes: usize) -> Case {
    let mut logits = Random::new(1).normals(rows * classes, 10.0 * DEVIATION);
    for row in logits.chunks_exact_mut(classes) {
        for z in row.iter_mut().skip(3).step_by(10) {
            *z = f32::NEG_INFINITY;
        }
    }
    let labels: Vec<usize> = (0..rows).map(|row| 10 * row % classes).collect();
    Case::labels("wide and masked", logits, labels, classes)
}
