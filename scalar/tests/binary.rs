//! What binary cross-entropy refuses, and how it's reduced; the laws say that it's right.

use backend::{BinaryCrossEntropy, Error, Reduction};
use scalar::Scalar;

#[test]
fn one_target_a_logit_is_needed() {
    let refused = BinaryCrossEntropy::default().forward(&Scalar, &[1.0], &[0.0, 1.0]);
    let refused = refused.unwrap_err();
    assert_eq!(refused, Error::BinaryTargetCount { targets: 2, logits: 1 });
    assert_eq!(refused.to_string(), "targets has length 2, but logits has length 1");
}

#[test]
fn targets_lie_in_zero_to_one() {
    for target in [-0.1, 1.1, f32::NAN] {
        let refused =
            BinaryCrossEntropy::default().forward(&Scalar, &[1.0, 1.0], &[0.0, target]);
        let message = refused.unwrap_err().to_string();
        assert_eq!(
            message,
            format!("targets[1] is {target}, but must be between 0 and 1")
        );
    }
}

#[test]
fn the_gradient_has_one_number_a_logit() {
    let binary = BinaryCrossEntropy::default();
    let refused = binary.forward_backward(&Scalar, &[1.0], &[0.0], &mut [0.0; 2]);
    let error = Error::OutputLength { output: "grad", length: 2, expected: 1 };
    assert_eq!(refused.unwrap_err(), error);
}

#[test]
fn the_mean_of_no_rows_is_refused() {
    let refused = BinaryCrossEntropy::default().forward(&Scalar, &[], &[]);
    assert_eq!(refused.unwrap_err(), Error::MeanOfNothing { rows: 0, ignored: 0 });
}

#[test]
fn the_sum_of_three_rows_is_three_times_their_mean() {
    let (logits, targets) = ([0.0; 3], [1.0, 0.0, 0.25]);
    let mean = BinaryCrossEntropy::default();
    let sum = mean.reduction(Reduction::Sum);
    let ln_2 = std::f32::consts::LN_2;
    assert_eq!(mean.forward(&Scalar, &logits, &targets), Ok(ln_2));
    assert_eq!(sum.forward(&Scalar, &logits, &targets), Ok(3.0 * ln_2));

    let mut grad = [7.0; 3];
    let value = mean.forward_backward(&Scalar, &logits, &targets, &mut grad);
    let third = 1.0 / 3.0;
    assert_eq!((value, grad), (Ok(ln_2), [-0.5 * third, 0.5 * third, 0.25 * third]));
    let value = sum.forward_backward(&Scalar, &logits, &targets, &mut grad);
    assert_eq!((value, grad), (Ok(3.0 * ln_2), [-0.5, 0.5, 0.25]));
    assert_eq!(sum.forward(&Scalar, &[], &[]), Ok(0.0));
}
