//! Rows are really shared out. Results can't tell: a single thread computes the same bits.

use std::sync::Mutex;

use backend::{Backend, Batch, GradOut, Logits, LossesOut, SoftmaxOut};
use batched::Threads;

/// Computes nothing, and notes the number of rows of each share and the threads of its pool.
#[derive(Default)]
struct Noted(Mutex<Vec<(usize, usize)>>);

impl Noted {
    fn note(&self, logits: Logits<'_>) {
        self.0
            .lock()
            .expect("no share panics")
            .push((logits.rows(), rayon::current_num_threads()));
    }
}

impl Backend for &Noted {
    fn name(&self) -> &str {
        "noted"
    }

    fn softmax(&self, out: SoftmaxOut<'_>) {
        self.note(out.logits());
    }

    fn log_softmax(&self, out: SoftmaxOut<'_>) {
        self.note(out.logits());
    }

    fn losses(&self, out: LossesOut<'_>) {
        self.note(out.batch().logits());
    }

    fn sum_of_losses(&self, batch: &Batch<'_>) -> f64 {
        self.note(batch.logits());
        0.0
    }

    fn backward(&self, out: GradOut<'_>) {
        self.note(out.batch().logits());
    }

    fn backward_with_sum(&self, out: GradOut<'_>) -> f64 {
        self.note(out.batch().logits());
        0.0
    }
}

/// Calls one of a backend's methods, with room for its results.
type Method = fn(&dyn Backend, &Batch<'_>, &mut [f32]);

/// Returns the notes of each method for a batch on three threads.
fn shares(rows: usize, classes: usize) -> Vec<Vec<(usize, usize)>> {
    let (z, labels) = (vec![0.0; rows * classes], vec![0; rows]);
    let batch = Batch::new(&z, &labels, classes).expect("it is valid");
    let methods: [Method; 5] = [
        |backend, batch, out| {
            backend.softmax(batch.logits().softmax_out(out).expect("its length"));
        },
        |backend, batch, out| {
            backend.log_softmax(batch.logits().softmax_out(out).expect("its length"));
        },
        |backend, batch, out| {
            backend
                .losses(batch.losses_out(&mut out[..batch.rows()]).expect("its length"));
        },
        |backend, batch, _| assert!(backend.forward(batch) == 0.0),
        |backend, batch, out| {
            backend.forward_backward(batch.grad_out(out).expect("its length"));
        },
    ];
    let mut out = vec![0.0; z.len()];
    let notes = methods.map(|method| {
        let noted = Noted::default();
        let threads = Threads::with_threads(&noted, 3).expect("three threads");
        method(&threads, &batch, &mut out);
        noted.0.into_inner().expect("no share panics")
    });
    notes.into()
}

#[test]
fn many_rows_are_shared_out_in_the_pool_of_the_backend() {
    for shares in shares(70_001, 10) {
        assert_eq!(shares.iter().map(|share| share.0).sum::<usize>(), 70_001);
        // 3277 rows of ten classes are the first that aren't worth another thread.
        assert!(shares.len() > 20 && shares.iter().all(|share| share.0 <= 3277));
        assert!(shares.iter().all(|share| share.1 == 3), "{shares:?}");
    }
}

#[test]
fn few_rows_are_computed_at_once() {
    for shares in shares(100, 10) {
        assert_eq!(shares.iter().map(|share| share.0).collect::<Vec<_>>(), [100]);
    }
}
