//! The contract: rows are independent, buffers are overwritten, and the methods agree.

use backend::{Backend, CrossEntropy};

use crate::case::{Case, Targets};
use crate::compare::{
    backward, backward_matches, each_matches, exactly, forward_backward,
    forward_backward_matches, forward_matches, log_softmax, losses, losses_match,
    roughly_matches_oracle, softmax, softmax_roughly_matches_oracle, sums_match,
};
use crate::law::{Finding, Law, Verdict};
use crate::oracle::{self, Expected};
use crate::random::Random;
use crate::tolerance::Exact;

/// Checks that no result depends on the old contents of its buffer.
pub fn results_overwrite_their_buffers() -> Law {
    Law {
        name: "results_overwrite_their_buffers",
        reason: "a training loop passes the same buffer at every step",
        likely: "you add to the buffer with `+=`, or leave an ignored row as it was",
        page: "book/src/backend.md",
        check: |backend| {
            let mut case = Random::new(6).labels(6, 7, 3.0);
            case.targets = Targets::Labels(vec![0, 1, 2, 3, 4, 5]);
            let case = case.under(CrossEntropy::default().ignore_index(2));
            let Expected { losses: right_losses, grad: right_grad, .. } =
                oracle::expected(&case.batch()).roughly();
            let right_p = softmax(backend, &case, 0.0);
            let right_log_p = log_softmax(backend, &case, 0.0);
            for before in [7.0, f32::NAN] {
                let name = format!("{}, in a buffer that held {before}", case.name);
                let case = Case { name, ..case.clone() };
                let grad = backward(backend, &case, before);
                each_matches(&case, "grad", 7, &grad, &right_grad)?;
                let (_, grad) = forward_backward(backend, &case, before);
                each_matches(&case, "forward_backward's grad", 7, &grad, &right_grad)?;
                let losses = losses(backend, &case, before);
                each_matches(&case, "losses", 1, &losses, &right_losses)?;
                let p = softmax(backend, &case, before);
                each_matches(&case, "softmax", 7, &p, &exactly(&right_p))?;
                let log_p = log_softmax(backend, &case, before);
                each_matches(&case, "log_softmax", 7, &log_p, &exactly(&right_log_p))?;
            }
            Ok(())
        },
    }
}

/// Checks that the same call gives the same bits, however often you make it.
pub fn the_same_call_gives_the_same_bits() -> Law {
    Law {
        name: "the_same_call_gives_the_same_bits",
        reason: "you can't debug a training run that you can't repeat",
        likely: "partial sums are added in whatever order the threads finish",
        page: "book/src/backend.md",
        check: |backend| {
            let case = Random::new(22).rows_that_cancel(512, 1000);
            let forward = exactly(&[backend.forward(&case.batch())])[0];
            let (losses_before, grad_before) = (
                exactly(&losses(backend, &case, 0.0)),
                exactly(&backward(backend, &case, 0.0)),
            );
            for _ in 0..8 {
                forward_matches(backend, &case, forward)?;
                losses_match(backend, &case, &losses_before)?;
                backward_matches(backend, &case, &grad_before)?;
            }
            Ok(())
        },
    }
}

/// Checks that the rows' losses, summed and divided, are the reduced loss.
pub fn losses_add_up_to_forward() -> Law {
    Law {
        name: "losses_add_up_to_forward",
        reason: "a row's loss is its own, and only the reduction divides",
        likely: "the losses of the rows are divided already, or weighted twice",
        page: "book/src/backend.md",
        check: |backend| {
            for case in
                [Random::new(7).labels(9, 6, 3.0), Random::new(7).labels(1, 6, 3.0)]
            {
                for case in [case.clone(), case.summed()] {
                    let batch = case.batch();
                    let losses = losses(backend, &case, 0.0);
                    let sum: f64 = losses.iter().map(|&loss| f64::from(loss)).sum();
                    let exact = oracle::expected(&batch).forward.roughly();
                    let expected =
                        Exact { value: f64::from(backend.forward(&batch)), ..exact };
                    let name = || "the sum of the losses over the divisor".to_owned();
                    Finding::judge(
                        &case,
                        name,
                        (sum / batch.divisor()) as f32,
                        expected,
                    )?;
                }
            }
            Ok(())
        },
    }
}

/// Checks that one call for loss and gradient gives the same results as two calls.
pub fn forward_backward_agrees_with_its_parts() -> Law {
    Law {
        name: "forward_backward_agrees_with_its_parts",
        reason: "training calls the fused method, and evaluation calls the plain one",
        likely: "the fused method forgets the divisor, or an ignored row",
        page: "book/src/backend.md",
        check: |backend| {
            let mut random = Random::new(8);
            let padded =
                Case::labels("a row and padding", [1.0, 2.0, 3.0, 4.0], [0, 9], 2);
            for case in [
                random.labels(5, 9, 3.0),
                random.labels(5, 9, 3.0).summed(),
                random.distributions(5, 9, 3.0),
                padded.under(CrossEntropy::default().ignore_index(9)),
            ] {
                let expected = oracle::expected(&case.batch()).roughly();
                forward_matches(backend, &case, expected.forward)?;
                backward_matches(backend, &case, &expected.grad)?;
                forward_backward_matches(backend, &case, &expected)?;
                sums_match(backend, &case, expected.forward)?;
            }
            Ok(())
        },
    }
}

/// Checks that a row's results depend on that row alone.
pub fn rows_do_not_leak() -> Law {
    Law {
        name: "rows_do_not_leak",
        reason: "with one max for the whole matrix, or a buffer kept between rows, a row \
                 can change its neighbor",
        likely: "the max is taken over all rows, and smaller rows underflow to 0",
        page: "book/src/overflow.md",
        check: |backend| {
            for large in [40.0, 200.0, 1e4, 1e30] {
                let name = format!("rows at {large}, at 0 and at {}", -large);
                let logits = [large, large, 0.0, 0.0, -large, -large];
                let case = Case::labels(name, logits, [0, 0, 0], 2);
                roughly_matches_oracle(backend, &case)?;
                softmax_roughly_matches_oracle(backend, &case)?;
            }
            Ok(())
        },
    }
}

/// Checks that a row's loss, gradient and p have the same bits alone and in any batch.
pub fn a_row_has_the_same_bits_in_any_batch() -> Law {
    Law {
        name: "a_row_has_the_same_bits_in_any_batch",
        reason: "a row should have the same numbers in a batch of a different size, or \
                 alone",
        likely: "small batches, or a batch's last rows, go through code that rounds in a \
                 different order",
        page: "book/src/batch.md",
        check: |backend| {
            let smoothed = CrossEntropy::default().label_smoothing(0.1);
            let smoothed = smoothed.expect("0.1 is a smoothing");
            for classes in [1, 2, 3, 10, 33, 63, 64, 100, 300] {
                let mut random = Random::new(classes as u64);
                // The sizes of rows differ a lot: one row may be a guess for the next.
                for deviation in [0.1, 3.0, 100.0] {
                    let labels = random.labels(67, classes, deviation);
                    for case in [
                        labels.clone(),
                        labels.under(smoothed.clone()),
                        random.distributions(67, classes, deviation),
                    ] {
                        has_the_same_bits_in_parts(backend, &case.summed())?;
                    }
                }
            }
            Ok(())
        },
    }
}

/// Compares the rows of parts of a batch with the rows of the whole.
fn has_the_same_bits_in_parts(backend: &dyn Backend, whole: &Case) -> Verdict {
    let classes = whole.classes;
    let of_losses = exactly(&losses(backend, whole, 0.0));
    let of_grad = exactly(&backward(backend, whole, 0.0));
    let of_p = exactly(&softmax(backend, whole, 0.0));
    let of_log_p = exactly(&log_softmax(backend, whole, 0.0));
    for count in [1, 2, 3, 4, 7, 8, 9, 31, 32, 33] {
        for start in [0, 5, 67 - count] {
            let part = whole.part(start..start + count);
            let numbers = start * classes..(start + count) * classes;
            let got = losses(backend, &part, 0.0);
            each_matches(&part, "losses", 1, &got, &of_losses[start..start + count])?;
            for (name, got, whole) in [
                ("grad", backward(backend, &part, 0.0), &of_grad),
                ("softmax", softmax(backend, &part, 0.0), &of_p),
                ("log_softmax", log_softmax(backend, &part, 0.0), &of_log_p),
            ] {
                each_matches(&part, name, classes, &got, &whole[numbers.clone()])?;
            }
        }
    }
    Ok(())
}

/// Checks that every number of classes works, for any width of vectors.
pub fn every_class_count_works() -> Law {
    Law {
        name: "every_class_count_works",
        reason: "vectors hold 4, 8 or 16 numbers, and C needn't be a multiple of that",
        likely: "the classes after the last full vector are left out",
        page: "book/src/vectorize.md",
        check: |backend| {
            let mut random = Random::new(9);
            for classes in 1..=67 {
                let mut case = random.labels(3, classes, 3.0).summed();
                softmax_roughly_matches_oracle(backend, &case)?;
                roughly_matches_oracle(backend, &case)?;
                // The last class decides.
                for row in case.logits.chunks_exact_mut(classes) {
                    row[classes - 1] = 5.0;
                }
                softmax_roughly_matches_oracle(backend, &case)?;
                roughly_matches_oracle(backend, &case)?;
                roughly_matches_oracle(backend, &random.distributions(2, classes, 3.0))?;
            }
            Ok(())
        },
    }
}
