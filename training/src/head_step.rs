//! A step of training in which nobody ever holds the logits.

use backend::{CrossEntropy, Error};
use batched::Batched;
use batched::linear_head::{HeadGrads, LinearHead, Schedule};

use crate::{Examples, LanguageModel, Linear, Optimizer};

/// As [`train_step`](crate::train_step), through the linear head of `batched`, which makes
/// some logits at a time.
///
/// # Errors
/// As [`CrossEntropy::batch`].
pub fn head_step(
    loss: &CrossEntropy,
    blocks: Schedule,
    examples: &Examples<usize>,
    model: &mut LanguageModel,
    optimizer: &mut impl Optimizer,
) -> Result<f64, Error> {
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
