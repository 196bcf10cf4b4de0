//! The loss of a row and its gradient, for any target weights.
//!
//! ```text
//! nll_k  = log_norm + (max - z_k)                     -ln p_k
//! loss   = sum_k a_k nll_k
//! grad_k = A p_k - a_k = p_k (A - a_k) - a_k (1 - p_k)
//! ```
//!
//! We compute the second form of the gradient. For a label, `A` is `a_y`, so the true
//! class is left with `-a_y (1 - p_y)`, and every other class with `A p_k`: products,
//! which lose nothing. In a confident row, `A p_y - a_y` would subtract two almost equal
//! numbers and return 0.
//!
//! ```
//! use backend::Batch;
//! use scalar::cross_entropy::{gradient, loss};
//!
//! let logits = [2.0, 1.0, 0.1];
//! let batch = Batch::new(&logits, &[0], 3)?;
//! let row = batch.row(0).expect("the row is not ignored");
//! assert_eq!(loss(row) as f32, 0.417_030_02); // -ln p_0
//!
//! let mut grad = [0.0; 3];
//! gradient(row, 1.0, &mut grad);
//! assert_eq!(grad, [-0.340_998_86, 0.242_432_97, 0.098_565_89]); // p - y
//! # Ok::<(), backend::Error>(())
//! ```

use backend::Row;

use crate::softmax::{exp_below_max, log_norm, max, rest};

/// Returns the loss `sum_k a_k nll_k` of a row, in nats. It's at least 0 if the target weights are.
// ANCHOR: loss
pub fn loss(row: Row<'_>) -> f64 {
    let z = row.logits();
    let max = max(z);
    let log_norm = log_norm(rest(z, max));
    let mut loss = 0.0;
    for (k, &z_k) in z.iter().enumerate() {
        let a = row.target().weight(k);
        // A class without weight costs nothing, even if its nll is infinite and the product
        // would be NaN.
        if a != 0.0 {
            // Never `(max + log_norm) - z_k`: a large max would swallow the logarithm.
            loss += a * (log_norm + (f64::from(max) - f64::from(z_k)));
        }
    }
    loss
}
// ANCHOR_END: loss

/// Fills `grad` with the derivative of `loss / divisor` with respect to each logit of the row.
///
/// The entries of a row sum to 0, up to rounding.
///
/// # Panics
/// If `grad` isn't as long as the row.
// ANCHOR: gradient
pub fn gradient(row: Row<'_>, divisor: f64, grad: &mut [f32]) {
    let z = row.logits();
    assert_eq!(grad.len(), z.len(), "one entry of the gradient per logit");
    let max = max(z);
    let rest = rest(z, max);
    let total = row.target().total();
    for (k, (grad_k, &z_k)) in grad.iter_mut().zip(z).enumerate() {
        let a = row.target().weight(k);
        let p = exp_below_max(z_k, max) / (1.0 + rest);
        // At the max, 1 - p would cancel, and rest / (1 + rest) doesn't.
        let one_minus_p = if z_k == max { rest / (1.0 + rest) } else { 1.0 - p };
        *grad_k = ((p * total.without(a) - a * one_minus_p) / divisor) as f32;
    }
}
// ANCHOR_END: gradient
