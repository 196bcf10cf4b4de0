//! Every stage, checked and then timed: `cargo bench -p course`, or with `-- --quick`.
//!
//! A loss with labels and mean, forward and gradient, on normal logits. Beside the stages
//! stand a plain loop over `f32::exp`, which is fast code until one knows better, and a
//! copy of the logits into the gradient, the least that anything could do.

use std::hint::black_box;

use backend::{Backend, Batch};
use conformance::case::Case;
use conformance::oracle;
use conformance::random::Random;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

/// Rows and classes: digits, images, the vocabulary of a language model.
const SHAPES: [(usize, usize); 4] =
    [(65_536, 10), (4_096, 1_000), (512, 32_000), (256, 128_256)];
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
        group.bench_function(BenchmarkId::from_parameter("plain_f32"), |bencher| {
            bencher.iter(|| plain_f32(&case.batch(), &mut grad));
        });
        group.bench_function(BenchmarkId::from_parameter("copy"), |bencher| {
            bencher
                .iter(|| black_box(&mut grad).copy_from_slice(black_box(&case.logits)));
        });
        group.finish();
    }
}

/// The textbook in `f32`: the max subtracted, one running sum, the library's `exp`.
fn plain_f32(batch: &Batch<'_>, grad: &mut [f32]) -> f32 {
    let mut sum_of_losses = 0.0;
    let scale = 1.0 / batch.divisor() as f32;
    for (row, grad) in batch.iter().flatten().zip(grad.chunks_exact_mut(batch.classes()))
    {
        let max = row.logits().iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut sum = 0.0;
        for (exp, z_k) in grad.iter_mut().zip(row.logits()) {
            *exp = (z_k - max).exp();
            sum += *exp;
        }
        for exp in grad.iter_mut() {
            *exp *= scale / sum;
        }
        let label = row.target().label().unwrap_or(0);
        grad[label] -= scale;
        sum_of_losses += sum.ln() + (max - row.logits()[label]);
    }
    sum_of_losses * scale
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
