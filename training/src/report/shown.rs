//! A report as text.

use std::fmt;

use super::{Column, Report, Table, Values};

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

impl Column {
    /// Each value as it is printed.
    fn printed(&self) -> Vec<String> {
        match &self.values {
            Values::Numbers(numbers) => numbers.iter().copied().map(short).collect(),
            Values::Words(words) => words.clone(),
        }
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
    fn of_many_rows_some_are_printed() {
        let epochs = Column::chosen("epoch", (1..=100).map(f64::from));
        let shown = Table::new("curve", [epochs]).to_string();
        assert_eq!(shown.lines().count(), 2 + 1 + PRINTED);
        assert!(shown.contains("    1\n") && shown.ends_with("  100\n"));
    }
}
