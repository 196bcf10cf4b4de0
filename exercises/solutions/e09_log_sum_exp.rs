//! e09, log-sum-exp. What to do stands at the top of tests/e09_log_sum_exp.rs.

/// The logarithm of a row's sum of exponentials, `lse(z) = ln sum_k exp z_k`, for one class
/// or more: at least the largest logit, and at most `ln C` above it.
///
/// A class at `-inf` adds nothing. NaN where a logit is NaN or `+inf`, or all are `-inf`.
pub fn log_sum_exp(z: &[f32]) -> f32 {
    // gap: todo!("the log-sum-exp of {z:?}")
    // From -inf: 0 is above every logit of some rows. `f32::max` drops NaN, which is no harm
    // here, since the sum meets it again.
    let max = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for z_k in z {
        // From 0 to 1, and 1 at the max, so the sum neither overflows nor vanishes. With an
        // infinite max it is inf - inf: the NaN that such a row has to give.
        sum += (z_k - max).exp();
    }
    max + sum.ln()
    // end of gap
}
