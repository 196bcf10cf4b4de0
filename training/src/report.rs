//! What an experiment found: tables of numbers, to be read, drawn and compared.

use std::fmt;

use serde::{Deserialize, Serialize};

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

    /// Each value as it is printed.
    fn printed(&self) -> Vec<String> {
        match &self.values {
            Values::Numbers(numbers) => numbers.iter().copied().map(short).collect(),
            Values::Words(words) => words.clone(),
        }
    }

    /// The rows in which another run is too far away. NaN is far from everything.
    fn far_from(&self, other: &Column) -> Vec<String> {
        let (ours, theirs) = (self.numbers(), other.numbers());
        let far = |&(i, (ours, theirs)): &(usize, (&f64, &f64))| {
            let allowed = match self.within {
                Tolerance::Absolute(by) => by,
                Tolerance::Relative(by) => by * ours.abs(),
            };
            let near = (ours - theirs).abs() <= allowed;
            (!near).then(|| format!("row {}: {ours} and {theirs}", i + 1))
        };
        ours.iter().zip(theirs).enumerate().filter_map(|pair| far(&pair)).collect()
    }

    /// The same but for how near numbers are.
    fn is_like(&self, other: &Column) -> bool {
        let same_values = match (&self.values, &other.values) {
            (Values::Numbers(ours), Values::Numbers(theirs)) => {
                ours.len() == theirs.len()
            }
            (ours, theirs) => ours == theirs,
        };
        self.name == other.name && self.within == other.within && same_values
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
        let rows: Vec<usize> = columns.iter().map(|c| c.printed().len()).collect();
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
        let found = self.columns.iter().find(|c| c.name == column);
        found.unwrap_or_else(|| panic!("{} has no column {column}", self.title)).numbers()
    }
}

impl Report {
    /// The table with a title.
    ///
    /// # Panics
    /// If there is none.
    pub fn table(&self, title: &str) -> &Table {
        let found = self.tables.iter().find(|table| table.title == title);
        found.unwrap_or_else(|| panic!("{} has no table {title}", self.experiment))
    }

    /// In what another run differs by more than the tolerances of this one: nothing, if
    /// they agree. (Findings are not compared: they say what is in the tables.)
    pub fn differences(&self, other: &Report) -> Vec<String> {
        let columns = |report: &Report| -> Vec<(String, Column)> {
            let of_table = |t: &Table| {
                t.columns.clone().into_iter().map(|c| (t.title.clone(), c)).collect()
            };
            report.tables.iter().flat_map(|t| -> Vec<_> { of_table(t) }).collect()
        };
        let (ours, theirs) = (columns(self), columns(other));
        let alike = |(ours, theirs): (&(String, Column), &(String, Column))| {
            ours.0 == theirs.0 && ours.1.is_like(&theirs.1)
        };
        if ours.len() != theirs.len() || !ours.iter().zip(&theirs).all(alike) {
            return vec!["the tables have other titles, columns or rows".to_owned()];
        }
        let pairs = ours.iter().zip(&theirs);
        pairs
            .flat_map(|((title, ours), (_, theirs))| {
                let far = ours.far_from(theirs);
                far.into_iter().map(move |far| format!("{title}, {}, {far}", ours.name))
            })
            .collect()
    }
}

/// How many rows of a table are printed; the rest is in the saved file.
const PRINTED: usize = 16;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            writeln!(f, "{table}")?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "- {finding}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title)?;
        let columns: Vec<(bool, Vec<String>)> = self
            .columns
            .iter()
            .map(|column| {
                let cells = [vec![column.name.clone()], column.printed()].concat();
                (matches!(column.values, Values::Words(_)), cells)
            })
            .collect();
        let rows = columns.first().map_or(0, |(_, cells)| cells.len() - 1);
        for row in [0].into_iter().chain(some_of(rows).map(|row| row + 1)) {
            let mut line = String::new();
            for (is_words, cells) in &columns {
                let width =
                    cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
                let cell = &cells[row];
                line += &match is_words {
                    true => format!("  {cell:width$}"),
                    false => format!("  {cell:>width$}"),
                };
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// All of few rows; of many some, evenly spread, the first and the last among them.
fn some_of(rows: usize) -> impl Iterator<Item = usize> {
    let shown = rows.min(PRINTED);
    (0..shown).map(move |i| if shown < 2 { i } else { i * (rows - 1) / (shown - 1) })
}

/// A number in few characters: whole as it is, else four decimals, or an exponent where
/// these would show too little.
pub fn short(x: f64) -> String {
    let plain = x == 0.0 || (1e-2..1e6).contains(&x.abs());
    match (plain, x.fract() == 0.0) {
        (true, true) => format!("{x}"),
        (true, false) => format!("{x:.4}"),
        (false, _) => format!("{x:.2e}"),
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
    fn runs_of_another_shape_do_not_agree() {
        let ours = report([2.3, 0.5]);
        let mut theirs = ours.clone();
        theirs.tables[0].columns[1] = Column::words("stage", ["scalar", "yours"]);
        assert_eq!(ours.differences(&theirs).len(), 1);
        theirs.tables.clear();
        assert_eq!(ours.differences(&theirs).len(), 1);
    }

    #[test]
    fn a_relative_tolerance_suits_small_numbers() {
        let column = |x: f64| Column::measured("x", [x], Tolerance::Relative(0.1));
        assert!(column(1e-9).far_from(&column(1.05e-9)).is_empty());
        assert_eq!(column(1e-9).far_from(&column(1.2e-9)).len(), 1);
    }

    #[test]
    fn a_table_is_printed_in_columns() {
        let shown = report([2.3, 0.005]).to_string();
        let expected = "curve\n
  epoch  stage      loss
      1  scalar   2.3000
      2  mine    5.00e-3

";
        assert_eq!(shown, expected);
    }

    #[test]
    fn of_many_rows_some_are_printed() {
        let epochs = Column::chosen("epoch", (1..=100).map(f64::from));
        let shown = Table::new("curve", [epochs]).to_string();
        assert_eq!(shown.lines().count(), 2 + 1 + PRINTED);
        assert!(shown.contains("    1\n") && shown.ends_with("  100\n"));
    }
}
