//! Stage 2 has the functions of stage 1, under the same names and in the same order.

use std::fs;
use std::path::Path;

/// Returns the names of the functions that a file declares at its top level.
fn functions(file: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join(file)).expect("the file is there");
    let names = text.lines().filter_map(|line| {
        let rest = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub "))?;
        Some(rest.strip_prefix("fn ")?.split(['(', '<']).next()?.to_owned())
    });
    names.collect()
}

#[test]
fn the_functions_of_the_scalar_stage_are_here_in_their_order() {
    for (file, count) in [("softmax.rs", 5), ("cross_entropy.rs", 2)] {
        // The difference that stage 1 takes in `f64` belongs to the exponential here.
        let mut scalar = functions(&format!("scalar/src/{file}"));
        scalar.retain(|name| name != "exp_below_max");
        let mut vectorized = functions(&format!("vectorized/src/{file}"));
        vectorized.retain(|name| scalar.contains(name));
        assert_eq!(vectorized, scalar, "{file}");
        assert_eq!(scalar.len(), count, "{file}");
    }
}
