//! A row with a label has the same bits, however far the row before it is.
//!
//! The law `a_row_has_the_same_bits_in_any_batch` is about batches of any size; here, the guess of
//! the row before doesn't serve a row. A row with a target weight below 1e-8 isn't promised the
//! same bits: it may go to the scalar stage after some rows and not after others.

use backend::{Backend, Batch, CrossEntropy, Logits, Reduction};
use conformance::oracle::expected;
use conformance::random::Random;
use scalar::Scalar;
use vectorized::{InstructionSet, Vectorized};

/// How far all logits of a row are from 0: within the range of `f32` exponentials, at its ends,
/// and beyond them.
const OFFSETS: [f32; 9] =
    [-320.0, -312.0, -300.0, -280.0, 0.0, 280.0, 300.0, 312.0, 320.0];

#[test]
fn the_row_before_changes_no_bit() {
    for instructions in InstructionSet::available() {
        let backend = Vectorized::with(instructions);
        for (seed, deviation) in (0..).zip([0.1, 1.0, 3.0, 10.0, 30.0, 100.0]) {
            for (classes, offset) in product([2, 10, 67, 1000, 1500], OFFSETS) {
                let row = Random::new(seed).normals(classes, deviation);
                let row: Vec<f32> = row.into_iter().map(|z| z + offset).collect();
                let alone = results(&backend, &row, classes);
                for before in
                    [-1e30, -250.0, -10.0, 0.0, 8.0, 1e6].into_iter().chain(OFFSETS)
                {
                    let mut logits = vec![before; classes];
                    logits.extend(&row);
                    let after = results(&backend, &logits, classes)
                        .map(|mut numbers| numbers.split_off(classes));
                    assert_eq!(
                        after, alone,
                        "{instructions:?}: {before}, {classes}, {deviation}, {offset}"
                    );
                }
            }
        }
    }
}

fn product<T: Copy, U: Copy>(
    a: impl IntoIterator<Item = T>,
    b: impl IntoIterator<Item = U> + Clone,
) -> impl Iterator<Item = (T, U)> {
    a.into_iter().flat_map(move |a| b.clone().into_iter().map(move |b| (a, b)))
}

#[test]
fn a_label_may_be_anywhere() {
    for instructions in InstructionSet::available() {
        let backend = Vectorized::with(instructions);
        for classes in [3, 15, 16, 40, 100, 1000] {
            // Up to the largest `f32`.
            for power in 0..500 {
                let z = (300.0 * 1.19_f32.powi(power)).min(f32::MAX);
                for z in [z, -z] {
                    let mut logits = vec![0.5; classes];
                    logits[classes / 2] = z;
                    let got = gradient(&backend, &logits, classes);
                    let exact = gradient(&Scalar, &logits, classes);
                    for (got, exact) in got.into_iter().zip(exact) {
                        let near = (got - exact).abs() <= 1e-6 * exact.abs();
                        let nan = got.is_nan() && exact.is_nan();
                        assert!(near || nan, "{instructions:?}, {classes}: {z}, {got}");
                    }
                }
            }
        }
    }
}

/// A mean over tiny class weights divides by a tiny number: times 1e36, the least exponential that
/// `f32` has wouldn't round to 0.
#[test]
fn a_masked_class_has_no_gradient_under_any_weights() {
    let loss = CrossEntropy::default().label_smoothing(0.1).unwrap();
    let loss = loss.class_weights([1e-38, 1.0, 0.0]).unwrap();
    let z = [0.0, 1.0, f32::NEG_INFINITY];
    let batch = loss.batch(&z, &[0], 3).unwrap();
    for instructions in InstructionSet::available() {
        let mut grad = [0.0; 3];
        let backend = Vectorized::with(instructions);
        backend.backward(batch.grad_out(&mut grad).unwrap());
        assert_eq!(grad[2], 0.0, "{instructions:?}");
    }
}

/// The label has no weight here, and neither has the class at the max.
#[test]
fn a_class_that_has_all_the_weight_is_a_label() {
    let loss = CrossEntropy::default().reduction(Reduction::Sum);
    let loss = loss.label_smoothing(0.28331703).unwrap();
    let mut weights = [0.0; 9];
    weights[1] = 0.94713473;
    let loss = loss.class_weights(weights).unwrap();
    let mut z = [-11.507088; 9];
    z[..2].copy_from_slice(&[-5.819521, -5.835146]);
    assert_exact(&loss.batch(&z, &[0], 9).unwrap());
}

/// The label has a millionth of the weight. If it stood in for itself, or if the class below it did, the
/// loss of 2e-5 would be the difference of two numbers near 10.
#[test]
fn a_class_far_below_the_max_stands_in_for_no_label() {
    let loss = CrossEntropy::default().label_smoothing(0.9).unwrap();
    let loss = loss.class_weights([1e-6, 1e-6, 1.0]).unwrap();
    let loss = loss.reduction(Reduction::Sum);
    assert_exact(&loss.batch(&[0.0, -20.0, 20.0], &[0], 3).unwrap());
}

fn assert_exact(batch: &Batch<'_>) {
    let exact = expected(batch);
    for instructions in InstructionSet::available() {
        let mut grad = vec![0.0; exact.grad.len()];
        let out = batch.grad_out(&mut grad).expect("its length");
        let loss = Vectorized::with(instructions).forward_backward(out);
        let numbers = grad.into_iter().zip(&exact.grad);
        for (got, exact) in numbers.chain([(loss, &exact.forward)]) {
            assert!(exact.accepts(got), "{instructions:?}: {got}, not {exact:?}");
        }
    }
}

/// A weight of 1e-38 times a thousandth is below the normal range of `f32` and loses bits, and a
/// number of 3e38 would make that visible.
#[test]
fn a_huge_number_in_a_distribution_enlarges_no_error() {
    let loss = CrossEntropy::default().label_smoothing(0.999).unwrap();
    let loss = loss.class_weights([1.1e-38, 1e-3, 1e-3]).unwrap();
    let batch = loss.batch(&[0.1, 0.0, 0.2], &[3e38, 0.3, 0.3], 3).unwrap();
    assert_exact(&batch);
}

/// Returns the bits of the gradient, without and with smoothing, and of the probabilities.
fn results(backend: &dyn Backend, logits: &[f32], classes: usize) -> [Vec<u32>; 3] {
    let mut p = vec![0.0; logits.len()];
    let rows = Logits::new(logits, classes).expect("it is valid");
    backend.softmax(rows.softmax_out(&mut p).expect("it has its length"));
    let smoothed = smoothed_gradient(backend, logits, classes, 0.1);
    [gradient(backend, logits, classes), smoothed, p]
        .map(|numbers| numbers.into_iter().map(f32::to_bits).collect())
}

fn gradient(backend: &dyn Backend, logits: &[f32], classes: usize) -> Vec<f32> {
    smoothed_gradient(backend, logits, classes, 0.0)
}

fn smoothed_gradient(
    backend: &dyn Backend,
    logits: &[f32],
    classes: usize,
    epsilon: f32,
) -> Vec<f32> {
    let labels = vec![classes / 2; logits.len() / classes];
    // We don't take the mean, which divides by the number of rows.
    let loss = CrossEntropy::default().reduction(Reduction::Sum);
    let loss = loss.label_smoothing(epsilon).expect("it is between 0 and 1");
    let batch = loss.batch(logits, &labels, classes).expect("it is valid");
    let mut grad = vec![0.0; logits.len()];
    backend.backward(batch.grad_out(&mut grad).expect("it has its length"));
    grad
}
