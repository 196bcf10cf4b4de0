//! The loss as array expressions, against the oracle, and the labels that it refuses.

use backend::Error;
use batched::arrays::{gradient, loss};
use conformance::case::{Case, Targets};
use conformance::oracle;
use conformance::random::Random;
use ndarray::{Array2, ArrayView2};

#[test]
fn the_expressions_agree_with_the_oracle() {
    const NAN: f32 = f32::NAN;
    const MASKED: f32 = f32::NEG_INFINITY;
    let mut random = Random::new(95);
    let cases = [
        random.labels(7, 5, 3.0),
        random.labels(1, 1, 3.0),
        random.labels(4, 67, 30.0),
        Case::labels("ties", [5.0, 5.0, 0.0, 1.0, 2.0, 2.0], [0, 2], 3),
        Case::labels("confident", [20.0, 0.0, 0.0, 80.0], [0, 1], 2),
        Case::labels("wrong", [-200.0, 0.0, 1e8, 1e8], [0, 1], 2),
        Case::labels("masked", [0.0, MASKED, 1.0, 2.0, MASKED, 0.0], [0, 2], 3),
        Case::labels("NaN", [0.0, NAN], [0], 2),
        Case::labels("all masked", [MASKED, MASKED], [0], 2),
    ];
    for case in cases {
        let Targets::Labels(labels) = &case.targets else { panic!("they are labels") };
        let shape = (case.rows(), case.classes);
        let z = ArrayView2::from_shape(shape, &case.logits).unwrap();
        let expected = oracle::expected(&case.batch());
        let got = loss(z, labels).unwrap();
        assert!(expected.forward.accepts(got), "{case}: {got}");
        let grad = gradient(z, labels).unwrap();
        for (&got, exact) in grad.iter().zip(&expected.grad) {
            assert!(exact.accepts(got), "{case}: {got}, not {exact:?}");
        }
    }
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let z = Array2::zeros((2, 3));
    let refused: [(&[usize], Error); 4] = [
        (&[0], Error::LabelCount { labels: 1, rows: 2 }),
        (&[0, 1, 2], Error::LabelCount { labels: 3, rows: 2 }),
        (&[], Error::LabelCount { labels: 0, rows: 2 }),
        (&[0, 3], Error::LabelOutOfRange { row: 1, label: 3, classes: 3 }),
    ];
    for (labels, error) in refused {
        assert_eq!(loss(z.view(), labels), Err(error.clone()));
        assert_eq!(gradient(z.view(), labels), Err(error));
    }
    let none = Array2::zeros((0, 3));
    let nothing = Error::MeanOfNothing { rows: 0, ignored: 0 };
    assert_eq!(loss(none.view(), &[]), Err(nothing.clone()));
    assert_eq!(gradient(none.view(), &[]), Err(nothing));
    let no_classes = Array2::zeros((2, 0));
    assert_eq!(loss(no_classes.view(), &[0, 0]), Err(Error::NoClasses));
    assert_eq!(gradient(no_classes.view(), &[0, 0]), Err(Error::NoClasses));
}
