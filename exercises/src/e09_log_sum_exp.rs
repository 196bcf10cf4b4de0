//! e09, log-sum-exp. What to do stands at the top of tests/e09_log_sum_exp.rs.

/// The logarithm of a row's sum of exponentials, `lse(z) = ln sum_k exp z_k`, for one class
/// or more: at least the largest logit, and at most `ln C` above it.
///
/// A class at `-inf` adds nothing. NaN where a logit is NaN or `+inf`, or all are `-inf`.
pub fn log_sum_exp(z: &[f32]) -> f32 {
    todo!("the log-sum-exp of {z:?}")
}
