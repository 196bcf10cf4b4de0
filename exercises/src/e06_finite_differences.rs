//! e06, trust, but differentiate. What to do stands at the top of
//! tests/e06_finite_differences.rs.

/// The slope of `f` at `x` by its values one step above and one step below.
pub fn central_difference(f: impl Fn(f64) -> f64, x: f64, step: f64) -> f64 {
    todo!("the slope at {x} with the step {step}, where f is {}", f(x))
}

/// The step at the bottom of the U, for a function that is about as large as its third
/// derivative: above 0, near x = 0 as long as at 1, and far from 0 in proportion to x.
pub fn best_step(x: f64) -> f64 {
    todo!("the best step at {x}")
}

/// The slope of `f` by each of its numbers, as many as `x` has, each with its own best step
/// and with all other numbers where they are.
pub fn gradient(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    todo!("the gradient at {x:?}, where f is {}", f(x))
}
