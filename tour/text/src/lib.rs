//! Text as the programs and the book write it: lines that fit a terminal, tables in Markdown.
//!
//! Several rooms write the same way, so they share these few functions. A function that knows
//! about losses, exercises or measurements belongs to its own room.
#![forbid(unsafe_code)]

pub mod markdown;
pub mod program;
pub mod terminal;

/// Returns a number with a noun that agrees with it: `1 exercise`, `2 exercises`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "exercise"), "1 exercise");
        assert_eq!(counted(0, "exercise"), "0 exercises");
    }
}
