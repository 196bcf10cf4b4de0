//! Every law, for every instruction set that this machine has.

use vectorized::{InstructionSet, Vectorized};

conformance::suite!(Vectorized::default());

/// Among the sets is `Scalar`, which serves processors without a fused multiply-add.
#[test]
fn every_instruction_set_of_this_machine_obeys_every_law() {
    for instructions in InstructionSet::available() {
        for law in conformance::laws::all() {
            println!("{instructions:?}: {}", law.name);
            conformance::uphold(&Vectorized::with(instructions), law);
        }
    }
}
