//! A row, one logit after the other: the max so far, and the rest relative to it.

use scalar::softmax::{max, rest};

use crate::{Figure, Inputs, Outputs, chosen, slider};

/// The number of logits in the row.
pub const CLASSES: usize = 6;

/// Inputs: the logits.
pub const Z: usize = 0;
/// Input: the number of logits that have been read.
pub const READ: usize = CLASSES;

/// The figure `online`.
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
/// Outputs: 1 if the logit has been read, else 0.
pub const IS_READ: usize = EXPS + CLASSES;
/// Output: the max so far, or -inf before the first logit.
pub const MAX: usize = IS_READ + CLASSES;
/// Output: the rest so far, relative to that max.
pub const REST: usize = MAX + 1;
/// Output: the factor that rescaled the earlier sum when the last logit came, 1 or less.
pub const FACTOR: usize = REST + 1;
/// Output: the max before the last logit came.
pub const MAX_BEFORE: usize = FACTOR + 1;
/// Output: the sum of exponentials before the last logit came, relative to the max at that time.
pub const SUM_BEFORE: usize = MAX_BEFORE + 1;
/// Output: the sum of exponentials, `1 + rest`, or 0 before the first logit.
pub const SUM: usize = SUM_BEFORE + 1;

/// Computes the stage's answers for the part of the row that has been read, and for that
/// part without its last logit.
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

/// Returns the max of a row's beginning and its sum of exponentials, or -inf and 0 if it's empty.
fn so_far(z: &[f32]) -> (f64, f64) {
    let max = max(z);
    (max.into(), if z.is_empty() { 0.0 } else { 1.0 + rest(z, max) })
}
