//! The functions that a page calls: numbers in, numbers out.
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

/// Computes a figure, given its place among all figures.
#[unsafe(no_mangle)]
pub extern "C" fn run(figure: usize) {
    if let Some(figure) = FIGURES.get(figure) {
        let State { inputs, outputs } = &mut *state();
        *outputs = figure.outputs(inputs);
    }
}

/// Returns an input as the figure left it, or NaN if there's no such input.
#[unsafe(no_mangle)]
pub extern "C" fn input(input: usize) -> f64 {
    state().inputs.get(input).copied().unwrap_or(f64::NAN)
}

/// Returns an output, or NaN if there's no such output.
#[unsafe(no_mangle)]
pub extern "C" fn output(output: usize) -> f64 {
    state().outputs.get(output).copied().unwrap_or(f64::NAN)
}

/// Returns the hash of the sources, by which a test can tell a stale build.
#[unsafe(no_mangle)]
pub extern "C" fn sources() -> u64 {
    const { hash(&SOURCES) }
}

macro_rules! files {
    ($($path:literal)*) => { [$(($path, include_bytes!(concat!("../../../", $path)))),*] };
}

/// The files that decide the results of the exports, from the root of the repository.
pub const SOURCES: [(&str, &[u8]); 26] = files![
    "backend/src/batch.rs"
    "backend/src/binary.rs"
    "backend/src/error.rs"
    "backend/src/labels.rs"
    "backend/src/lib.rs"
    "backend/src/logits.rs"
    "backend/src/metrics.rs"
    "backend/src/options.rs"
    "backend/src/out.rs"
    "backend/src/target.rs"
    "backend/src/terms.rs"
    "book/live/src/binary.rs"
    "book/live/src/exports.rs"
    "book/live/src/lib.rs"
    "book/live/src/logits.rs"
    "book/live/src/online.rs"
    "book/live/src/overflow.rs"
    "book/live/src/quiz.rs"
    "book/live/src/row.rs"
    "book/live/src/smoothing.rs"
    "book/live/src/twice.rs"
    "scalar/src/cross_entropy.rs"
    "scalar/src/lib.rs"
    "scalar/src/naive.rs"
    "scalar/src/softmax.rs"
    "scalar/src/tape.rs"
];

/// Returns the FNV-1a hash of files, by Fowler, Noll and Vo.
const fn hash(files: &[(&str, &[u8])]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut file = 0;
    while file < files.len() {
        let mut byte = 0;
        while byte < files[file].1.len() {
            hash = (hash ^ files[file].1[byte] as u64).wrapping_mul(0x100_0000_01b3);
            byte += 1;
        }
        file += 1;
    }
    hash
}
