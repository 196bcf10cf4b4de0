//! e07, the tape. Your task is at the top of tests/e07_tape.rs.

use std::cell::RefCell;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// The record of a computation: its entries, in the order in which they were computed.
#[derive(Debug, Default)]
pub struct Tape {
    entries: RefCell<Vec<Entry>>,
}

/// The origin of one number: for each operand, its place on the tape and the derivative of this
/// number with respect to it. A variable has no operands.
#[derive(Debug)]
struct Entry {
    operands: Vec<(usize, f64)>,
}

impl Tape {
    /// Writes a variable to the tape: a number with respect to which you can differentiate.
    pub fn variable(&self, value: f64) -> Var<'_> {
        self.write(value, vec![])
    }

    /// Writes the logarithm of the sum of `exp(z_k)` as a single entry, which has one operand
    /// for each of the C logits. The logits are numbers of this tape, small enough for `exp`.
    pub fn log_sum_exp(&self, z: &[Var<'_>]) -> Var<'_> {
        todo!("one entry for the log-sum-exp of {} logits", z.len())
    }

    /// Returns how many entries the tape has.
    pub fn count(&self) -> usize {
        self.entries.borrow().len()
    }

    /// Appends the entry of a number: each operand's place, and the derivative with respect to
    /// that operand.
    fn write(&self, value: f64, operands: Vec<(usize, f64)>) -> Var<'_> {
        let mut entries = self.entries.borrow_mut();
        entries.push(Entry { operands });
        Var { tape: self, index: entries.len() - 1, value }
    }
}

/// A number on a tape: its value and its place. Arithmetic with it writes to the tape.
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
    pub fn exp(self) -> Self {
        let value = self.value.exp();
        self.tape.write(value, vec![(self.index, value)])
    }

    /// Returns the natural logarithm of this number.
    pub fn ln(self) -> Self {
        self.tape.write(self.value.ln(), vec![(self.index, 1.0 / self.value)])
    }

    /// Returns the derivatives of this number with respect to some others.
    pub fn gradient(self, by: &[Self]) -> Vec<f64> {
        let derivatives = self.derivatives();
        by.iter().map(|x| derivatives[x.index]).collect()
    }

    /// Returns the derivatives of this number with respect to every entry of its tape, in the
    /// tape's order. With respect to itself the derivative is 1. It's 0 with respect to every
    /// entry that this number doesn't depend on, such as the entries that came later.
    fn derivatives(self) -> Vec<f64> {
        todo!("the derivatives of the number {} with respect to all entries", self.value)
    }

    /// Appends the result of an operation on this number and another, with the derivatives
    /// with respect to both.
    fn binary(self, other: Self, value: f64, derivatives: [f64; 2]) -> Self {
        let [by_self, by_other] = derivatives;
        self.tape.write(value, vec![(self.index, by_self), (other.index, by_other)])
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

impl Neg for Var<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        self.tape.write(-self.value, vec![(self.index, -1.0)])
    }
}

impl Div for Var<'_> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        todo!("the quotient {} / {}", self.value, other.value)
    }
}
