//! e06, trust, but differentiate. What to do stands at the top of
//! tests/e06_finite_differences.rs.

/// The slope of `f` at `x` by its values one step above and one step below.
pub fn central_difference(f: impl Fn(f64) -> f64, x: f64, step: f64) -> f64 {
    // gap: todo!("the slope at {x} with the step {step}, where f is {}", f(x))
    let (above, below) = (x + step, x - step);
    // Both sums are rounded: what lies between them is not quite twice the step.
    (f(above) - f(below)) / (above - below)
    // end of gap
}

/// The step at the bottom of the U, for a function that is about as large as its third
/// derivative: above 0, near x = 0 as long as at 1, and far from 0 in proportion to x.
pub fn best_step(x: f64) -> f64 {
    // gap: todo!("the best step at {x}")
    // h^2 and eps / h are about equal where h^3 is eps.
    f64::EPSILON.cbrt() * x.abs().max(1.0)
    // end of gap
}

/// The slope of `f` by each of its numbers, as many as `x` has, each with its own best step
/// and with all other numbers where they are.
pub fn gradient(f: impl Fn(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    // gap: todo!("the gradient at {x:?}, where f is {}", f(x))
    let slope = |k: usize| {
        // A copy for each value, so that nothing has to be moved back.
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
