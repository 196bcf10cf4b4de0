//! Handwritten digits, each with 8 x 8 pixels and a label.

use ndarray::Array2;

use crate::Examples;

/// The number of pixels in a digit, 8 rows of 8.
pub const PIXELS: usize = 64;

/// The largest number of black points in a pixel.
const BLACK: f32 = 16.0;

/// The number of classes, the digits 0 to 9.
pub const CLASSES: usize = 10;

/// Returns the 1,797 digits that the program carries.
///
/// They're the test set of *Optical Recognition of Handwritten Digits* (Alpaydin and
/// Kaynak 1998, UCI Machine Learning Repository, CC BY 4.0), as scikit-learn ships it.
/// The inputs are N x 64 pixels from 0 (white) to 1 (black).
pub fn embedded() -> Examples<f32> {
    let mut pixels = Vec::new();
    let mut labels = Vec::new();
    for line in include_str!("../data/digits.csv").lines() {
        let (points, label) = line.rsplit_once(',').expect("a label after the pixels");
        let points = points.split(',').map(|n| n.parse::<f32>().expect("a number"));
        pixels.extend(points.map(|n| n / BLACK));
        labels.push(label.parse().expect("a digit"));
    }
    let inputs = Array2::from_shape_vec((labels.len(), PIXELS), pixels);
    Examples { inputs: inputs.expect("64 pixels for each label"), labels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_digits_are_all_there() {
        let digits = embedded();
        assert_eq!(digits.inputs.dim(), (1797, 64));
        let of_each: Vec<usize> =
            (0..10).map(|d| digits.labels.iter().filter(|&&y| y == d).count()).collect();
        assert_eq!(of_each, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
        assert!(digits.inputs.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }

    #[test]
    fn a_split_is_seeded_and_loses_nothing() {
        let digits = embedded();
        let (train, test) = digits.split(1);
        assert_eq!((train.len(), test.len()), (1438, 359));
        assert_eq!(digits.split(1), (train.clone(), test.clone()));
        assert_ne!(digits.split(2).1.labels, test.labels);
        let black = |digits: &Examples<f32>| f64::from(digits.inputs.sum());
        let together = black(&train) + black(&test);
        assert!((together - black(&digits)).abs() < 0.1);
    }
}
