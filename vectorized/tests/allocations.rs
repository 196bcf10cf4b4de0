//! A call allocates nothing, whatever the options are.

use backend::{Backend, Batch, CrossEntropy, Logits};
use vectorized::Vectorized;

#[test]
fn a_call_allocates_nothing() {
    // Rows that are stood on end, with some left over, and rows that aren't.
    for (rows, classes) in [(70, 3), (70, 96), (3, 96), (5, 1003)] {
        let logits: Vec<f32> = (0..rows * classes).map(|i| (i % 17) as f32).collect();
        let labels: Vec<usize> = (0..rows).map(|row| row % classes).collect();
        let distributions = vec![0.25; rows * classes];
        let smoothed = CrossEntropy::default().label_smoothing(0.1).unwrap();
        let weighted = smoothed.clone().class_weights(vec![0.5; classes]).unwrap();
        let backend = Vectorized::default();
        let (mut grad, mut losses) = (vec![0.0; rows * classes], vec![0.0; rows]);

        let counted = allocation_counter::measure(|| {
            for batch in [
                Batch::new(&logits, &labels, classes).unwrap(),
                Batch::new(&logits, &distributions, classes).unwrap(),
                smoothed.batch(&logits, &labels, classes).unwrap(),
                smoothed.batch(&logits, &distributions, classes).unwrap(),
                weighted.batch(&logits, &labels, classes).unwrap(),
                weighted.batch(&logits, &distributions, classes).unwrap(),
            ] {
                backend.losses(batch.losses_out(&mut losses).unwrap());
                backend.forward(&batch);
                backend.forward_backward(batch.grad_out(&mut grad).unwrap());
            }
            let logits = Logits::new(&logits, classes).unwrap();
            backend.softmax(logits.softmax_out(&mut grad).unwrap());
            backend.log_softmax(logits.softmax_out(&mut grad).unwrap());
        });
        assert_eq!(counted.count_total, 0, "{rows} x {classes}");
    }
}
