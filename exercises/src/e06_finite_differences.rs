//! e06, trust, but differentiate. Your task is at the top of tests/e06_finite_differences.rs.

/// Returns the slope of `f` at `x`, measured by the values of `f` one step above and one step
/// below. For x^2 at 3 the slope is 6.
pub fn central_difference(f: impl Fn(f64) -> f64, x: f64, step: f64) -> f64 {
    todo!("the slope at {x} with the step {step}, where f is {}", f(x))
}

/// Returns the step at the bottom of the U, for a function that is about as large as its third
/// derivative. The step is above 0. It's the same for all x from -1 to 1, and beyond that it
/// grows in proportion to x.
pub fn best_step(x: f64) -> f64 {
    todo!("the best step at {x}")
}

/// Returns the slope of `f` with respect to each number of `x`. Each number has its own best
/// step, and all the other numbers stay where they are.
pub fn gradient(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    todo!("the gradient at {x:?}, where f is {}", f(x))
}
