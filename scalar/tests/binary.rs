//! What binary cross-entropy refuses; that it is right, the laws say.

use backend::{BinaryCrossEntropy, Error};
use scalar::Scalar;

#[test]
fn one_target_a_logit_is_needed() {
    let refused = BinaryCrossEntropy::default().forward(&Scalar, &[1.0], &[0.0, 1.0]);
    let refused = refused.unwrap_err();
    assert_eq!(refused, Error::BinaryTargetCount { targets: 2, logits: 1 });
    assert_eq!(refused.to_string(), "targets has length 2, but logits has 1");
}

#[test]
fn targets_lie_in_zero_to_one() {
    for target in [-0.1, 1.1, f32::NAN] {
        let refused =
            BinaryCrossEntropy::default().forward(&Scalar, &[1.0, 1.0], &[0.0, target]);
        let message = refused.unwrap_err().to_string();
        assert_eq!(message, format!("targets[1] is {target}, but must lie in 0 to 1"));
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
