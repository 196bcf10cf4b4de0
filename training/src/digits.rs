//! Handwritten digits, each with 8 x 8 pixels and a label.

use std::fmt;
use std::path::Path;

use ndarray::Array2;

use crate::Examples;

/// The number of pixels in a digit, 8 rows of 8.
pub const PIXELS: usize = 64;

/// The largest number of black points in a pixel.
const BLACK: u8 = 16;

/// The number of classes, the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Returns the 1,797 digits that the program carries.
///
/// They're the test set of *Optical Recognition of Handwritten Digits* (Alpaydin and
/// Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0), as scikit-learn ships it.
/// The inputs are N x 64 pixels from 0 (white) to 1 (black).
///
/// # Errors
/// None, as long as the file is the one that the tests ran with.
pub fn embedded() -> Result<Examples<f32>, DataError> {
    parse("digits.csv", include_str!("../data/digits.csv"))
}

/// Reads digits from a file in the same format: each line has 64 whole numbers from 0 to
/// 16 and then the label, separated by commas.
///
/// # Errors
/// A [`DataError`] that names the file and the line.
pub fn read(path: &Path) -> Result<Examples<f32>, DataError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&file, &text),
        Err(error) => Err(DataError { file, line: None, problem: error.to_string() }),
    }
}

/// Parses digits from text; `file` is the name that errors give.
fn parse(file: &str, text: &str) -> Result<Examples<f32>, DataError> {
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let label = parse_line(line, &mut pixels).map_err(|problem| DataError {
            file: file.to_owned(),
            line: Some(i + 1),
            problem,
        })?;
        labels.push(label);
    }
    if labels.is_empty() {
        let problem = "there is no digit".to_owned();
        return Err(DataError { file: file.to_owned(), line: Some(1), problem });
    }
    let inputs = Array2::from_shape_vec((labels.len(), PIXELS), pixels)
        .expect("each line added 64 pixels and one label");
    Ok(Examples { inputs, labels })
}

/// Adds the pixels of a line to `pixels`, and returns the line's label.
fn parse_line(line: &str, pixels: &mut Vec<f32>) -> Result<usize, String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [pixel_fields @ .., label] = &fields[..] else {
        return Err("the line is empty".to_owned());
    };
    if pixel_fields.len() != PIXELS {
        return Err(format!(
            "a digit has {PIXELS} pixels and a label, but there are {} fields",
            fields.len()
        ));
    }
    for (i, field) in pixel_fields.iter().enumerate() {
        match field.parse::<u8>() {
            Ok(points) if points <= BLACK => {
                pixels.push(f32::from(points) / f32::from(BLACK));
            }
            _ => {
                let place = i + 1;
                return Err(format!(
                    "pixel {place} is `{field}`, not a number from 0 to 16"
                ));
            }
        }
    }
    match label.parse::<usize>() {
        Ok(label) if label < CLASSES => Ok(label),
        _ => Err(format!("the label is `{label}`, not a digit")),
    }
}

/// A problem in a file of digits, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    file: String,
    /// The line, counted from 1; `None` if the file couldn't be read.
    line: Option<usize>,
    problem: String,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataError { file, line, problem } = self;
        match line {
            Some(line) => write!(f, "{file}:{line}: {problem}"),
            None => write!(f, "{file}: {problem}"),
        }
    }
}

impl std::error::Error for DataError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(pixel: &str, label: &str) -> String {
        format!("{},{label}", vec![pixel; PIXELS].join(","))
    }

    #[test]
    fn the_embedded_digits_are_all_there() {
        let digits = embedded().unwrap();
        assert_eq!(digits.inputs.dim(), (1797, 64));
        let of_each: Vec<usize> =
            (0..10).map(|d| digits.labels.iter().filter(|&&y| y == d).count()).collect();
        assert_eq!(of_each, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(digits.inputs.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }

    #[test]
    fn a_split_is_seeded_and_loses_nothing() {
        let digits = embedded().unwrap();
        let (train, test) = digits.split(1);
        assert_eq!((train.len(), test.len()), (1438, 359));
        assert_eq!(digits.split(1), (train.clone(), test.clone()));
        assert_ne!(digits.split(2).1.labels, test.labels);
        let black = |digits: &Examples<f32>| f64::from(digits.inputs.sum());
        let together = black(&train) + black(&test);
        assert!((together - black(&digits)).abs() < 0.1);
    }

    #[test]
    fn bad_data_is_refused_with_file_and_line() {
        let good = line_of("16", "9");
        for (text, message) in [
            (String::new(), "d.csv:1: there is no digit"),
            (
                format!("{good}\n1,2,3"),
                "d.csv:2: a digit has 64 pixels and a label, but there are 3 fields",
            ),
            (
                format!("{good}\n\n{good}"),
                "d.csv:2: a digit has 64 pixels and a label, but \
                there are 1 fields",
            ),
            (line_of("17", "0"), "d.csv:1: pixel 1 is `17`, not a number from 0 to 16"),
            (line_of("-1", "0"), "d.csv:1: pixel 1 is `-1`, not a number from 0 to 16"),
            (line_of("x", "0"), "d.csv:1: pixel 1 is `x`, not a number from 0 to 16"),
            (line_of("0", "10"), "d.csv:1: the label is `10`, not a digit"),
        ] {
            assert_eq!(parse("d.csv", &text).unwrap_err().to_string(), message);
        }
        assert!(parse("d.csv", &good).is_ok());
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = read(Path::new("no/such.csv")).unwrap_err();
        assert!(error.to_string().starts_with("no/such.csv: "), "{error}");
    }
}
