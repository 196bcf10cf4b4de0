//! What a page calls: numbers in, numbers out.
#![allow(unsafe_code, reason = "an export has a name that no other function may have")]

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{FIGURES, INPUTS, Inputs, OUTPUTS, Outputs};

struct State {
    inputs: Inputs,
    outputs: Outputs,
}

static STATE: Mutex<State> =
    Mutex::new(State { inputs: [0.0; INPUTS], outputs: [0.0; OUTPUTS] });

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sets an input.
#[unsafe(no_mangle)]
pub extern "C" fn set(input: usize, value: f64) {
    if let Some(place) = state().inputs.get_mut(input) {
        *place = value;
    }
}

/// Computes a figure, by its place among all.
#[unsafe(no_mangle)]
pub extern "C" fn run(figure: usize) {
    if let Some(figure) = FIGURES.get(figure) {
        let State { inputs, outputs } = &mut *state();
        *outputs = figure.outputs(inputs);
    }
}

/// An input as the figure left it; NaN if there is no such input.
#[unsafe(no_mangle)]
pub extern "C" fn input(input: usize) -> f64 {
    state().inputs.get(input).copied().unwrap_or(f64::NAN)
}

/// An output; NaN if there is no such output.
#[unsafe(no_mangle)]
pub extern "C" fn output(output: usize) -> f64 {
    state().outputs.get(output).copied().unwrap_or(f64::NAN)
}

/// What this was built from, so that a test can tell a stale build.
#[unsafe(no_mangle)]
pub extern "C" fn sources() -> u64 {
    const { hash(&SOURCES) }
}

/// The files that decide what the exports return.
const SOURCES: [&[u8]; 21] = [
    include_bytes!("../../../backend/src/batch.rs"),
    include_bytes!("../../../backend/src/binary.rs"),
    include_bytes!("../../../backend/src/error.rs"),
    include_bytes!("../../../backend/src/lib.rs"),
    include_bytes!("../../../backend/src/logits.rs"),
    include_bytes!("../../../backend/src/metrics.rs"),
    include_bytes!("../../../backend/src/options.rs"),
    include_bytes!("../../../backend/src/out.rs"),
    include_bytes!("../../../backend/src/target.rs"),
    include_bytes!("../../../backend/src/terms.rs"),
    include_bytes!("../../../scalar/src/cross_entropy.rs"),
    include_bytes!("../../../scalar/src/naive.rs"),
    include_bytes!("../../../scalar/src/softmax.rs"),
    include_bytes!("binary.rs"),
    include_bytes!("logits.rs"),
    include_bytes!("online.rs"),
    include_bytes!("overflow.rs"),
    include_bytes!("quiz.rs"),
    include_bytes!("row.rs"),
    include_bytes!("smoothing.rs"),
    include_bytes!("twice.rs"),
];

/// FNV-1a, by Fowler, Noll and Vo.
const fn hash(files: &[&[u8]]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < files.len() {
        let mut byte = 0;
        while byte < files[file].len() {
            hash = (hash ^ files[file][byte] as u64).wrapping_mul(0x100_0000_01b3);
            byte += 1;
        }
        file += 1;
    }
    hash
}
