//! The tour of the course, in a few seconds and four scenes.
//!
//! | scene | contents |
//! |---|---|
//! | `agreement` | one batch through every stage: loss, error, time |
//! | `breakage` | the formulas that you'd write first, and the values that they return |
//! | `digits` | a classifier that learns from the loss |
//! | `next` | the next steps |

mod agreement;
mod breakage;
mod digits;
mod next;

use std::io::{self, Write};

use anyhow::Result;
use backend::Backend;

/// Writes the tour of some stages.
pub(crate) fn show(stages: &[Box<dyn Backend>], out: &mut dyn Write) -> Result<()> {
    writeln!(out, "Cross-Entropy, Three Ways")?;
    agreement::show(stages, out)?;
    breakage::show(out)?;
    digits::show(stages, out)?;
    next::show(out)?;
    Ok(())
}

fn heading(out: &mut dyn Write, title: &str) -> io::Result<()> {
    writeln!(out, "\n{title}\n{}\n", "-".repeat(title.len()))
}
