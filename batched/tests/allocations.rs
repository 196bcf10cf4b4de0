//! Allocations on the heap: the backend makes none once its scratch is there, and the array
//! code makes an array for every expression.

use allocation_counter::{AllocationInfo, measure};
use backend::{Backend, CrossEntropy};
use batched::{Batched, arrays};
use conformance::random::Random;
use ndarray::{Array2, ArrayView2};
use rayon::ThreadPoolBuilder;

/// Measures a second run on a thread of a pool, which does all parallel work.
fn in_a_warm_pool(mut run: impl FnMut() + Send) -> AllocationInfo {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    pool.install(|| {
        run();
        measure(run)
    })
}

#[test]
fn a_call_takes_nothing_from_the_heap() {
    let backend = Batched::default();
    for (rows, classes) in [(4096, 10), (300, 1000), (2, 70_000)] {
        let case = Random::new(90).labels(rows, classes, 3.0);
        let batch = case.batch();
        let (mut grad, mut losses) = (vec![0.0; rows * classes], vec![0.0; rows]);
        let info = in_a_warm_pool(|| {
            backend.forward(&batch);
            backend.losses(batch.losses_out(&mut losses).expect("its length"));
            backend.forward_backward(batch.grad_out(&mut grad).expect("its length"));
            let logits = case.rows_of_logits();
            backend.softmax(logits.softmax_out(&mut grad).expect("its length"));
            backend.log_softmax(logits.softmax_out(&mut grad).expect("its length"));
        });
        assert_eq!(info.count_total, 0, "{rows}x{classes}");
    }
}

#[test]
fn neither_does_a_view() {
    let (backend, loss) = (Batched::default(), CrossEntropy::default());
    let case = Random::new(91).labels(300, 1000, 3.0);
    let conformance::case::Targets::Labels(labels) = &case.targets else {
        panic!("they are labels")
    };
    let logits = Array2::from_shape_vec((300, 1000), case.logits.clone()).unwrap();
    // `to_owned` alone would keep the order of the memory.
    let columns = logits.t().as_standard_layout().into_owned();
    assert!(!columns.t().is_standard_layout());
    let mut grad = Array2::zeros((1000, 300));
    let info = in_a_warm_pool(|| {
        let grad = grad.view_mut().reversed_axes();
        backend.loss_and_grad(&loss, columns.t(), labels, grad).expect("they agree");
    });
    assert_eq!(info.count_total, 0);
}

/// Measures the memory of the expressions of `arrays`, in multiples of the logits' memory.
#[test]
fn array_code_takes_an_array_for_every_expression() {
    let case = Random::new(92).labels(1000, 1000, 3.0);
    let conformance::case::Targets::Labels(labels) = &case.targets else {
        panic!("they are labels")
    };
    let z = ArrayView2::from_shape((1000, 1000), &case.logits).unwrap();
    let times_the_logits = |info: AllocationInfo| info.bytes_total / (4 * 1000 * 1000);
    let of_loss = measure(|| _ = arrays::loss(z, labels).expect("they agree"));
    let of_gradient = measure(|| _ = arrays::gradient(z, labels).expect("they agree"));
    assert_eq!((times_the_logits(of_loss), times_the_logits(of_gradient)), (6, 9));
}
