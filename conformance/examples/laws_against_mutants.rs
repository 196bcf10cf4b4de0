//! Prints which law catches which mistake: `cargo run -p conformance --example
//! laws_against_mutants`.
//!
//! A column is a law, a row a mutant.
#![forbid(unsafe_code)]

use conformance::{laws, mutants};

fn main() {
    let laws = laws::all();
    for (number, law) in laws.iter().enumerate() {
        println!("{:3}  {}: {}", number + 1, law.name, law.reason);
    }
    println!();
    println!(
        "# the law that is there to catch the mistake, x another one that does, too;"
    );
    println!("o the mistake passes an ordinary test on random logits.");
    println!();
    let tens: String = (1..=laws.len()).map(|n| digit(n / 10)).collect();
    let ones: String = (1..=laws.len()).map(|n| digit(n % 10)).collect();
    println!("{:32}    {}", "", tens.replace('0', " "));
    println!("{:32}    {ones}", "");
    for mutant in mutants::all() {
        let ordinary = if mutants::passes_an_ordinary_test(&mutant) { 'o' } else { ' ' };
        let caught: String = laws
            .iter()
            .map(|law| match law.check(&mutant) {
                Err(_) if law.name == mutant.law => '#',
                Err(_) => 'x',
                Ok(()) => '.',
            })
            .collect();
        println!("{:32}  {ordinary} {caught}  {}", mutant.name, mutant.mistake);
    }
}

fn digit(n: usize) -> char {
    char::from_digit(n as u32, 10).unwrap_or('?')
}
