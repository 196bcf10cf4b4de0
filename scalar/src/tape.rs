//! A program that finds gradients: reverse-mode automatic differentiation of scalars.
//!
//! A [`Tape`] writes down each operation while you compute: the entries that went in, and
//! the derivative of the result with respect to each of them. Read backward, the tape
//! gives the derivative of the last entry with respect to every other, by the chain rule
//! alone. The tape knows nothing of softmax, but give it the formula that you'd write
//! first, and it arrives at `p - y`.
//!
//! PyTorch and JAX find gradients in this way (Wengert 1964; Linnainmaa 1970), with
//! tensors in place of numbers. The code follows micrograd (Karpathy 2020).
//!
//! ```
//! use scalar::tape::Tape;
//!
//! let tape = Tape::default();
//! let z = [2.0, 1.0, 0.1].map(|z| tape.variable(z));
//!
//! let sum = z[0].exp() + z[1].exp() + z[2].exp();
//! let p = z.map(|z| z.exp() / sum);
//! let loss = -p[0].ln();
//!
//! let grad = loss.gradient();
//! let y = [1.0, 0.0, 0.0];
//! for k in 0..3 {
//!     assert!((grad.by(z[k]) - (p[k].value() - y[k])).abs() < 1e-15);
//! }
//! ```

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The record of a computation.
#[derive(Debug, Default)]
pub struct Tape {
    entries: RefCell<Vec<Entry>>,
}

/// One operation: its operands, and the derivative of the result with respect to each.
#[derive(Debug)]
struct Entry {
    operands: Vec<(usize, f64)>,
}

impl Tape {
    /// Puts a number on the tape that you can differentiate with respect to.
    pub fn variable(&self, value: f64) -> Var<'_> {
        self.write(value, vec![])
    }

    fn write(&self, value: f64, operands: Vec<(usize, f64)>) -> Var<'_> {
        let mut entries = self.entries.borrow_mut();
        entries.push(Entry { operands });
        Var { tape: self, index: entries.len() - 1, value }
    }
}

/// A number on a tape. Arithmetic with the number writes to its tape.
///
/// # Panics
/// Arithmetic panics if the operands are on different tapes, as the result has no place.
#[derive(Clone, Copy, Debug)]
pub struct Var<'t> {
    tape: &'t Tape,
    index: usize,
    value: f64,
}

impl<'t> Var<'t> {
    /// Returns the number itself.
    pub fn value(self) -> f64 {
        self.value
    }

    /// Returns `e` to the power of this number.
    // ANCHOR: exp
    pub fn exp(self) -> Self {
        let value = self.value.exp();
        self.unary(value, value)
    }
    // ANCHOR_END: exp

    /// Returns the natural logarithm of this number.
    pub fn ln(self) -> Self {
        self.unary(self.value.ln(), 1.0 / self.value)
    }

    /// Returns the derivatives of this number with respect to every number on its tape.
    pub fn gradient(self) -> Gradient<'t> {
        let entries = self.tape.entries.borrow();
        let mut derivatives = vec![0.0; entries.len()];
        derivatives[self.index] = 1.0;
        // An entry's derivative is complete once we've visited all entries that used it,
        // and those come after it on the tape.
        for (index, entry) in entries.iter().enumerate().rev() {
            let derivative = derivatives[index];
            for &(operand, by_operand) in &entry.operands {
                derivatives[operand] += by_operand * derivative;
            }
        }
        Gradient { tape: self.tape, derivatives }
    }

    // ANCHOR: unary
    fn unary(self, value: f64, derivative: f64) -> Self {
        self.tape.write(value, vec![(self.index, derivative)])
    }
    // ANCHOR_END: unary

    fn binary(self, other: Self, value: f64, derivatives: [f64; 2]) -> Self {
        assert!(std::ptr::eq(self.tape, other.tape), "operands of two different tapes");
        let [by_self, by_other] = derivatives;
        self.tape.write(value, vec![(self.index, by_self), (other.index, by_other)])
    }
}

/// The derivatives of one number with respect to all others, made by [`Var::gradient`].
#[derive(Clone, Debug)]
pub struct Gradient<'t> {
    tape: &'t Tape,
    derivatives: Vec<f64>,
}

impl Gradient<'_> {
    /// Returns the derivative with respect to `x`. It's 0 if `x` was written after the
    /// differentiated number, which then can't depend on `x`.
    ///
    /// # Panics
    /// If `x` is on a different tape.
    pub fn by(&self, x: Var<'_>) -> f64 {
        assert!(std::ptr::eq(self.tape, x.tape), "a number of another tape");
        self.derivatives.get(x.index).copied().unwrap_or(0.0)
    }
}

impl Add for Var<'_> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.binary(other, self.value + other.value, [1.0, 1.0])
    }
}

impl Sub for Var<'_> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.binary(other, self.value - other.value, [1.0, -1.0])
    }
}

impl Mul for Var<'_> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.binary(other, self.value * other.value, [other.value, self.value])
    }
}

impl Div for Var<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let quotient = self.value / other.value;
        self.binary(other, quotient, [1.0 / other.value, -quotient / other.value])
    }
}

impl Neg for Var<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.unary(-self.value, -1.0)
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// Compares each operation's derivative with the central difference of its value.
    #[test]
    fn each_operation_knows_its_derivative() {
        let operations: [for<'t> fn(Var<'t>, Var<'t>) -> Var<'t>; 7] = [
            |x, y| x + y,
            |x, y| x - y,
            |x, y| x * y,
            |x, y| x / y,
            |x, _| -x,
            |x, _| x.exp(),
            |_, y| y.ln(),
        ];
        let (x, y, step) = (0.7, 1.9, 1e-6);
        for operation in operations {
            let value = |x: f64, y: f64| {
                let tape = Tape::default();
                operation(tape.variable(x), tape.variable(y)).value()
            };
            let tape = Tape::default();
            let (on_tape_x, on_tape_y) = (tape.variable(x), tape.variable(y));
            let grad = operation(on_tape_x, on_tape_y).gradient();

            let by_x = (value(x + step, y) - value(x - step, y)) / (2.0 * step);
            let by_y = (value(x, y + step) - value(x, y - step)) / (2.0 * step);
            assert_relative_eq!(grad.by(on_tape_x), by_x, epsilon = 1e-8);
            assert_relative_eq!(grad.by(on_tape_y), by_y, epsilon = 1e-8);
        }
    }

    #[test]
    fn a_number_used_twice_collects_both_derivatives() {
        let tape = Tape::default();
        let x = tape.variable(3.0);
        assert_eq!((x * x + x).gradient().by(x), 7.0);
    }

    #[test]
    fn the_naive_loss_differentiates_to_p_minus_y() {
        let z = [-0.8, 0.3, 2.5, -1.7, 0.9];
        let label = 3;
        let tape = Tape::default();
        let z = z.map(|z| tape.variable(z));
        let sum = z.iter().skip(1).fold(z[0].exp(), |sum, z| sum + z.exp());
        let grad = (-(z[label].exp() / sum).ln()).gradient();
        for (k, z) in z.iter().enumerate() {
            let p = z.value().exp() / sum.value();
            let y = if k == label { 1.0 } else { 0.0 };
            assert_relative_eq!(grad.by(*z), p - y, epsilon = 1e-15);
        }
    }
}
