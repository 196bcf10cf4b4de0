//! A language model that's trained without its logits learns along the same curve.

use std::iter::zip;

use backend::CrossEntropy;
use batched::linear_head::{HeadGrads, LinearHead, Schedule};
use batched::{ArrayError, Batched};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use training::sonnets::{self, CONTEXT, Vocabulary};
use training::{
    Adam, Examples, LanguageModel, Linear, Optimizer, TrainingSchedule, epochs,
    train_step,
};

const EPOCHS: usize = 60;
/// The largest distance between two mean losses over an epoch: each way rounds differently.
const SAME_CURVE: f64 = 5e-3;

#[test]
fn one_sonnet_is_learned_the_same_three_ways() {
    let loss = CrossEntropy::default();
    let by_logits = losses(|model, examples, adam| {
        Ok(train_step(&Batched::default(), &loss, examples, model, adam)?)
    });
    assert!(by_logits[0] > 4.0 && by_logits[EPOCHS - 1] < 0.1, "{by_logits:?}");
    for blocks in [Schedule::Rows(16), Schedule::Vocabulary(20)] {
        let by_head = losses(|model, examples, adam| {
            head_step(&loss, blocks, examples, model, adam)
        });
        for (epoch, (ours, theirs)) in zip(&by_logits, &by_head).enumerate() {
            assert!((ours - theirs).abs() <= SAME_CURVE, "{blocks:?}, epoch {epoch}");
        }
    }
}

/// Trains a model on Sonnet 2, and returns the mean loss over each epoch.
fn losses(
    mut step: impl FnMut(
        &mut LanguageModel,
        &Examples<usize>,
        &mut Adam,
    ) -> Result<f64, ArrayError>,
) -> Vec<f64> {
    let sonnets = sonnets::embedded();
    let sonnet = sonnets.iter().find(|s| s.number == 2).expect("Sonnet 2 is among them");
    let vocabulary = Vocabulary::new(&sonnet.lines, 1);
    let windows = vocabulary.windows(&[&sonnet.lines]);
    let mut generator = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut model =
        LanguageModel::random(vocabulary.len(), CONTEXT, 10, 128, &mut generator);
    let mut adam = Adam::new(0.003);
    let schedule = TrainingSchedule { epochs: EPOCHS, ..TrainingSchedule::default() };
    let mut losses = Vec::new();
    let step = |model: &mut _, examples: &_| step(model, examples, &mut adam);
    let report = |epoch: training::Epoch, _: &_| {
        losses.push(epoch.loss);
        Ok(())
    };
    epochs(schedule, &windows, &mut model, step, report).expect("the labels are valid");
    losses
}

/// Takes a step of training as [`train_step`] does, but through the linear head of
/// `batched`, which makes a few logits at a time.
fn head_step(
    loss: &CrossEntropy,
    blocks: Schedule,
    examples: &Examples<usize>,
    model: &mut LanguageModel,
    optimizer: &mut impl Optimizer,
) -> Result<f64, ArrayError> {
    let kept = model.below_head(&examples.inputs);
    let Linear { weights, bias } = &model.network.output;
    let head = LinearHead::new(kept.hidden_units.view(), weights.view())?
        .with_bias(bias.view())?;

    let mut grads = head.zero_grads();
    let batched = Batched::default();
    let value =
        batched.head_loss_and_grads(loss, &head, &examples.labels, blocks, &mut grads)?;

    let HeadGrads { hidden, weights, bias } = grads;
    let output = Linear { weights, bias: bias.expect("the head has a bias") };
    let gradient = model.backward_from_head(&examples.inputs, &kept, output, hidden);
    optimizer.step(model, &gradient);
    Ok(f64::from(value))
}
