//! The report of an experiment: tables of numbers, to be read, drawn and compared.

mod shown;

use std::iter::zip;

use serde::{Deserialize, Serialize};

pub use shown::short;

/// The result of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The name of the experiment.
    pub experiment: String,
    /// The seed of everything random in the experiment.
    pub seed: u64,
    /// The measurements.
    pub tables: Vec<Table>,
    /// The conclusions from the tables, in sentences.
    pub findings: Vec<String>,
}

/// A title, and columns of the same length.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The subject of the table.
    pub title: String,
    /// The columns, in the order in which they're printed.
    pub columns: Vec<Column>,
}

/// A name, and a value for each row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The name of the values.
    pub name: String,
    /// The values.
    pub values: Values,
    /// The distance that the values of a run elsewhere may have.
    pub within: Tolerance,
}

/// The values of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Names.
    Words(Vec<String>),
}

/// The largest distance between the numbers of two runs. A different processor sums in a
/// different order, and training carries a difference of one bit on from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tolerance {
    /// A fixed distance.
    Absolute(f64),
    /// A share of the number itself.
    Relative(f64),
}

/// The tolerance of numbers that were chosen rather than measured.
const SAME: Tolerance = Tolerance::Absolute(0.0);

impl Column {
    /// Returns a column of measured numbers.
    pub fn measured(
        name: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
        within: Tolerance,
    ) -> Self {
        let values = Values::Numbers(values.into_iter().collect());
        Column { name: name.into(), values, within }
    }

    /// Returns a column of numbers that were chosen, such as epochs or temperatures.
    pub fn chosen(
        name: impl Into<String>,
        values: impl IntoIterator<Item = f64>,
    ) -> Self {
        Column::measured(name, values, SAME)
    }

    /// Returns a column of names.
    pub fn words<S: Into<String>>(
        name: impl Into<String>,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        let values = Values::Words(values.into_iter().map(Into::into).collect());
        Column { name: name.into(), values, within: SAME }
    }

    /// Returns the numbers, or none if the values are names.
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

    /// Returns the differences of a second run: none, if it has the same names, and
    /// numbers within the tolerance. NaN is far from everything.
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
    /// Returns a table with a title.
    ///
    /// # Panics
    /// If the columns don't all have the same length.
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

    /// Returns the numbers of a column.
    ///
    /// # Panics
    /// If there's no such column.
    pub fn numbers(&self, column: &str) -> &[f64] {
        let found = self.column(column);
        found.unwrap_or_else(|| panic!("{} has no column {column}", self.title)).numbers()
    }

    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl Report {
    /// Returns the table with this title.
    ///
    /// # Panics
    /// If there's no such table.
    pub fn table(&self, title: &str) -> &Table {
        let found = self.find(title);
        found.unwrap_or_else(|| panic!("{} has no table {title}", self.experiment))
    }

    fn find(&self, title: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.title == title)
    }

    /// Returns the differences of a second run that exceed the tolerances of this one: none, if
    /// it has all tables and columns of this one. The second run may have more, since a backend
    /// may have joined. Findings aren't compared, because they only repeat the tables.
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
