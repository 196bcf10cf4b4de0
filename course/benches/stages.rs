//! Every stage, checked and then timed: `cargo bench -p course`, or with `-- --quick`.
//!
//! A loss with labels and mean, forward and gradient, on normal logits. Beside the stages
//! stands a copy of the logits into the gradient, the least that anything could do.

use std::hint::black_box;

use backend::Backend;
use conformance::case::Case;
use conformance::oracle;
use conformance::random::Random;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Rows and classes: digits, images, the vocabulary of a language model.
const SHAPES: [(usize, usize); 3] = [(65_536, 10), (4_096, 1_000), (512, 32_000)];
const DEVIATION: f32 = 3.0;

fn forward_backward(criterion: &mut Criterion) {
    let stages = course::stages();
    for (rows, classes) in SHAPES {
        let case = Random::new(1).labels(rows, classes, DEVIATION);
        let mut group =
            criterion.benchmark_group(format!("forward_backward/{rows}x{classes}"));
        group.sample_size(10).throughput(Throughput::Elements((rows * classes) as u64));
        let mut grad = vec![0.0; rows * classes];
        for stage in &stages {
            check(&**stage, &case, &mut grad);
            group.bench_function(BenchmarkId::from_parameter(stage.name()), |bencher| {
                bencher.iter(|| run(&**stage, &case, &mut grad));
            });
        }
        group.bench_function(BenchmarkId::from_parameter("copy"), |bencher| {
            bencher
                .iter(|| black_box(&mut grad).copy_from_slice(black_box(&case.logits)));
        });
        group.finish();
    }
}

fn run(stage: &dyn Backend, case: &Case, grad: &mut [f32]) -> f32 {
    let batch = case.batch();
    stage.forward_backward(batch.grad_out(grad).expect("the buffer has its length"))
}

/// What is wrong is not timed.
fn check(stage: &dyn Backend, case: &Case, grad: &mut [f32]) {
    let expected = oracle::expected(&case.batch());
    let loss = run(stage, case, grad);
    let right = expected.forward.accepts(loss)
        && grad.iter().zip(&expected.grad).all(|(&got, exact)| exact.accepts(got));
    assert!(right, "{} is wrong on {}", stage.name(), case.name);
}

criterion_group!(benches, forward_backward);
criterion_main!(benches);
