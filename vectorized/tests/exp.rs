//! The exponential against `f64`'s, on every instruction set of this machine.

use vectorized::{InstructionSet, Vectorized};

/// Where the result is a normal number: from 0 down to `ln 2^-126`.
const NORMAL: f32 = -87.336_54;

/// The largest error, in ulp of the exact value, over every `step`-th number from `from`
/// down to `to`.
fn largest_error(exp: &Vectorized, from: f32, to: f32, step: usize) -> f64 {
    let numbers: Vec<u32> = (from.to_bits()..=to.to_bits()).step_by(step).collect();
    let mut largest = 0.0_f64;
    let mut results = Vec::new();
    for bits in numbers.chunks(1 << 14) {
        results.clear();
        results.extend(bits.iter().map(|&bits| f32::from_bits(bits)));
        exp.exp(&mut results);
        for (&bits, &got) in bits.iter().zip(&results) {
            let exact = f64::from(f32::from_bits(bits)).exp();
            let exponent = ((exact.to_bits() >> 52) as i32 - 1023).max(-126);
            let ulp = f64::from_bits(((exponent - 23 + 1023) as u64) << 52);
            // NaN is not below any bound.
            let error = (f64::from(got) - exact).abs() / ulp;
            largest = if error <= largest { largest } else { error };
        }
    }
    largest
}

#[test]
fn a_sample_of_exponentials_is_within_one_ulp() {
    for instructions in InstructionSet::available() {
        let exp = Vectorized::with(instructions);
        let error = largest_error(&exp, -0.0, NORMAL, 1009);
        assert!(error <= 1.0, "{instructions:?}: {error} ulp");
        // Below, the result is rounded once more, to a multiple of 2^-149.
        let error = largest_error(&exp, NORMAL, -104.0, 101);
        assert!(error <= 1.0, "{instructions:?}: {error} ulp of the smallest numbers");
    }
}

/// A billion numbers: `cargo test -p vectorized --release -- --ignored`.
#[test]
#[ignore = "takes half a minute in a release build"]
fn every_exponential_is_within_one_ulp() {
    for instructions in InstructionSet::available() {
        let exp = Vectorized::with(instructions);
        let step = f32::to_bits(-104.0) - f32::to_bits(-0.0);
        let parts = 64;
        let mut largest = 0.0_f64;
        for part in 0..parts {
            let bits = |part: u32| {
                f32::to_bits(-0.0)
                    + (u64::from(step) * u64::from(part) / parts as u64) as u32
            };
            let (from, to) = (
                f32::from_bits(bits(part as u32)),
                f32::from_bits(bits(part as u32 + 1)),
            );
            largest = largest.max(largest_error(&exp, from, to, 1));
        }
        println!("{instructions:?}: {largest} ulp at most");
        assert!(largest <= 1.0, "{instructions:?}: {largest} ulp");
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
