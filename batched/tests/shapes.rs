//! Any shape, any strides, any options, against the oracle.

use backend::{Backend, CrossEntropy, Reduction};
use batched::Batched;
use conformance::case::Case;
use conformance::oracle;
use conformance::random::Random;
use conformance::tolerance::Exact;
use layout::{LAYOUTS, Layout, results};
use proptest::prelude::*;

mod layout;

/// The random choices that make a case.
#[derive(Clone, Debug)]
struct Drawn {
    rows: usize,
    classes: usize,
    seed: u64,
    deviation: f32,
    labels: bool,
    epsilon: f32,
    class_weights: bool,
    ignored: Option<usize>,
    reduction: Reduction,
}

impl Drawn {
    fn case(&self) -> Case {
        let mut random = Random::new(self.seed);
        let (rows, classes) = (self.rows, self.classes);
        let mut loss = CrossEntropy::default()
            .reduction(self.reduction)
            .label_smoothing(self.epsilon)
            .expect("below 1");
        if self.class_weights {
            loss = loss.class_weights(random.units(classes)).expect("positive");
        }
        if !self.labels {
            return random.distributions(rows, classes, self.deviation).under(loss);
        }
        if let Some(ignored) = self.ignored {
            loss = loss.ignore_index(ignored);
        }
        random.labels(rows, classes, self.deviation).under(loss)
    }
}

fn drawn(shape: impl Strategy<Value = (usize, usize)>) -> impl Strategy<Value = Drawn> {
    let reduction = prop_oneof![Just(Reduction::Mean), Just(Reduction::Sum)];
    let numbers = (any::<u64>(), prop_oneof![0.1_f32..10.0, 10.0_f32..60.0]);
    let epsilon = prop_oneof![Just(0.0_f32), 0.01_f32..0.9];
    let options =
        (any::<bool>(), epsilon, any::<bool>(), prop::option::of(0_usize..4), reduction);
    (shape, numbers, options).prop_map(|((rows, classes), (seed, deviation), options)| {
        let (labels, epsilon, class_weights, ignored, reduction) = options;
        Drawn {
            rows,
            classes,
            seed,
            deviation,
            labels,
            epsilon,
            class_weights,
            ignored,
            reduction,
        }
    })
}

fn assert_right(case: &Case, layout: Layout) -> Result<(), TestCaseError> {
    // A mean over nothing except ignored rows is refused.
    let Ok(batch) = case.try_batch() else { return Ok(()) };
    let expected = oracle::expected(&batch);
    let backend = Batched::default();
    let of_view = results(layout, &backend, case);
    for loss in [of_view.loss, of_view.loss_beside_grad, of_view.loss_in_place] {
        prop_assert!(expected.forward.accepts(loss), "{loss}, {:?}", expected.forward);
    }
    for grad in [&of_view.grad, &of_view.grad_in_place] {
        for (k, (&g, exact)) in grad.iter().zip(&expected.grad).enumerate() {
            prop_assert!(exact.accepts(g), "grad[{k}] is {g}, not {exact:?}");
        }
    }
    let mut losses = vec![0.0; batch.rows()];
    backend.losses(batch.losses_out(&mut losses).expect("its length"));
    for losses in [losses, of_view.losses] {
        for (row, (&loss, exact)) in losses.iter().zip(&expected.losses).enumerate() {
            prop_assert!(exact.accepts(loss), "losses[{row}] is {loss}, not {exact:?}");
        }
    }
    let log_p = batch.logits().iter().flat_map(oracle::log_probabilities);
    for ((log_p, got_p), got_log_p) in log_p.zip(of_view.p).zip(of_view.log_p) {
        let p = Exact::of_probability(log_p.exp(), 1);
        prop_assert!(p.accepts(got_p), "p is {got_p}, not {p:?}");
        let log_p = Exact::of_label(log_p, batch.classes());
        prop_assert!(log_p.accepts(got_log_p), "log_p is {got_log_p}, not {log_p:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_shape_is_right(
        drawn in drawn((1_usize..80, 1_usize..150)),
        layout in prop::sample::select(LAYOUTS.to_vec()),
    ) {
        assert_right(&drawn.case(), layout)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn every_wide_shape_is_right(
        drawn in drawn((1_usize..4, 65_536_usize..150_000)),
        layout in prop::sample::select(LAYOUTS.to_vec()),
    ) {
        assert_right(&drawn.case(), layout)?;
    }
}
