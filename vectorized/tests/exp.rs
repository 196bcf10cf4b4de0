//! The exponential against `f64`'s, on every instruction set of this machine.

use vectorized::{InstructionSet, Vectorized};

/// Asserts that each `step`-th number from 0 down to -104 has an exponential within 1 ulp
/// (below the normal range, of 2^-149), and returns the largest error.
fn largest_error(instructions: InstructionSet, step: usize) -> f64 {
    let exp = Vectorized::with(instructions);
    let mut numbers =
        ((-0.0_f32).to_bits()..=(-104.0_f32).to_bits()).step_by(step).map(f32::from_bits);
    let mut largest = 0.0;
    loop {
        let x: Vec<f32> = numbers.by_ref().take(1 << 14).collect();
        if x.is_empty() {
            return largest;
        }
        let mut results = x.clone();
        exp.exp(&mut results);
        for (x, got) in x.into_iter().zip(results) {
            let exact = f64::from(x).exp();
            let error = (f64::from(got) - exact).abs() / ulp(exact);
            // Each by itself: the largest of some numbers would pass over a NaN.
            assert!(
                error <= 1.0,
                "{instructions:?}: exp({x}) is {got}, off by {error} ulp"
            );
            largest = f64::max(largest, error);
        }
    }
}

/// The spacing of `f32` numbers at `x`.
fn ulp(x: f64) -> f64 {
    let exponent = (x.to_bits() >> 52) as i32 - 1023;
    2.0_f64.powi(exponent.max(-126) - 23)
}

#[test]
fn a_sample_of_exponentials_is_within_one_ulp() {
    for instructions in InstructionSet::available() {
        largest_error(instructions, 1009);
    }
}

#[test]
#[ignore = "a billion numbers: half a minute in a release build, with -- --ignored"]
fn every_exponential_is_within_one_ulp() {
    for instructions in InstructionSet::available() {
        let largest = largest_error(instructions, 1);
        println!("{instructions:?}: {largest} ulp at most");
    }
}

#[test]
fn special_numbers_have_special_exponentials() {
    for instructions in InstructionSet::available() {
        let mut x = [0.0, -0.0, f32::NEG_INFINITY, f32::MIN, -150.0, f32::NAN];
        Vectorized::with(instructions).exp(&mut x);
        assert_eq!(x[..5], [1.0, 1.0, 0.0, 0.0, 0.0]);
        assert!(x[5].is_nan());
    }
}
