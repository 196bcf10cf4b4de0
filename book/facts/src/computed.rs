//! The first stage's results for the rows of the text.

use anyhow::Result;
use backend::{Backend, Batch, CrossEntropy};
use scalar::softmax::softmax;
use scalar::{Scalar, naive};
use serde_json::{Value, json};

use crate::condition;

/// Returns the numbers of the running row, from its logits to a step against its gradient.
pub(super) fn one_row() -> Result<Value> {
    let z = [2.0, 1.0, 0.1];
    let loss_and_grad = |z: &[f32]| -> Result<(f32, [f32; 3])> {
        let mut grad = [0.0; 3];
        let loss = Scalar.forward_backward(Batch::new(z, &[0], 3)?.grad_out(&mut grad)?);
        Ok((loss, grad))
    };
    let (loss, grad) = loss_and_grad(&z)?;
    let exps = z.map(|z_k| f64::from(z_k).exp());
    let after = [0, 1, 2].map(|k| z[k] - grad[k]);
    let mut p_after = [0.0; 3];
    softmax(&after, &mut p_after);
    Ok(json!({
        "exps": exps,
        "sum": exps.iter().sum::<f64>(),
        "lse": exps.iter().sum::<f64>().ln(),
        "loss": loss,
        "grad": grad,
        "after": after,
        "p_after": p_after,
        "loss_after": loss_and_grad(&after)?.0,
        "elsewhere": loss_and_grad(&[-1.0, 3.0, 0.5])?.0,
        "halfway": loss_and_grad(&[0.5, 2.0, 0.3])?.0,
    }))
}

/// Returns the losses of six rows with label 0, by each formula of `scalar::naive` and the stage.
pub(super) fn scoreboard() -> Result<Value> {
    let rows: [&[f32]; 6] = [
        &[2.0, 1.0, 0.1],
        &[89.0, 0.0],
        &[-200.0, -200.0],
        &[0.0, 104.0],
        &[1e8, 1e8],
        &[20.0, 0.0],
    ];
    // Adding 0 turns -0 into 0.
    let of = |loss: fn(&[f32], usize) -> f32| rows.map(|z| special(loss(z, 0) + 0.0));
    let mut stage_1 = vec![];
    for z in rows {
        stage_1.push(Scalar.forward(&Batch::new(z, &[0], z.len())?));
    }
    Ok(json!({
        "definition": of(naive::loss_of_softmax),
        "log_sum_exp": of(naive::loss_by_log_sum_exp),
        "shifted": of(naive::loss_by_shifted_softmax),
        "epsilon": of(naive::loss_with_epsilon),
        "lse_minus_z": of(naive::loss_by_lse_minus_z),
        "ln_of_sum": of(naive::loss_by_ln_of_sum),
        "stage_1": stage_1,
    }))
}

/// Returns a number, or the name of a number that JSON lacks.
pub(super) fn special(x: f32) -> Value {
    if x.is_finite() { json!(x) } else { json!(x.to_string()) }
}

/// Returns losses of two classes by a textbook's sigmoid in `f32`, and the right ones.
pub(super) fn two_classes() -> Value {
    let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
    let right = |x: f32| f64::from(x).exp().ln_1p();
    let rows = [15.0, 16.0, 17.0, 89.0].map(
        |x: f32| json!({ "naive": special(-(1.0 - sigmoid(x)).ln()), "right": right(x) }),
    );
    json!({
        "negative": rows,
        "positive_20": special(-sigmoid(20.0).ln() + 0.0),
        "positive_20_right": right(-20.0),
    })
}

/// Returns the loss of a distribution, and of the label that it's turned into.
pub(super) fn targets() -> Result<Value> {
    let logits = [0.0, 3_f32.ln()];
    let loss_and_slope = |batch: Batch<'_>| -> Result<(f32, f32)> {
        let mut grad = [0.0; 2];
        let loss = Scalar.forward_backward(batch.grad_out(&mut grad)?);
        Ok((loss, grad[0]))
    };
    let of_target = loss_and_slope(Batch::new(&logits, &[0.9, 0.1][..], 2)?)?;
    let of_argmax = loss_and_slope(Batch::new(&logits, &[0], 2)?)?;
    let z = [2.0, 1.0, 0.1];
    let nll = |k: usize| -> Result<f32> { Ok(Scalar.forward(&Batch::new(&z, &[k], 3)?)) };
    let mut soft_grad = [0.0; 3];
    let soft = Batch::new(&z, &[0.7, 0.2, 0.1][..], 3)?;
    let soft = Scalar.forward_backward(soft.grad_out(&mut soft_grad)?);
    Ok(json!({
        "nll": [nll(0)?, nll(1)?, nll(2)?],
        "soft": soft,
        "soft_grad": soft_grad,
        "of_target": of_target.0,
        "slope_of_target": of_target.1,
        "of_argmax": of_argmax.0,
        "slope_of_argmax": of_argmax.1,
    }))
}

/// Returns the loss of one row in both conventions, and the loss with class weights.
pub(super) fn smoothing() -> Result<Value> {
    let logits = [2.0, 1.0, 0.0, -1.0, 0.5];
    let epsilon = 0.1;
    let loss = |options: CrossEntropy| -> Result<f32> {
        Ok(Scalar.forward(&options.batch(&logits, &[0], 5)?))
    };
    // This slip spreads (1 - epsilon) / C, where it should spread epsilon / C.
    let spread = (1.0 - epsilon) / 5.0;
    let slip = [1.0 - epsilon + spread, spread, spread, spread, spread];
    let grad = |options: CrossEntropy| -> Result<[f32; 5]> {
        let mut grad = [0.0; 5];
        Scalar.backward(options.batch(&logits, &[0], 5)?.grad_out(&mut grad)?);
        Ok(grad)
    };
    let mut p = [0.0; 5];
    softmax(&logits, &mut p);
    Ok(json!({
        "p": p,
        "grad": grad(CrossEntropy::default())?,
        "grad_over_all": grad(CrossEntropy::default().label_smoothing(epsilon)?)?,
        "plain": loss(CrossEntropy::default())?,
        "over_all": loss(CrossEntropy::default().label_smoothing(epsilon)?)?,
        "over_others":
            loss(CrossEntropy::default().label_smoothing_over_others(epsilon)?)?,
        "slip": Scalar.forward(&Batch::new(&logits, &slip[..], 5)?),
        "best_of_common": best_of_weighted(0, f64::from(epsilon)),
        "best_of_rare": best_of_weighted(2, f64::from(epsilon)),
        "best_of_common_at_a_tenth": best_of_weighted(0, f64::from(epsilon) / 10.0),
    }))
}

/// Returns the probabilities that a smoothed label asks for, if the third of three
/// classes has the weight 10: the target weights over their sum.
fn best_of_weighted(label: usize, epsilon: f64) -> Value {
    let a = [1.0, 1.0, 10.0].map(|w: f64| w * epsilon / 3.0);
    let weight = if label == 2 { 10.0 } else { 1.0 };
    let kept = |k: usize| if k == label { weight * (1.0 - epsilon) } else { 0.0 };
    let a = [0, 1, 2].map(|k| a[k] + kept(k));
    let total: f64 = a.iter().sum();
    json!({ "a": a, "total": total, "p": a.map(|a_k| a_k / total) })
}

/// Returns the calibration error of ten predictions in two bins of five, and its mean for
/// a model that's right as often as it says.
pub(super) fn calibration() -> Value {
    let bins =
        [([0.95, 0.93, 0.92, 0.91, 0.90], 4.0), ([0.75, 0.72, 0.70, 0.68, 0.65], 2.0)];
    let gaps = bins.map(|(confidences, right)| {
        let confidence = confidences.iter().sum::<f64>() / 5.0;
        // The probability of each number of right answers, one prediction after the other.
        let mut chances = [0.0; 6];
        chances[0] = 1.0;
        for p in confidences {
            for k in (0..6).rev() {
                let one_fewer = if k > 0 { chances[k - 1] * p } else { 0.0 };
                chances[k] = chances[k] * (1.0 - p) + one_fewer;
            }
        }
        let gap = |right: f64| (right / 5.0 - confidence).abs();
        let by_chance: f64 = (0..6).map(|k| chances[k] * gap(k as f64)).sum();
        (confidence, gap(right), by_chance)
    });
    json!({
        "confidences": gaps.map(|(confidence, ..)| confidence),
        "gaps": gaps.map(|(_, gap, _)| gap),
        "error": gaps.iter().map(|(_, gap, _)| gap / 2.0).sum::<f64>(),
        "by_chance": gaps.iter().map(|(.., by_chance)| by_chance / 2.0).sum::<f64>(),
    })
}

/// Returns a teacher's probabilities at three temperatures.
pub(super) fn doubts() -> Value {
    let at = |temperature: f32| {
        let mut p = [0.0; 3];
        softmax(&[4.0, 1.0, 0.5].map(|z| z / temperature), &mut p);
        p
    };
    json!([1.0, 2.0, 4.0].map(at))
}

/// Returns the loss of a row and the length of its gradient, by one softmax and by two.
pub(super) fn softmax_twice() -> Result<Value> {
    let z = [2.0, 1.0, 0.1];
    let mut p = [0.0; 3];
    softmax(&z, &mut p);
    let loss_and_grad = |logits: &[f32]| -> Result<(f32, [f64; 3])> {
        let mut grad = [0.0; 3];
        let loss =
            Scalar.forward_backward(Batch::new(logits, &[0], 3)?.grad_out(&mut grad)?);
        Ok((loss, grad.map(f64::from)))
    };
    let ((once, right), (twice, by_p)) = (loss_and_grad(&z)?, loss_and_grad(&p)?);
    let p = p.map(f64::from);
    let mean: f64 = p.iter().zip(by_p).map(|(p_k, g)| p_k * g).sum();
    let by_z = [0, 1, 2].map(|k| p[k] * (by_p[k] - mean));
    let norm = |g: [f64; 3]| g.iter().map(|g| g * g).sum::<f64>().sqrt();
    Ok(json!({ "once": once, "twice": twice, "slope_left": norm(by_z) / norm(right) }))
}

/// Returns the mean loss of three rows that a tutorial prints as 0.7456.
pub(super) fn museum() -> Result<Value> {
    #[rustfmt::skip]
    let logits = [
        2.0, 1.2, 0.3, -0.8, -2.0,
        -1.0, -0.5, 2.0, 0.1, -0.3,
        0.5, 0.5, 0.5, 0.5, 0.5,
    ];
    let loss = Scalar.forward(&Batch::new(&logits, &[0, 2, 1], 5)?);
    Ok(json!({ "three_rows": loss }))
}

/// Returns the loss of two logits with label 1, and of the same logits in eight significant bits.
pub(super) fn relatives() -> Result<Value> {
    let loss =
        |z: [f32; 2]| -> Result<f32> { Ok(Scalar.forward(&Batch::new(&z, &[1], 2)?)) };
    let (near, far) = ([10.3, 10.1], [100.2, 99.8]);
    Ok(json!({
        "near": loss(near)?,
        "near_in_bf16": loss(near.map(to_bf16))?,
        "far": loss(far)?,
        "far_in_bf16": loss(far.map(to_bf16))?,
        "condition_near": condition([10.1, 10.3]),
        "condition_far": condition([99.8, 100.2]),
    }))
}

/// Returns the nearest number of eight significant bits, the even one if two are equally near.
fn to_bf16(x: f32) -> f32 {
    let bits = x.to_bits();
    let to_even = 0x7fff + ((bits >> 16) & 1);
    f32::from_bits((bits + to_even) & 0xffff_0000)
}
