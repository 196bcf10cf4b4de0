//! What an experiment found: tables of numbers, to be read, drawn and compared.

mod shown;

use std::iter::zip;

use serde::{Deserialize, Serialize};

pub use shown::short;

/// The result of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Its name.
    pub experiment: String,
    /// That everything random in it was drawn with.
    pub seed: u64,
    /// What was measured.
    pub tables: Vec<Table>,
    /// What it shows, in sentences.
    pub findings: Vec<String>,
}

/// Columns of the same length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// In the order in which they are printed.
    pub columns: Vec<Column>,
}

/// A name, and a value for each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// What the values are.
    pub name: String,
    /// The values.
    pub values: Values,
    /// How far a run elsewhere may be.
    pub within: Tolerance,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Names.
    Words(Vec<String>),
}

/// How far a number may be from that of another run. Another processor rounds sums in
/// another order, and training carries a difference of one bit on from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// By so much.
    Absolute(f64),
    /// By so much of itself.
    Relative(f64),
}

/// Of what was chosen rather than measured.
const SAME: Tolerance = Tolerance::Absolute(0.0);

impl Column {
    /// Numbers that were measured.
    pub fn measured(
        name: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
        within: Tolerance,
    ) -> Self {
        let values = Values::Numbers(values.into_iter().collect());
        Column { name: name.into(), values, within }
    }

    /// Numbers that were chosen: an epoch, a temperature.
    pub fn chosen(
        name: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        Column::measured(name, values, SAME)
    }

    /// Names.
    pub fn words<S: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let values = Values::Words(values.into_iter().map(Into::into).collect());
        Column { name: name.into(), values, within: SAME }
    }

    /// The numbers; none if these are names.
    pub fn numbers(&self) -> &[f64] {
        match &self.values {
            Values::Numbers(numbers) => numbers,
            Values::Words(_) => &[],
        }
    }

    fn rows(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Words(words) => words.len(),
        }
    }

    /// In what another run differs: nothing, if it holds the same names, and numbers within
    /// the tolerance. NaN is far from everything.
    fn differences(&self, other: &Column) -> Vec<String> {
        let (ours, theirs) = (self.numbers(), other.numbers());
        let names = |column: &Column| matches!(column.values, Values::Words(_));
        if ours.len() != theirs.len() || (names(self) && self != other) {
            return vec!["other rows".to_owned()];
        }
        let is_near = |ours: f64, theirs: f64| match self.within {
            Tolerance::Absolute(by) => (ours - theirs).abs() <= by,
            Tolerance::Relative(by) => (ours - theirs).abs() <= by * ours.abs(),
        };
        zip(ours, theirs)
            .enumerate()
            .filter(|(_, (ours, theirs))| !is_near(**ours, **theirs))
            .map(|(i, (ours, theirs))| format!("row {}: {ours} and {theirs}", i + 1))
            .collect()
    }
}

impl Table {
    /// A table with a title.
    ///
    /// # Panics
    /// If the columns are not of one length.
    pub fn new(
        title: impl Into<String>,
        columns: impl IntoIterator<Item = Column>,
    ) -> Self {
        let columns: Vec<Column> = columns.into_iter().collect();
        let rows: Vec<usize> = columns.iter().map(Column::rows).collect();
        assert!(
            rows.windows(2).all(|pair| pair[0] == pair[1]),
            "columns of {rows:?} rows"
        );
        Table { title: title.into(), columns }
    }

    /// The numbers of a column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn numbers(&self, column: &str) -> &[f64] {
        let found = self.column(column);
        found.unwrap_or_else(|| panic!("{} has no column {column}", self.title)).numbers()
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Report {
    /// The table with a title.
    ///
    /// # Panics
    /// If there is none.
    pub fn table(&self, title: &str) -> &Table {
        let found = self.find(title);
        found.unwrap_or_else(|| panic!("{} has no table {title}", self.experiment))
    }

    fn find(&self, title: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.title == title)
    }

    /// In what another run differs by more than the tolerances of this one: nothing, if it
    /// has all that this one has. (It may have more, for a backend that joined. Findings
    /// are not compared: they say what is in the tables.)
    pub fn differences(&self, other: &Report) -> Vec<String> {
        let mut differences = Vec::new();
        for table in &self.tables {
            let theirs = other.find(&table.title);
            for column in &table.columns {
                let found = match theirs.and_then(|theirs| theirs.column(&column.name)) {
                    Some(theirs) => column.differences(theirs),
                    None => vec!["missing".to_owned()],
                };
                let place = |what| format!("{}, {}, {what}", table.title, column.name);
                differences.extend(found.into_iter().map(place));
            }
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(loss: [f64; 2]) -> Report {
        let columns = [
            Column::chosen("epoch", [1.0, 2.0]),
            Column::words("stage", ["scalar", "mine"]),
            Column::measured("loss", loss, Tolerance::Absolute(0.01)),
        ];
        Report {
            experiment: "digits".to_owned(),
            seed: 1,
            tables: vec![Table::new("curve", columns)],
            findings: vec![],
        }
    }

    #[test]
    fn runs_within_tolerance_agree() {
        let ours = report([2.3, 0.5]);
        assert_eq!(ours.differences(&report([2.3, 0.505])), Vec::<String>::new());
        let far = ["curve, loss, row 2: 0.5 and 0.52"];
        assert_eq!(ours.differences(&report([2.3, 0.52])), far);
        assert_eq!(ours.differences(&report([f64::NAN, 0.5])).len(), 1);
    }

    #[test]
    fn what_is_missing_or_named_otherwise_is_a_difference_and_what_was_added_is_not() {
        let ours = report([2.3, 0.5]);
        let mut theirs = ours.clone();
        theirs.tables[0].columns[1] = Column::words("stage", ["scalar", "yours"]);
        assert_eq!(ours.differences(&theirs), ["curve, stage, other rows"]);
        theirs.tables[0].columns.remove(1);
        assert_eq!(ours.differences(&theirs), ["curve, stage, missing"]);
        assert!(theirs.differences(&ours).is_empty());
        theirs.tables.clear();
        assert_eq!(ours.differences(&theirs).len(), 3);
    }

    #[test]
    fn a_relative_tolerance_suits_small_numbers() {
        let column = |x: f64| Column::measured("x", [x], Tolerance::Relative(0.1));
        assert!(column(1e-9).differences(&column(1.05e-9)).is_empty());
        assert_eq!(column(1e-9).differences(&column(1.2e-9)).len(), 1);
    }
}
