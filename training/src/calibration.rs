//! The calibration of a model: is it right as often as it says?

/// The number of bins, of equal width, that the confidences are divided into.
pub const BINS: usize = 15;

/// The predictions whose confidence fell between two bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// The number of predictions in the bin.
    pub rows: usize,
    /// The number of these predictions whose most probable class was right.
    pub right: usize,
    /// The sum of the largest probabilities.
    pub confidence: f64,
}

/// The reliability diagram of a model: accuracy against confidence, bin by bin.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The bins from 0 to 1, of equal width; a confidence on a bound belongs to the bin below.
    pub bins: Vec<Bin>,
}

impl Calibration {
    /// Sorts predictions into bins, from N x C probabilities in row-major order and N labels.
    ///
    /// # Panics
    /// If there aren't C probabilities for each label.
    pub fn new(p: &[f32], labels: &[usize], classes: usize) -> Self {
        assert_eq!(
            p.len(),
            labels.len() * classes,
            "a row of probabilities for each label"
        );
        let mut bins = vec![Bin::default(); BINS];
        for (row, &label) in p.chunks(classes).zip(labels) {
            let top =
                (0..classes).fold(0, |top, k| if row[k] > row[top] { k } else { top });
            let confidence = f64::from(row[top]);
            let place = (confidence * BINS as f64).ceil() as usize;
            let bin = &mut bins[place.clamp(1, BINS) - 1];
            bin.rows += 1;
            bin.right += usize::from(top == label);
            bin.confidence += confidence;
        }
        Calibration { bins }
    }

    /// Returns the expected calibration error (Naeini et al. 2015; Guo et al. 2017), the
    /// mean distance between accuracy and confidence, with each bin weighted by its rows.
    ///
    /// ```text
    /// ECE = sum over bins of n_b / N |accuracy_b - confidence_b|
    /// ```
    ///
    /// ```
    /// use training::Calibration;
    ///
    /// // Two rows, 0.9 and 0.7 sure of class 0; the second is wrong.
    /// let calibration = Calibration::new(&[0.9, 0.1, 0.7, 0.3], &[0, 1], 2);
    /// let by_hand = (1.0_f64 - 0.9).abs() / 2.0 + (0.0_f64 - 0.7).abs() / 2.0;
    /// assert!((calibration.error() - by_hand).abs() < 1e-7);
    /// ```
    pub fn error(&self) -> f64 {
        self.excesses().map(f64::abs).sum::<f64>() / self.rows()
    }

    /// Returns the mean confidence minus the accuracy: above 0 if the model claims too
    /// much, below 0 if it claims too little.
    pub fn overconfidence(&self) -> f64 {
        self.excesses().sum::<f64>() / self.rows()
    }

    /// Returns how many rows too many each bin claims, `n_b (confidence_b - accuracy_b)`.
    fn excesses(&self) -> impl Iterator<Item = f64> {
        self.bins.iter().map(|bin| bin.confidence - bin.right as f64)
    }

    fn rows(&self) -> f64 {
        self.bins.iter().map(|bin| bin.rows as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_right_as_often_as_it_says_has_no_error() {
        let p = [0.75, 0.25].repeat(4);
        let calibration = Calibration::new(&p, &[0, 0, 0, 1], 2);
        assert_eq!(calibration.error(), 0.0);
        assert_eq!(calibration.bins[11].rows, 4);
    }

    #[test]
    fn errors_of_unlike_sign_do_not_cancel() {
        // The first row is 0.95 sure and wrong, the second 0.55 sure and right.
        let calibration = Calibration::new(&[0.95, 0.05, 0.55, 0.45], &[1, 0], 2);
        assert!((calibration.error() - 0.7).abs() < 1e-6);
        assert!((calibration.overconfidence() - 0.25).abs() < 1e-6);
    }

    #[test]
    fn certainty_and_doubt_are_in_the_last_and_the_first_bin() {
        let calibration = Calibration::new(&[1.0, 0.0, 0.0, 0.0], &[0, 0], 2);
        assert_eq!((calibration.bins[14].rows, calibration.bins[0].rows), (1, 1));
    }
}
