//! A search for results beyond the stated bounds, for every instruction set of this machine.

use std::env;
use std::time::Duration;

use conformance::search::worst;
use vectorized::{InstructionSet, Vectorized};

/// The environment variable that holds the length of the search, in seconds.
const SECONDS: &str = "SEARCH_SECONDS";

#[test]
#[ignore = "a minute, or SEARCH_SECONDS of them: in a release build, with -- --ignored"]
fn no_result_is_beyond_its_bound() {
    let seconds = env::var(SECONDS).ok().and_then(|s| s.parse().ok()).unwrap_or(60.0);
    let sets = InstructionSet::available();
    let each = Duration::from_secs_f64(seconds / sets.len() as f64);
    for (seed, instructions) in (1..).zip(sets) {
        let found = worst(&Vectorized::with(instructions), seed, each);
        let of_bound = found.error_over_tolerance;
        let says =
            format!("{instructions:?}: {of_bound:.3} of the bound of {}", found.result);
        println!("{says}, seed {seed}");
        assert!(of_bound <= 1.0, "{says}: {:?}", found.case);
    }
}
