//! Every law, on one thread and on several, and the same bits for any number of threads.

use backend::{Backend, CrossEntropy, Reduction};
use batched::{Batched, Threads};
use conformance::case::Case;
use conformance::random::Random;
use mine::Mine;

#[expect(unreachable_pub, reason = "a crate of its own would export it")]
mod mine;

mod of_the_machine {
    conformance::suite!(batched::Batched::default());
}

mod three_threads {
    conformance::suite!(batched::Batched::with_threads(3).expect("three threads"));
}

mod any_backend {
    conformance::suite!(batched::Threads::over(super::Mine));
}

#[test]
fn the_backend_of_the_reader_is_the_one_in_contributing_md() {
    let page = include_str!("../../CONTRIBUTING.md");
    assert!(page.contains(include_str!("mine/mod.rs")));
}

#[test]
fn a_backend_of_the_readers_gives_the_same_bits_on_any_number_of_threads() {
    let of_threads = |threads| Threads::with_threads(Mine, threads).unwrap();
    let backends = [1, 2, 3, 8].map(of_threads);
    let weighted = CrossEntropy::default().label_smoothing(0.1).unwrap();
    for case in [
        Random::new(52).labels(70_001, 3, 3.0),
        Random::new(53).labels(65, 2000, 3.0).under(weighted),
        Random::new(54).rows_that_cancel(512, 1000),
    ] {
        assert_same_bits(&backends, &case);
        let bits_of_rows = |backend: &dyn Backend| {
            let (mut grad, mut losses) =
                (vec![0.0; case.logits.len()], vec![0.0; case.rows()]);
            let batch = case.batch();
            backend.backward(batch.grad_out(&mut grad).unwrap());
            backend.losses(batch.losses_out(&mut losses).unwrap());
            (grad, losses)
        };
        assert_eq!(bits_of_rows(&backends[2]), bits_of_rows(&Mine), "{case}");
    }
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
    // Most sums hide the order of their terms once they're rounded to `f32`; this sum can't.
    assert_same_bits(&backends, &Random::new(51).rows_that_cancel(512, 1000));
}

fn assert_same_bits(backends: &[impl Backend], case: &Case) {
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
