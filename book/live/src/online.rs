//! A row, one logit after the other: the max so far, and the rest relative to it.

use scalar::softmax::{max, rest};

use crate::{Figure, Inputs, Outputs, chosen, slider};

/// How many logits the row has.
pub const CLASSES: usize = 6;

/// Inputs: the logits.
pub const Z: usize = 0;
/// Input: how many of them have been read.
pub const READ: usize = CLASSES;

/// The figure.
pub const ONLINE: Figure = Figure {
    name: "online",
    controls: &[
        slider("logit 0", LOGITS_RANGE, 0.5),
        slider("logit 1", LOGITS_RANGE, 1.0),
        slider("logit 2", LOGITS_RANGE, -1.0),
        slider("logit 3", LOGITS_RANGE, 3.0),
        slider("logit 4", LOGITS_RANGE, 2.0),
        slider("logit 5", LOGITS_RANGE, 3.0),
        slider("read", [0.0, CLASSES as f64, 1.0], 4.0),
    ],
    compute: online,
};

const LOGITS_RANGE: [f64; 3] = [-5.0, 5.0, 0.1];

/// Outputs: the exponentials relative to the max so far, 0 where nothing has been read.
pub const EXPS: usize = 0;
/// Outputs: whether the logit has been read.
pub const IS_READ: usize = EXPS + CLASSES;
/// Output: the max so far; -inf before the first.
pub const MAX: usize = IS_READ + CLASSES;
/// Output: the rest so far, relative to it.
pub const REST: usize = MAX + 1;
/// Output: what the sum of before was multiplied by when the last logit came, 1 or less.
pub const FACTOR: usize = REST + 1;
/// Output: the max before the last logit came.
pub const MAX_BEFORE: usize = FACTOR + 1;
/// Output: the sum of exponentials before the last logit came, relative to the max of then.
pub const SUM_BEFORE: usize = MAX_BEFORE + 1;
/// Output: the sum of exponentials, `1 + rest`; 0 of nothing.
pub const SUM: usize = SUM_BEFORE + 1;

/// What the stage says about the part of the row that has been read, and about the part
/// before.
fn online(inputs: &mut Inputs, outputs: &mut Outputs) {
    let z: [f32; CLASSES] = std::array::from_fn(|k| inputs[Z + k] as f32);
    let read = chosen(inputs[READ], CLASSES + 1);
    let (max_before, sum_before) = so_far(&z[..read.saturating_sub(1)]);
    let (max, sum) = so_far(&z[..read]);
    for k in 0..CLASSES {
        let is_read = k < read;
        let exp = (f64::from(z[k]) - max).exp();
        outputs[EXPS + k] = if is_read { exp } else { 0.0 };
        outputs[IS_READ + k] = f64::from(u8::from(is_read));
    }
    outputs[MAX] = max;
    outputs[SUM] = sum;
    outputs[REST] = if read == 0 { 0.0 } else { rest(&z[..read], max as f32) };
    outputs[FACTOR] = if read == 0 { 0.0 } else { (max_before - max).exp() };
    outputs[MAX_BEFORE] = max_before;
    outputs[SUM_BEFORE] = sum_before;
}

/// The max of the beginning of a row, and its sum of exponentials; -inf and 0 of nothing.
fn so_far(z: &[f32]) -> (f64, f64) {
    let max = max(z);
    (max.into(), if z.is_empty() { 0.0 } else { 1.0 + rest(z, max) })
}
