//! Accuracy, likelihood and perplexity of batches, in numbers that you can check by hand.

use backend::{
    Batch, CrossEntropy, Reduction, accuracy, nll_loss, nll_losses, perplexity,
};

#[test]
fn accuracy_is_the_share_of_right_rows() {
    let logits = [
        [-3.0, -1.0, -2.0], // 1
        [0.0, 1.0, 5.0],    // 2
        [0.0, 1.0, 5.0],    // 2
        [9.0, 1.0, 5.0],    // 0
    ];
    let batch = Batch::new(logits.as_flattened(), &[1, 0, 1, 2], 3).unwrap();
    assert_eq!(accuracy(&batch), Some(0.25));
    let batch = Batch::new(logits.as_flattened(), &[1, 2, 2, 2], 3).unwrap();
    assert_eq!(accuracy(&batch), Some(0.75));
}

#[test]
fn of_several_largest_logits_the_first_counts() {
    let logits = [[5.0, 5.0, 0.0], [0.0, 5.0, 5.0]];
    let right = Batch::new(logits.as_flattened(), &[0, 1], 3).unwrap();
    assert_eq!(accuracy(&right), Some(1.0));
    let wrong = Batch::new(logits.as_flattened(), &[1, 2], 3).unwrap();
    assert_eq!(accuracy(&wrong), Some(0.0));
}

#[test]
fn a_row_without_probabilities_is_wrong() {
    const INF: f32 = f32::INFINITY;
    for row in [[9.0, f32::NAN], [f32::NAN, 9.0], [INF, 0.0], [-INF, -INF]] {
        for label in [0, 1] {
            assert_eq!(accuracy(&Batch::new(&row, &[label], 2).unwrap()), Some(0.0));
        }
    }
    assert_eq!(accuracy(&Batch::new(&[-INF, -9.0], &[1], 2).unwrap()), Some(1.0));
}

#[test]
fn accuracy_needs_a_row_with_a_label() {
    let logits = [1.0, 2.0, 3.0, 4.0];
    let ignoring = CrossEntropy::default().ignore_index(7);
    let batch = ignoring.batch(&logits, &[7, 1], 2).unwrap();
    assert_eq!(accuracy(&batch), Some(1.0));
    let summed = ignoring.reduction(Reduction::Sum);
    assert_eq!(accuracy(&summed.batch(&logits, &[7, 7], 2).unwrap()), None);
    let q = [0.0, 1.0, 0.0, 1.0];
    assert_eq!(accuracy(&Batch::new(&logits, &q, 2).unwrap()), None);
}

#[test]
fn a_negative_log_likelihood_is_weighted_and_divided() {
    let log_probs = [-1.0, -2.0, -4.0, -8.0, -16.0, -32.0];
    let weighted = CrossEntropy::default().class_weights([3.0, 1.0]).unwrap();
    let weighted = weighted.ignore_index(9);
    let batch = weighted.batch(&log_probs, &[0, 1, 9], 2).unwrap();
    // (3 x 1 + 1 x 8) / (3 + 1)
    assert_eq!(nll_loss(&batch), 2.75);
    let mut losses = [7.0; 3];
    nll_losses(batch.losses_out(&mut losses).unwrap());
    assert_eq!(losses, [3.0, 8.0, 0.0]);

    let q = [0.5, 0.5, 0.25, 0.75, 0.0, 0.0];
    let batch = Batch::new(&log_probs, &q, 2).unwrap();
    nll_losses(batch.losses_out(&mut losses).unwrap());
    assert_eq!(losses, [1.5, 7.0, 0.0]);
    assert_eq!(nll_loss(&batch), 8.5 / 3.0);
}

#[test]
fn a_certain_model_has_a_perplexity_of_1() {
    assert_eq!(perplexity(0.0), 1.0);
}
