//! The temperature for a model that claims too much or too little.

use backend::Backend;
use ndarray::Array2;

use crate::Score;

/// Returns the temperature whose quotients `z / T` have the least negative log-likelihood.
///
/// The negative log-likelihood is convex in `1/T`, so the golden section finds its minimum.
pub(crate) fn temperature(
    backend: &dyn Backend,
    logits: &Array2<f32>,
    labels: &[usize],
) -> Result<f32, backend::Error> {
    const GOLDEN: f32 = 0.618_034;
    let nll = |inverse: f32| {
        Ok::<_, backend::Error>(
            Score::of_logits(backend, &(logits * inverse), labels)?.nll,
        )
    };
    let (mut low, mut high) = (0.01, 10.0);
    for _ in 0..40 {
        let width = GOLDEN * (high - low);
        if nll(high - width)? < nll(low + width)? {
            high = low + width;
        } else {
            low = high - width;
        }
    }
    Ok(2.0 / (low + high))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use scalar::Scalar;

    use super::*;

    #[test]
    fn the_temperature_of_logits_that_are_twice_too_large_is_2() {
        // A quarter of the rows are wrong, so the margin should be ln 3.
        let margin = 2.0 * 3.0_f32.ln();
        let logits = array![[margin, 0.0], [margin, 0.0], [margin, 0.0], [margin, 0.0]];
        let t = temperature(&Scalar, &logits, &[0, 0, 0, 1]).unwrap();
        approx::assert_relative_eq!(t, 2.0, max_relative = 1e-3);
    }
}
