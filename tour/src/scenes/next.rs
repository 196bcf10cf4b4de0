//! The next steps after the tour.

use std::io::{self, Write};

use super::heading;

pub(super) fn show(out: &mut dyn Write) -> io::Result<()> {
    heading(out, "4. Now you")?;
    for (what, where_to) in [
        ("read", "scalar/src/cross_entropy.rs, the whole loss in one sitting"),
        ("test", "cargo test -p scalar"),
        ("break", "a line of scalar/src, and see which law you broke"),
        ("write", "cargo learn, exercises from one line to a backend of your own"),
        ("ask", "cargo run -- experiment, what the loss does to models of real data"),
        ("catch", "cargo run --example laws_against_mutants"),
        ("time", "cargo bench -p bench -- --quick"),
    ] {
        writeln!(out, "  {what:6} {where_to}")?;
    }
    Ok(())
}
