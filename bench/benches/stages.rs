//! Every stage, checked and then timed: `cargo bench -p bench`, or with `-- --quick`.
//!
//! This benchmark times a loss with labels and mean, on normal logits, alone and with its
//! gradient. Next to the stages run a plain loop over `f32::exp`, which looks like fast code
//! until you know better, and a copy of the logits into the gradient, the least that anything
//! could do; next to the loss alone runs a read of the logits. First all of them race in
//! turn, which checks them on these batches and gives the ratios that are printed at the end.

use std::hint::black_box;
use std::process::ExitCode;

use backend::Backend;
use bench::contestants::{Refused, plain_f32, read_all};
use bench::report::{DEVIATION, RaceReport, SHAPES};
use conformance::case::Case;
use conformance::random::Random;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group};
use vectorized::{Passes, Vectorized};

/// The call of a stage with a batch and a buffer for its gradient.
type Call = fn(&dyn Backend, &Case, &mut [f32]) -> f32;
/// A name, and a function to time next to the stages.
type Beside = (&'static str, fn(&Case, &mut [f32]) -> f32);

fn forward_backward(criterion: &mut Criterion) {
    let call: Call = |stage, case, grad| {
        let batch = case.batch();
        stage.forward_backward(batch.grad_out(grad).expect("it has its length"))
    };
    // Two numbers per logit: each logit is read, and its gradient written.
    let beside: [Beside; 2] = [
        ("plain_f32", |case, grad| plain_f32(&case.batch(), grad)),
        ("copy", |case, grad| {
            black_box(grad).copy_from_slice(black_box(&case.logits));
            0.0
        }),
    ];
    measure(criterion, "forward_backward", 2, call, &beside);
}

fn forward(criterion: &mut Criterion) {
    let call: Call = |stage, case, _| stage.forward(&case.batch());
    let beside: [Beside; 1] = [("read", |case, _| {
        read_all(&case.logits);
        0.0
    })];
    measure(criterion, "forward", 1, call, &beside);
}

fn measure(
    criterion: &mut Criterion,
    operation: &str,
    numbers_a_logit: usize,
    call: Call,
    beside: &[Beside],
) {
    for (rows, classes) in SHAPES {
        let case = Random::new(1).labels(rows, classes, DEVIATION);
        let mut grad = vec![0.0; rows * classes];
        let mut group =
            criterion.benchmark_group(format!("{operation}/{rows}x{classes}"));
        let throughput = Throughput::BytesDecimal(bytes(numbers_a_logit * grad.len()));
        group.sample_size(10).throughput(throughput);
        for stage in bench::stages() {
            group.bench_function(BenchmarkId::from_parameter(stage.name()), |bencher| {
                bencher.iter(|| call(&*stage, &case, &mut grad));
            });
        }
        for (name, call) in beside {
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| call(&case, &mut grad));
            });
        }
        group.finish();
    }
}

/// Times the ways through a row for its max and its rest.
fn passes(criterion: &mut Criterion) {
    let vectorized = Vectorized::default();
    for (rows, classes) in SHAPES {
        let case = Random::new(1).labels(rows, classes, DEVIATION);
        let mut group = criterion.benchmark_group(format!("log_norm/{rows}x{classes}"));
        group.sample_size(10).throughput(Throughput::BytesDecimal(bytes(rows * classes)));
        for passes in [Passes::Textbook, Passes::Two, Passes::Online, Passes::One] {
            let name = format!("{passes:?}").to_lowercase();
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| vectorized.losses_by(passes, &case.batch()));
            });
        }
        group.finish();
    }
}

fn bytes(numbers: usize) -> u64 {
    4 * numbers as u64
}

criterion_group!(benches, forward_backward, forward, passes);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Refused> {
    let report = RaceReport::measure(&bench::stages(), 5)?;
    benches();
    Criterion::default().configure_from_args().final_summary();
    println!("\nLoss and gradient on {}:\n\n{}", report.machine, report.markdown());
    Ok(())
}
