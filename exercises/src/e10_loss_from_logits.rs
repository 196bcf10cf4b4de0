//! e10, the loss from logits. What to do stands at the top of tests/e10_loss_from_logits.rs.

/// The loss of a row at a label, `-ln p_y`, in nats: 0 or more. `label` is below the number
/// of classes.
///
/// Infinite where the label is masked. NaN where a logit is NaN or `+inf`, or all are `-inf`.
pub fn loss_from_logits(z: &[f32], label: usize) -> f32 {
    todo!("the loss of {z:?} at label {label}")
}
