//! e06, trust, but differentiate. Your task is at the top of tests/e06_finite_differences.rs.

/// Returns the slope of `f` at `x`, measured by the values of `f` one step above and one step
/// below. For x^2 at 3 the slope is 6.
pub fn central_difference(f: impl Fn(f64) -> f64, x: f64, step: f64) -> f64 {
    // gap: todo!("the slope at {x} with the step {step}, where f is {}", f(x))
    let (above, below) = (x + step, x - step);
    // Both sums are rounded, so the distance between them isn't quite twice the step.
    (f(above) - f(below)) / (above - below)
    // end of gap
}

/// Returns the step at the bottom of the U, for a function that is about as large as its third
/// derivative. The step is above 0. It's the same for all x from -1 to 1, and beyond that it
/// grows in proportion to x.
pub fn best_step(x: f64) -> f64 {
    // gap: todo!("the best step at {x}")
    // h^2 and eps / h are about equal where h^3 equals eps.
    f64::EPSILON.cbrt() * x.abs().max(1.0)
    // end of gap
}

/// Returns the slope of `f` with respect to each number of `x`. Each number has its own best
/// step, and all the other numbers stay where they are.
pub fn gradient(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    // gap: todo!("the gradient at {x:?}, where f is {}", f(x))
    let slope = |k: usize| {
        // Each value gets a copy of its own, so we don't have to move anything back.
        let along = |x_k: f64| {
            let mut moved = x.to_vec();
            moved[k] = x_k;
            f(&moved)
        };
        central_difference(along, x[k], best_step(x[k]))
    };
    (0..x.len()).map(slope).collect()
    // end of gap
}
