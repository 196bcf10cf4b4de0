//! Every law, for one thread and for several, and the same bits for any number of them.

use backend::{Backend, CrossEntropy, Reduction};
use batched::Batched;
use conformance::case::Case;
use conformance::random::Random;

mod of_the_machine {
    conformance::suite!(batched::Batched::default());
}

mod three_threads {
    conformance::suite!(batched::Batched::with_threads(3).expect("three threads"));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let of_threads = |threads| Batched::with_threads(threads).unwrap();
    let backends = [1, 2, 3, 8].map(of_threads);
    let loss = CrossEntropy::default().reduction(Reduction::Sum);
    for (rows, classes) in
        [(1, 10), (70_001, 10), (333, 1000), (65, 32_000), (1, 128_256), (3, 70_000)]
    {
        let case = Random::new(50).labels(rows, classes, 3.0).under(loss.clone());
        assert_same_bits(&backends, &case);
    }
    // Most sums hide the order of their terms when they are rounded to `f32`; this can't.
    assert_same_bits(&backends, &Random::new(51).rows_that_cancel(512, 1000));
}

fn assert_same_bits(backends: &[Batched], case: &Case) {
    let (rows, numbers) = (case.rows(), case.logits.len());
    let results = backends.iter().map(|backend| {
        let mut grad = vec![0.0; numbers];
        let mut p = vec![0.0; numbers];
        let mut losses = vec![0.0; rows];
        let batch = case.batch();
        let fused =
            backend.forward_backward(batch.grad_out(&mut grad).expect("its length"));
        backend.losses(batch.losses_out(&mut losses).expect("its length"));
        backend.softmax(case.rows_of_logits().softmax_out(&mut p).expect("its length"));
        (fused.to_bits(), backend.forward(&batch).to_bits(), grad, losses, p)
    });
    let results: Vec<_> = results.collect();
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{case}");
}
