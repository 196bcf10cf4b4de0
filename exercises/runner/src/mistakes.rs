//! Recognizes known mistakes by their results.
//!
//! If you make the mistake of a mutant, your answer gives the same result on the input of a check.
//! So `exercises/mistakes.json` records how the checks reject each mutant of the catalog, and an
//! answer that they reject in the same way makes the same mistake:
//!
//! ```text
//! likeness of a mutant   the checks that reject it and the answer with the same result, minus
//!                        twice those that reject the answer differently or accept it
//! mistake                the sentence of the mutant with the largest likeness above 0,
//!                        if no mutant with a different sentence has the same likeness
//! ```
//!
//! NaN, an infinity or 0 comes from many mistakes. If an answer has nothing else in common with a
//! mutant, the checks that reject only the answer count against the mutant, too.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, iter};

use anyhow::{Context, Result};
use exercises::catalog::{Exercise, read};
use serde::{Deserialize, Serialize};

use crate::checks::{Check, End};
use crate::panics::{NOT_WRITTEN, after, names_a_mistake, with_mistake};

const FILE: &str = "exercises/mistakes.json";

/// The largest difference between two ways to compute a wrong result, relative to that result.
const ROUNDING: f64 = 1e-5;
/// The largest difference in a row, relative to the row's largest number, if that allows more.
const ROUNDING_OF_ROW: f64 = 1e-7;
/// The largest difference relative to the error of the result, which tells two results
/// apart that are both almost right.
const OF_ERROR: f64 = 0.05;
/// The number of characters of an input or a result that we compare.
const COMPARED: usize = 120;

/// The results of mutants, by exercise, check with input, and the number of the mutant, from 0.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct Mistakes(BTreeMap<String, BTreeMap<String, BTreeMap<usize, String>>>);

/// The rejection of an answer by a check.
struct Rejection<'a> {
    check: &'a str,
    /// The check with its input: `a_coin_costs_one_bit: surprise_in_bits(1/2)`.
    place: String,
    got: String,
    expected: &'a str,
}

impl Mistakes {
    /// Reads `exercises/mistakes.json`.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let file = root.join(FILE);
        serde_json::from_str(&read(&file)?).with_context(|| file.display().to_string())
    }

    /// Writes `exercises/mistakes.json`.
    pub(crate) fn write(&self, root: &Path) -> Result<()> {
        Ok(fs::write(root.join(FILE), serde_json::to_string_pretty(self)? + "\n")?)
    }

    /// Forgets an exercise.
    pub(crate) fn forget(&mut self, exercise: &Exercise) {
        self.0.remove(&exercise.name);
    }

    /// Notes how the checks reject a mutant.
    pub(crate) fn note(&mut self, exercise: &Exercise, mutant: usize, checks: &[Check]) {
        let of_exercise = self.0.entry(exercise.name.clone()).or_default();
        for Rejection { place, got, .. } in checks.iter().filter_map(Rejection::of) {
            of_exercise.entry(place).or_default().insert(mutant, got);
        }
    }

    /// Returns whether a check is known to reject a mutant.
    pub(crate) fn has(&self, exercise: &Exercise, mutant: usize, check: &str) -> bool {
        let mut noted = self.0.get(&exercise.name).into_iter().flatten();
        noted.any(|(place, got)| {
            got.contains_key(&mutant) && place.starts_with(&format!("{check}: "))
        })
    }

    /// Names the mistake of an answer in the message of the first check that shows it. A check may
    /// name a mistake itself, by a range of results, but equal results are better evidence.
    pub(crate) fn name(&self, exercise: &Exercise, checks: &mut [Check]) {
        let rejections: Vec<_> = checks.iter().filter_map(Rejection::of).collect();
        let mutants = exercise.mutants.iter().enumerate();
        let mut alike: Vec<_> = mutants
            .filter_map(|(number, mutant)| {
                let (likeness, check) = self.likeness(exercise, number, &rejections)?;
                Some((likeness, &mutant.says, check))
            })
            .collect();
        alike.sort_by_key(|(likeness, ..)| Reverse(*likeness));
        let Some(&(most, mistake, shown_by)) = alike.first() else { return };
        if alike.iter().any(|(likeness, other, _)| *likeness == most && *other != mistake)
        {
            return;
        }
        let shown = checks.iter().position(|check| {
            check.name == shown_by || check.end.failure().is_some_and(names_a_mistake)
        });
        if let Some(check) = shown.map(|place| &mut checks[place]) {
            let says = check.end.failure().unwrap_or_default();
            check.end = End::Fails(with_mistake(says, mistake));
        }
    }

    /// Returns the likeness of a mutant, if it's more than 0, and the first check that shows it.
    fn likeness<'a>(
        &self,
        exercise: &Exercise,
        mutant: usize,
        rejections: &[Rejection<'a>],
    ) -> Option<(isize, &'a str)> {
        let noted = self.0.get(&exercise.name)?;
        let is_alike = |rejection: &&Rejection<'_>| {
            let got = noted.get(&rejection.place).and_then(|got| got.get(&mutant));
            got.is_some_and(|got| rejection.is_alike(got))
        };
        let alike: Vec<&Rejection<'_>> = rejections.iter().filter(is_alike).collect();
        let of_mutant = noted.values().filter(|got| got.contains_key(&mutant)).count();
        let mut unlike = of_mutant - alike.len();
        if alike.iter().all(|rejection| is_vague(&rejection.got)) {
            unlike += rejections.len() - alike.len();
        }
        let likeness = alike.len() as isize - 2 * unlike as isize;
        Some((likeness, alike.first()?.check)).filter(|_| likeness > 0)
    }
}

impl<'a> Rejection<'a> {
    /// Returns the rejection, or `None` if the check passes or a gap is still open.
    fn of(check: &'a Check) -> Option<Self> {
        let says = check.end.failure().filter(|says| !says.starts_with(NOT_WRITTEN))?;
        let input = says.lines().find_map(|line| line.strip_prefix("wrong for "));
        let input = input.or_else(|| after("  input ", says)).unwrap_or_default();
        let expected = after("  expected ", says).unwrap_or_default();
        let panic = says.lines().next().unwrap_or_default();
        let got = after("  got ", says).filter(|got| *got != "a panic, see above");
        let short = |text: &str| text.chars().take(COMPARED).collect::<String>();
        let place = format!("{}: {}", check.name, short(input));
        Some(Rejection {
            check: &check.name,
            place,
            got: short(got.unwrap_or(panic)),
            expected,
        })
    }

    /// Returns whether a result is the same as this one, except for rounding.
    fn is_alike(&self, other: &str) -> bool {
        let numbers = words(&self.got).filter_map(|(_, x)| x).filter(|x| x.is_finite());
        let largest = numbers.fold(0.0, |largest: f64, x| largest.max(x.abs()));
        let expected = words(self.expected).map(|(_, x)| x).chain(iter::repeat(None));
        let mut pairs = words(&self.got).zip(words(other)).zip(expected);
        words(&self.got).count() == words(other).count()
            && pairs.all(|(((word, x), (other, y)), expected)| {
                let (Some(x), Some(y)) = (x, y) else { return word == other };
                // Without an expected number, the error is NaN, which sets no limit.
                let error = (x - expected.unwrap_or(f64::NAN)).abs();
                let within = (ROUNDING_OF_ROW * largest).max(ROUNDING * x.abs());
                let within = within.min(OF_ERROR * error);
                x == y || x.is_nan() && y.is_nan() || (x - y).abs() <= within
            })
    }
}

/// Returns the words of a text, each with its value if it's a number.
fn words(text: &str) -> impl Iterator<Item = (&str, Option<f64>)> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c));
    words.filter(|word| !word.is_empty()).map(|word| (word, word.parse().ok()))
}

/// Returns whether a result says little about its mistake: NaN, an infinity, 0, true or false.
fn is_vague(got: &str) -> bool {
    words(got).all(|(word, number)| match number {
        Some(number) => number == 0.0 || !number.is_finite(),
        None => ["true", "false", "None"].contains(&word),
    })
}

#[cfg(test)]
mod tests {
    use exercises::catalog::Catalog;

    use super::*;
    use crate::checks::most_telling;
    use crate::panics::cause;

    /// Returns the cause that the author of an answer is told, if two checks give
    /// `answer` for it, and are known to give `mutants` for the mutants.
    fn told(mutants: &[[&str; 2]], answer: [&str; 2]) -> String {
        let check = |(name, got): (&str, &str)| {
            let end = End::Fails(format!(
                "wrong for 2\n  got {got}\n  expected 1\n  likely a guess"
            ));
            Check { name: name.to_owned(), end, printed: vec![] }
        };
        let checks = |got: [&str; 2]| {
            ["first", "second"].into_iter().zip(got).map(check).collect::<Vec<_>>()
        };
        let mut exercise = Catalog::read(&crate::root()).unwrap().all()[0].clone();
        let mut mistakes = Mistakes::default();
        for (number, got) in mutants.iter().enumerate() {
            exercise.mutants[number].says = format!("mistake {number}");
            mistakes.note(&exercise, number, &checks(*got));
        }
        let mut checks = checks(answer);
        mistakes.name(&exercise, &mut checks);
        cause(most_telling(&checks).unwrap().1).to_owned()
    }

    #[test]
    fn the_mistake_with_the_same_results_is_named() {
        let known = [["0.5", "1.4426950"], ["0.5", "-1 in [-1, 3e-9]"], ["NaN", "4"]];
        assert_eq!(told(&known, ["0.5", "1.4426951"]), "mistake 0");
        assert_eq!(told(&known, ["0.5", "-1 in [-1, -2e-17]"]), "mistake 1");
        assert_eq!(told(&known, ["NaN", "4"]), "mistake 2");
        // One result in common isn't enough, and neither is one of two mistakes.
        for answer in [["0.5", "1.45"], ["0.25", "1.4426951"], ["NaN", "5"], ["x", "y"]] {
            assert_eq!(told(&known, answer), "a guess", "{answer:?}");
        }
    }

    #[test]
    fn what_is_almost_right_is_told_apart_by_its_error() {
        let known = [["1.000000002", "1.1"], ["1.000000003", "1.2"]];
        assert_eq!(told(&known, ["1.00000000201", "1.1"]), "mistake 0");
        assert_eq!(told(&known, ["1.0000000025", "1.1"]), "a guess");
    }
}
