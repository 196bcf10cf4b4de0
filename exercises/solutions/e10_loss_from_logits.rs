//! e10, the loss from logits. What to do stands at the top of tests/e10_loss_from_logits.rs.

/// The loss of a row at a label, `-ln p_y`, in nats: 0 or more. `label` is below the number
/// of classes.
///
/// Infinite where the label is masked. NaN where a logit is NaN or `+inf`, or all are `-inf`.
pub fn loss_from_logits(z: &[f32], label: usize) -> f32 {
    // gap: todo!("the loss of {z:?} at label {label}")
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = z.iter().map(|z_k| (z_k - max).exp()).sum();
    // The two large numbers first: what they have in common cancels without a trace. Beside
    // one of them alone the logarithm, at most ln C, would be rounded away.
    sum.ln() + (max - z[label])
    // end of gap
}
