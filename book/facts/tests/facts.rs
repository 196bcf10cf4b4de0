//! The numbers of the book are those that its program computes.

use std::fs;

use serde_json::Value;

/// Another machine's exponential may differ in its last bits.
const TOLERANCE: f64 = 1e-6;

fn agree(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_f64(), other.as_f64());
            let near =
                |(one, other): (f64, f64)| (one - other).abs() <= TOLERANCE * one.abs();
            one.zip(other).is_some_and(near)
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| agree(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.keys().eq(other.keys())
                && one.iter().all(|(key, a)| agree(a, &other[key]))
        }
        _ => one == other,
    }
}

#[test]
fn the_committed_facts_are_those_that_are_computed() {
    let committed = fs::read_to_string(facts::path()).unwrap();
    let committed: Value = serde_json::from_str(&committed).unwrap();
    let computed = facts::facts().unwrap();
    assert!(agree(&committed, &computed), "cargo run -p facts:\n{computed:#}");
}
