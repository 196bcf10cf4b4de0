//! Each option as the target weights that it chooses, in numbers that you can check by
//! hand: backends and the oracle of the laws build on these weights.

use backend::{Batch, CrossEntropy, Reduction, Target, Targets};

const LOGITS: [f32; 8] = [0.0; 8];

/// Returns the target weights of each row of four classes, with `None` for an ignored
/// row, and the divisor of the batch.
fn weights(batch: &Batch<'_>) -> (Vec<Option<[f64; 4]>>, f64) {
    let weights = |row: backend::Row<'_>| {
        let a = [0, 1, 2, 3].map(|k| row.target().weight(k));
        let total = row.target().total();
        let sum = total.value();
        assert!((a.iter().sum::<f64>() - sum).abs() < 1e-15, "{a:?} have sum {sum}");
        for k in 0..4 {
            let but_k = total.without(a[k]);
            assert!((sum - a[k] - but_k).abs() < 1e-15, "{a:?} but {k}: {but_k}");
        }
        assert_eq!(a, from_parts(row.target()));
        a
    };
    (batch.iter().map(|row| row.map(weights)).collect(), batch.divisor())
}

/// Returns the same weights, from the formula `w_k (keep q_k + spread)`.
fn from_parts(target: Target<'_>) -> [f64; 4] {
    [0, 1, 2, 3].map(|k| {
        let q = match (target.label(), target.distribution()) {
            (Some(label), None) => f64::from(u8::from(k == label)),
            (None, Some(q)) => f64::from(q[k]),
            both => panic!("a label or a distribution, not {both:?}"),
        };
        let w = target.class_weights().map_or(1.0, |w| f64::from(w[k]));
        assert_eq!(target.class_weight(k), w);
        w * (target.keep() * q + target.spread())
    })
}

fn loss() -> CrossEntropy {
    CrossEntropy::default()
}

#[test]
fn a_label_is_one_hot() {
    let batch = Batch::new(&LOGITS, &[0, 2], 4).unwrap();
    let rows = vec![Some([1.0, 0.0, 0.0, 0.0]), Some([0.0, 0.0, 1.0, 0.0])];
    assert_eq!(weights(&batch), (rows, 2.0));
}

#[test]
fn a_distribution_is_taken_as_it_stands() {
    let q = [0.5, 0.25, 0.25, 0.0, 2.0, -1.0, 0.0, 0.0];
    let batch = Batch::new(&LOGITS, &q, 4).unwrap();
    let rows = vec![Some([0.5, 0.25, 0.25, 0.0]), Some([2.0, -1.0, 0.0, 0.0])];
    assert_eq!(weights(&batch), (rows, 2.0));
}

#[test]
fn smoothing_mixes_with_the_uniform_row() {
    let smoothed = loss().label_smoothing(0.5).unwrap();
    let rows =
        vec![Some([0.625, 0.125, 0.125, 0.125]), Some([0.125, 0.125, 0.625, 0.125])];
    let batch = smoothed.batch(&LOGITS, &[0, 2], 4).unwrap();
    assert_eq!(weights(&batch), (rows, 2.0));

    let q = [0.5, 0.5, 0.0, 0.0, 2.0, -1.0, 0.0, 0.0];
    let rows =
        vec![Some([0.375, 0.375, 0.125, 0.125]), Some([1.125, -0.375, 0.125, 0.125])];
    let batch = smoothed.batch(&LOGITS, &q, 4).unwrap();
    assert_eq!(weights(&batch), (rows, 2.0));
}

#[test]
fn smoothing_over_others_leaves_the_label_what_it_says() {
    let smoothed = loss().label_smoothing_over_others(0.75).unwrap();
    let batch = smoothed.batch(&LOGITS, &[0, 2], 4).unwrap();
    let rows = vec![Some([0.25, 0.25, 0.25, 0.25]), Some([0.25, 0.25, 0.25, 0.25])];
    assert_eq!(weights(&batch), (rows, 2.0));
    let smoothed = loss().label_smoothing_over_others(0.375).unwrap();
    let batch = smoothed.batch(&LOGITS, &[0, 2], 4).unwrap();
    let rows =
        vec![Some([0.625, 0.125, 0.125, 0.125]), Some([0.125, 0.125, 0.625, 0.125])];
    assert_eq!(weights(&batch), (rows, 2.0));
}

#[test]
fn class_weights_come_after_smoothing() {
    let weighted = loss().class_weights([1.0, 2.0, 4.0, 0.0]).unwrap();
    let batch = weighted.batch(&LOGITS, &[0, 2], 4).unwrap();
    let rows = vec![Some([1.0, 0.0, 0.0, 0.0]), Some([0.0, 0.0, 4.0, 0.0])];
    assert_eq!(weights(&batch), (rows, 5.0));

    let both = weighted.label_smoothing(0.5).unwrap();
    let batch = both.batch(&LOGITS, &[0, 2], 4).unwrap();
    let rows = vec![Some([0.625, 0.25, 0.5, 0.0]), Some([0.125, 0.25, 2.5, 0.0])];
    assert_eq!(weights(&batch), (rows, 5.0));

    let q = [0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    let batch = both.batch(&LOGITS, &q, 4).unwrap();
    let rows = vec![Some([0.375, 0.75, 0.5, 0.0]), Some([0.125, 0.25, 0.5, 0.0])];
    assert_eq!(weights(&batch), (rows, 2.0));
}

#[test]
fn an_ignored_label_is_no_row_and_does_not_count() {
    for ignored in [1, 255] {
        let smoothed = loss().label_smoothing(0.5).unwrap().ignore_index(ignored);
        let labels = [ignored, 2];
        let batch = smoothed.batch(&LOGITS, &labels, 4).unwrap();
        let rows = vec![None, Some([0.125, 0.125, 0.625, 0.125])];
        assert_eq!(weights(&batch), (rows, 1.0));
    }
}

#[test]
fn a_label_without_weight_is_no_row() {
    let weighted = loss().class_weights([0.0, 2.0, 4.0, 1.0]).unwrap();
    let batch = weighted.batch(&LOGITS, &[0, 2], 4).unwrap();
    assert_eq!(weights(&batch), (vec![None, Some([0.0, 0.0, 4.0, 0.0])], 4.0));

    // Smoothing gives the other classes their share.
    let both = weighted.label_smoothing(0.5).unwrap();
    let batch = both.batch(&LOGITS, &[0, 2], 4).unwrap();
    let rows = vec![Some([0.0, 0.25, 0.5, 0.125]), Some([0.0, 0.25, 2.5, 0.125])];
    assert_eq!(weights(&batch), (rows, 4.0));
}

#[test]
fn a_row_of_zeros_is_no_row_but_counts() {
    let q = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let one_hot = Some([0.0, 0.0, 1.0, 0.0]);
    let batch = Batch::new(&LOGITS, &q, 4).unwrap();
    assert_eq!(weights(&batch), (vec![None, one_hot], 2.0));

    let smoothed = loss().label_smoothing(0.5).unwrap();
    let batch = smoothed.batch(&LOGITS, &q, 4).unwrap();
    assert_eq!(weights(&batch), (vec![None, Some([0.125, 0.125, 0.625, 0.125])], 2.0));

    // A row whose weights smoothing turns into zeros is no row: 0.5 (-0.25) + 0.125.
    let opposite = smoothed.batch(&LOGITS[..4], &[-0.25; 4], 4).unwrap();
    assert_eq!(weights(&opposite), (vec![None], 1.0));

    // A row whose weights the class weights turn into zeros is no row, either.
    let weighted = loss().class_weights([1.0, 1.0, 0.0, 1.0]).unwrap();
    let batch = weighted.batch(&LOGITS, &q, 4).unwrap();
    assert_eq!(weights(&batch), (vec![None, None], 2.0));
}

/// Checks that a zero's sign doesn't count, and that the smallest weight does, anywhere.
#[test]
fn only_zeros_are_no_row() {
    let smoothed = loss().label_smoothing(0.5).unwrap();
    let weighted = loss().class_weights([1.0; 33]).unwrap();
    for loss in [loss(), smoothed, weighted] {
        let mut q = [0.0; 33];
        q[3] = -0.0;
        q[32] = -0.0;
        assert!(loss.batch(&[0.0; 33], &q, 33).unwrap().row(0).is_none(), "{loss}");
        for k in [0, 15, 16, 32] {
            for least in [1e-45, -1e-45] {
                let mut q = [-0.0; 33];
                q[k] = least;
                let batch = loss.batch(&[0.0; 33], &q, 33).unwrap();
                assert!(batch.row(0).is_some(), "{loss}: {least} at {k}");
            }
        }
    }
}

#[test]
fn the_only_label_is_there_without_smoothing() {
    let only = |loss: &CrossEntropy| {
        let batch = loss.batch(&LOGITS, &[2, 3], 4).unwrap();
        let labels = batch.only_labels()?;
        for (i, row) in batch.iter().enumerate() {
            let target = row.map(|row| row.target());
            assert_eq!(target.and_then(|target| target.only_label()), labels.get(i));
        }
        Some([0, 1].map(|i| labels.get(i)))
    };
    assert_eq!(only(&loss()), Some([Some((2, 1.0)), Some((3, 1.0))]));
    assert_eq!(only(&loss().ignore_index(3)), Some([Some((2, 1.0)), None]));
    let weighted = loss().class_weights([1.0, 2.0, 4.0, 0.5]).unwrap();
    assert_eq!(only(&weighted), Some([Some((2, 4.0)), Some((3, 0.5))]));

    assert_eq!(only(&loss().label_smoothing(0.1).unwrap()), None);
    let one_hot = [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    let batch = Batch::new(&LOGITS, &one_hot, 4).unwrap();
    assert!(batch.only_labels().is_none());
    assert_eq!(batch.row(0).unwrap().target().only_label(), None);
}

#[test]
fn a_sum_divides_by_one() {
    let summed = loss().reduction(Reduction::Sum);
    assert_eq!(summed.batch(&LOGITS, &[0, 2], 4).unwrap().divisor(), 1.0);
    assert_eq!(summed.batch(&[], &[] as &[usize], 4).unwrap().divisor(), 1.0);
}

#[test]
fn the_options_have_names() {
    let all = loss().label_smoothing(0.1).unwrap().class_weights([1.0, 2.0]).unwrap();
    let all = all.ignore_index(7).reduction(Reduction::Sum);
    let names = "sum, label smoothing 0.1, class weights [1.0, 2.0], ignore index 7";
    assert_eq!(all.to_string(), names);
    assert_eq!(loss().to_string(), "mean");
}

#[test]
fn the_total_without_a_class_does_not_cancel() {
    for heavy in [1.0, -1.0] {
        let q = [1e-20, heavy, 2e-20, 0.0];
        let batch = Batch::new(&LOGITS[..4], &q, 4).unwrap();
        let total = batch.row(0).unwrap().target().total();
        assert_eq!(total.value() as f32, heavy);
        assert_eq!(total.without(f64::from(heavy)) as f32, 3e-20);
    }
}

#[test]
fn the_total_leaves_the_label_out_as_well() {
    let loss = loss().label_smoothing(1e-30).unwrap();
    let loss = loss.class_weights([1e30, 1.0, 0.0, 2.0]).unwrap();
    let batch = loss.batch(&LOGITS[..4], &[0], 4).unwrap();
    let target = batch.row(0).unwrap().target();
    let others = target.total().without(target.weight(0));
    assert_eq!(others as f32, (3.0 * f64::from(1e-30_f32) / 4.0) as f32);
}

#[test]
fn a_part_has_the_divisor_of_the_whole() {
    let logits = [0.0; 12];
    let q = [0.5, 0.5, 0.0, 0.0, 0.25, 0.25, 0.25, 0.25, 0.0, 0.0, 1.0, 0.0];
    let weighted = loss().class_weights([1.0, 2.0, 4.0, 8.0]).unwrap();
    let labels = Targets::from(&[0, 1, 3]);
    for (targets, divisor) in [(labels, 11.0), (Targets::from(&q), 3.0)] {
        let batch = weighted.batch(&logits, targets, 4).unwrap();
        let terms = weighted.terms(targets, 3, 4).unwrap();
        assert_eq!((terms.rows(), terms.classes(), terms.divisor()), (3, 4, divisor));
        let part = terms.part(1..3);
        assert_eq!((part.rows(), part.classes(), part.divisor()), (2, 4, divisor));
        let (whole, _) = weights(&batch);
        for of_part in [part.batch(&logits[4..]).unwrap(), batch.part(1..3)] {
            assert_eq!(weights(&of_part), (whole[1..].to_vec(), divisor));
        }
    }
}

/// Splits buffers whose numbers name their rows: 1 for the first, 2 for the second.
#[test]
fn outputs_split_between_rows() {
    let logits = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0];
    let batch = Batch::new(&logits, &[0, 1, 0], 2).unwrap();
    let mut grad = [0.0; 6];
    let (mut first, mut others) = batch.grad_out(&mut grad).unwrap().split_at(1);
    assert_eq!((first.batch().rows(), others.batch().rows()), (1, 2));
    assert_eq!(others.batch().divisor(), 3.0);
    for (row, grad) in first.rows().chain(others.rows()) {
        let row = row.unwrap();
        grad[row.target().label().unwrap()] = row.logits()[0];
    }
    assert_eq!(grad, [1.0, 0.0, 0.0, 2.0, 3.0, 0.0]);

    let mut losses = [0.0; 3];
    let (mut first, mut others) = batch.losses_out(&mut losses).unwrap().split_at(2);
    assert_eq!((first.batch().rows(), others.batch().rows()), (2, 1));
    first.rows().chain(others.rows()).for_each(|(row, loss)| {
        *loss = row.unwrap().logits()[0];
    });
    assert_eq!(losses, [1.0, 2.0, 3.0]);

    let mut p = [0.0; 6];
    let (mut first, mut others) = batch.logits().softmax_out(&mut p).unwrap().split_at(2);
    assert_eq!((first.logits().rows(), others.logits().rows()), (2, 1));
    first.rows().chain(others.rows()).for_each(|(z, p)| p.copy_from_slice(z));
    assert_eq!(p, logits);
}
