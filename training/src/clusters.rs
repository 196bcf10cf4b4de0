//! The tightness of the classes in the space of the hidden units.

use std::iter::zip;

use ndarray::{Array1, Array2, Axis};

use crate::digits::CLASSES;

/// Returns the mean distance of rows from the center of their class, divided by the mean distance
/// between centers, in the space of the hidden units: small if classes are tight clusters.
pub(crate) fn cluster_distance(hidden_units: &Array2<f32>, labels: &[usize]) -> f64 {
    let centers: Vec<Array1<f32>> = (0..CLASSES)
        .map(|k| {
            let rows: Vec<usize> =
                (0..labels.len()).filter(|&i| labels[i] == k).collect();
            let of_class = hidden_units.select(Axis(0), &rows);
            of_class.mean_axis(Axis(0)).expect("every class is among the test digits")
        })
        .collect();
    let distance = |a: &Array1<f32>, b: &Array1<f32>| {
        f64::from((a - b).mapv(|x| x * x).sum().sqrt())
    };
    let rows = hidden_units.rows().into_iter().map(|row| row.to_owned());
    let within: f64 =
        zip(rows, labels).map(|(row, &y)| distance(&row, &centers[y])).sum();
    let mut between = 0.0;
    for (k, center) in centers.iter().enumerate() {
        between +=
            centers[k + 1..].iter().map(|other| distance(center, other)).sum::<f64>();
    }
    let pairs = (CLASSES * (CLASSES - 1) / 2) as f64;
    (within / labels.len() as f64) / (between / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tight_clusters_are_at_a_small_distance() {
        let labels: Vec<usize> = (0..2 * CLASSES).map(|i| i % CLASSES).collect();
        let centers = |spread: f32| {
            Array2::from_shape_fn((2 * CLASSES, 1), |(i, _)| {
                (i % CLASSES) as f32 + if i < CLASSES { spread } else { -spread }
            })
        };
        assert!(cluster_distance(&centers(0.1), &labels) < 0.03);
        assert_eq!(cluster_distance(&centers(0.0), &labels), 0.0);
    }
}
