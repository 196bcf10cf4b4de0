//! The text of a report. `{report:80}` prints tables of at most 80 characters per line,
//! and `{report}` prints every table at its full width.

use std::fmt;

use super::{Column, Report, Table, Values};

/// The number of rows of a table that are printed; the rest is in the saved file.
const PRINTED: usize = 16;
/// The space before a column.
const SPACE: &str = "  ";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for table in &self.tables {
            table.fmt(f)?;
            writeln!(f)?;
        }
        self.findings.iter().try_for_each(|finding| writeln!(f, "- {finding}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        let width = f.width().unwrap_or(usize::MAX);
        let mut columns: Vec<Shown> = self.columns.iter().map(Shown::new).collect();
        if columns.iter().map(Shown::width).sum::<usize>() > width {
            columns.iter_mut().for_each(Shown::break_head);
        }
        let parts = parts(&columns, width);
        parts.iter().try_for_each(|part| write!(f, "\n{}", part_of_table(part)))
    }
}

/// A column as it's printed.
struct Shown {
    is_words: bool,
    /// The lines of the name.
    head: Vec<String>,
    cells: Vec<String>,
}

impl Shown {
    fn new(column: &Column) -> Self {
        let is_words = matches!(column.values, Values::Words(_));
        Shown { is_words, head: vec![column.name.clone()], cells: column.printed() }
    }

    /// Breaks the name between words, down to the width of the widest cell or word.
    fn break_head(&mut self) {
        let words = self.head.iter().flat_map(|line| line.split(' '));
        let widths = words.chain(self.cells.iter().map(String::as_str));
        let width = widths.map(|word| word.chars().count()).max().unwrap_or(0);
        let name = self.head.join(" ");
        self.head = textwrap::wrap(&name, width).into_iter().map(String::from).collect();
    }

    fn width(&self) -> usize {
        let widths = self.head.iter().chain(&self.cells).map(|cell| cell.chars().count());
        SPACE.len() + widths.max().unwrap_or(0)
    }

    /// Returns a cell with the space before it, as wide as the column.
    fn aligned(&self, cell: &str) -> String {
        let width = self.width() - SPACE.len();
        match self.is_words {
            true => format!("{SPACE}{cell:width$}"),
            false => format!("{SPACE}{cell:>width$}"),
        }
    }
}

/// Splits the columns of a table that's too wide into several parts, each of which begins
/// with the first column.
fn parts(columns: &[Shown], width: usize) -> Vec<Vec<&Shown>> {
    let Some((first, others)) = columns.split_first() else { return vec![] };
    let mut parts = vec![vec![first]];
    let mut taken = first.width();
    for column in others {
        taken += column.width();
        match parts.last_mut() {
            Some(part) if taken <= width || part.len() == 1 => part.push(column),
            _ => {
                parts.push(vec![first, column]);
                taken = first.width() + column.width();
            }
        }
    }
    parts
}

/// Returns the lines of some columns: their names, which end in the same line, and some rows.
fn part_of_table(columns: &[&Shown]) -> String {
    let height = columns.iter().map(|column| column.head.len()).max().unwrap_or(0);
    let names = (0..height).rev().map(|from_below| {
        let name = |column: &&Shown| {
            let line = column.head.iter().nth_back(from_below);
            column.aligned(line.map_or("", String::as_str))
        };
        columns.iter().map(name).collect::<String>()
    });
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let rows = some_of(rows).map(|row| {
        let cell = |column: &&Shown| column.aligned(&column.cells[row]);
        columns.iter().map(cell).collect::<String>()
    });
    names.chain(rows).map(|line| format!("{}\n", line.trim_end())).collect()
}

impl Column {
    /// Returns each value as it's printed.
    fn printed(&self) -> Vec<String> {
        match &self.values {
            Values::Numbers(numbers) => numbers.iter().copied().map(short).collect(),
            Values::Words(words) => words.clone(),
        }
    }
}

/// Returns the rows to print: all of few, or some of many, evenly spread from first to last.
fn some_of(rows: usize) -> impl Iterator<Item = usize> {
    let shown = rows.min(PRINTED);
    (0..shown).map(move |i| if shown < 2 { i } else { i * (rows - 1) / (shown - 1) })
}

/// Returns a number in few characters: a whole number as it is, any other with four
/// decimals, or with an exponent if those would show too little.
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
    use crate::report::Tolerance;

    #[test]
    fn a_table_is_printed_in_columns() {
        let columns = [
            Column::chosen("epoch", [1.0, 2.0]),
            Column::words("stage", ["scalar", "mine"]),
            Column::measured("loss", [2.3, 0.005], Tolerance::Absolute(0.01)),
        ];
        let shown = Table::new("curve", columns).to_string();
        let expected = "curve\n
  epoch  stage      loss
      1  scalar   2.3000
      2  mine    5.00e-3
";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_table_that_is_too_wide_breaks_its_names_and_then_itself() {
        let columns = [
            Column::words("stage", ["scalar", "mine"]),
            Column::chosen("mean loss", [2.5, 0.25]),
            Column::chosen("+- the loss", [0.5, 0.0]),
        ];
        let table = Table::new("curve", columns);
        let names_broken = "curve

            mean  +- the
  stage     loss    loss
  scalar  2.5000  0.5000
  mine    0.2500       0
";
        assert_eq!(format!("{table:31}"), names_broken);
        let in_two = "curve

            mean
  stage     loss
  scalar  2.5000
  mine    0.2500

          +- the
  stage     loss
  scalar  0.5000
  mine         0
";
        assert_eq!(format!("{table:20}"), in_two);
        assert!(format!("{table:32}").contains("stage   mean loss  +- the loss\n"));
        assert_eq!(format!("{table:32}"), table.to_string());
    }

    #[test]
    fn of_many_rows_some_are_printed() {
        let epochs = Column::chosen("epoch", (1..=100).map(f64::from));
        let shown = Table::new("curve", [epochs]).to_string();
        assert_eq!(shown.lines().count(), 2 + 1 + PRINTED);
        assert!(shown.contains("    1\n") && shown.ends_with("  100\n"));
    }
}
