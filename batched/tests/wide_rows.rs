//! Rows that are shared out, with logits that one part has and the others don't.

use backend::{Backend, CrossEntropy};
use batched::Batched;
use conformance::case::Case;
use conformance::oracle::{expected, log_probabilities};
use conformance::random::Random;
use conformance::tolerance::Exact;

const CLASSES: usize = 128_256;

/// A range of classes in the second part.
const SECOND_PART: std::ops::Range<usize> = 50_000..60_000;

fn logits() -> Vec<f32> {
    Random::new(70).normals(CLASSES, 3.0)
}

/// Returns logits with `value` for the classes of `part`.
fn with(part: std::ops::Range<usize>, value: f32) -> Vec<f32> {
    let mut z = logits();
    z[part].fill(value);
    z
}

fn assert_right(z: Vec<f32>, label: usize) {
    assert_case_is_right(&Case::labels("wide", z, [label], CLASSES));
}

fn assert_case_is_right(case: &Case) {
    let batch = case.batch();
    let exact = expected(&batch);
    let backend = Batched::default();
    let mut grad = vec![0.0; case.logits.len()];
    let mut p = grad.clone();
    let loss = backend.forward_backward(batch.grad_out(&mut grad).expect("its length"));
    assert!(exact.forward.accepts(loss), "{loss}, not {:?}", exact.forward);
    assert!(exact.forward.accepts(backend.forward(&batch)));
    for (k, (&g, exact)) in grad.iter().zip(&exact.grad).enumerate() {
        assert!(exact.accepts(g), "grad[{k}] is {g}, not {exact:?}");
    }
    let logits = case.rows_of_logits();
    let log_p: Vec<f64> = logits.iter().flat_map(log_probabilities).collect();
    backend.softmax(logits.softmax_out(&mut p).expect("its length"));
    for (k, (&p, log_p)) in p.iter().zip(&log_p).enumerate() {
        let exact = Exact::of_probability(log_p.exp(), CLASSES);
        assert!(exact.accepts(p), "p[{k}] is {p}, not {exact:?}");
    }
    backend.log_softmax(logits.softmax_out(&mut p).expect("its length"));
    for (k, (&got, &log_p)) in p.iter().zip(&log_p).enumerate() {
        let near = (f64::from(got) - log_p).abs() <= 3e-7 * (1.0 + log_p.abs());
        let right = near || got.is_nan() == log_p.is_nan() && log_p.is_infinite();
        assert!(right || log_p.is_nan() && got.is_nan(), "{k}: {got}, not {log_p}");
    }
}

#[test]
fn parts_are_merged() {
    for label in [0, SECOND_PART.start, CLASSES - 1] {
        assert_right(logits(), label);
        // One part is far above the others, which are relative to a different power.
        assert_right(with(SECOND_PART, 60.0), label);
        assert_right(with(SECOND_PART, 1e6), label);
        assert_right(with(0..100_000, -1e6), label);
    }
}

#[test]
fn any_target_of_a_wide_row_is_right() {
    let mut random = Random::new(72);
    for classes in [65_536, 100_003] {
        let weights = random.units(classes);
        let loss = CrossEntropy::default().class_weights(weights).unwrap();
        let smoothed = loss.clone().label_smoothing(0.1).unwrap();
        let ignoring = loss.clone().ignore_index(1);
        for (loss, deviation) in [(loss, 3.0), (smoothed, 40.0), (ignoring, 0.1)] {
            let labels = random.labels(3, classes, deviation).under(loss.clone());
            assert_case_is_right(&labels);
            let loss = CrossEntropy::default().label_smoothing(0.3).unwrap();
            assert_case_is_right(
                &random.distributions(2, classes, deviation).under(loss),
            );
        }
    }
}

#[test]
fn a_part_may_be_masked() {
    assert_right(with(0..40_000, f32::NEG_INFINITY), SECOND_PART.start);
    assert_right(with(0..40_000, f32::NEG_INFINITY), 7);
    assert_right(with(40_000..CLASSES, f32::NEG_INFINITY), 7);
}

#[test]
fn what_is_not_a_number_in_one_part_is_none_in_all() {
    for value in [f32::NAN, f32::INFINITY] {
        for place in [0, SECOND_PART.start, CLASSES - 1] {
            assert_right(with(place..place + 1, value), 7);
        }
    }
    assert_right(vec![f32::NEG_INFINITY; CLASSES], 7);
}

#[test]
fn a_wide_row_has_the_same_bits_in_any_batch() {
    let backend = Batched::default();
    for classes in [70_000, CLASSES] {
        let whole = Random::new(71).labels(40, classes, 3.0).summed();
        let grad = |case: &Case| {
            let mut grad = vec![0.0; case.logits.len()];
            backend.backward(case.batch().grad_out(&mut grad).expect("its length"));
            grad
        };
        let of_whole = grad(&whole);
        for rows in [0..1, 1..3, 39..40] {
            let numbers = rows.start * classes..rows.end * classes;
            assert_eq!(grad(&whole.part(rows)), of_whole[numbers], "{classes}");
        }
    }
}
