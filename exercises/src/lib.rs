//! The exercises: their catalog, their gaps, and the messages of their checks.
//!
//! Your answers are the files next to this one. Only its own check in `exercises/tests` compiles
//! an answer, so this library holds nothing that an answer needs, and no answer can break it.
//! `cargo learn` tells you where to begin.
#![forbid(unsafe_code)]

pub mod catalog;
pub mod gaps;
mod number;

use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub use number::Number;

/// The explanation of a wrong answer: the page to read, and the likely cause.
///
/// A result that equals the result of a known mistake is the most reliable diagnosis. So
/// `cargo learn` compares the results that checks report with those of the wrong answers in
/// `exercises.toml`, and says `mistake` instead of `likely` if it finds the same results.
/// A check itself names a mistake, by [`Lesson::when`], only if many different results have it:
///
/// ```
/// use exercises::lesson;
///
/// let three = [1.0, 2.0, 3.0_f64];
/// let got: f64 = three.iter().sum();
/// lesson("surprise", "the answer isn't a sum")
///     .when(got.is_infinite(), "the sum is divided by a number that can be 0")
///     .near("the sum of 1, 2, 3", got, 6.0, 0.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    page: &'static str,
    likely: &'static str,
    mistake: Option<&'static str>,
}

/// Returns the lesson of a page of the book, `"tail"` for example, with the likely cause of a
/// wrong answer.
pub fn lesson(page: &'static str, likely: &'static str) -> Lesson {
    Lesson { page, likely, mistake: None }
}

impl Lesson {
    /// Names a mistake if the result gives it away, unless the lesson names one already. The
    /// reader sees the name only if a check then fails.
    #[must_use]
    pub fn when(self, is_recognized: bool, mistake: &'static str) -> Self {
        let recognized = is_recognized.then_some(mistake);
        Lesson { mistake: self.mistake.or(recognized), ..self }
    }

    /// Accepts a number that's within a distance of the expected number. If NaN or an infinity
    /// is expected, accepts only that.
    ///
    /// # Panics
    /// Panics if the number is farther away, with everything that we know about the cause.
    #[track_caller]
    pub fn near(self, input: impl Display, got: impl Number, expected: f64, within: f64) {
        self.near_in(&[got], input, got, expected, within);
    }

    /// Accepts a number of a row like [`near`](Self::near). A failure also shows the row.
    #[track_caller]
    fn near_in<N: Number>(
        self,
        row: &[N],
        input: impl Display,
        got: N,
        expected: f64,
        within: f64,
    ) {
        let value = got.value();
        let near = value == expected
            || value.is_nan() && expected.is_nan()
            || (value - expected).abs() <= within && expected.is_finite();
        if !near {
            let error = match got.ulps(expected) {
                Some(ulps) if ulps.is_finite() && expected != 0.0 => {
                    format!("\n  error     {ulps:.3e} ulp")
                }
                _ => String::new(),
            };
            let within = match within {
                0.0 => "exactly".to_owned(),
                within => format!("within {within:.1e}"),
            };
            let (got, expected) = number::told_apart(value, expected);
            let row = number::beginning(row);
            self.fail(
                input,
                format!("{got}{row}"),
                format!("{expected}, {within}{error}"),
            );
        }
    }

    /// Accepts an `f32` that's within `ulps` ulp of the expected number. An ulp is the distance
    /// from one `f32` to the next.
    ///
    /// # Panics
    /// Panics if the number is farther away, with everything that we know about the cause.
    #[track_caller]
    pub fn within_ulps(self, input: impl Display, got: f32, expected: f64, ulps: f64) {
        self.near(input, got, expected, ulps * number::ulp(expected));
    }

    /// Accepts numbers if each of them is within a distance of its expected number.
    ///
    /// # Panics
    /// Panics if there are more or fewer numbers, or if a number is farther away, with everything
    /// that we know about the cause.
    #[track_caller]
    pub fn all_near(
        self,
        input: impl Display,
        row: &[impl Number],
        expected: &[f64],
        within: f64,
    ) {
        self.equal(format!("{input}: how many numbers"), row.len(), expected.len());
        for (k, (&number, &expected)) in row.iter().zip(expected).enumerate() {
            self.near_in(row, format!("{input}: number {k}"), number, expected, within);
        }
    }

    /// Accepts a value that equals the expected value.
    ///
    /// # Panics
    /// Panics if the values differ, with everything that we know about the cause.
    #[track_caller]
    pub fn equal<T: PartialEq + Debug>(self, input: impl Display, got: T, expected: T) {
        if got != expected {
            self.fail(input, format!("{got:?}"), format!("{expected:?}"));
        }
    }

    /// Accepts a result if `is` is true.
    ///
    /// # Panics
    /// Panics if `is` is false, with everything that we know about the cause.
    #[track_caller]
    pub fn holds(self, input: impl Display, got: impl Debug, expected: &str, is: bool) {
        if !is {
            self.fail(input, format!("{got:?}"), expected.to_owned());
        }
    }

    /// Runs a function, and returns its result. If Rust itself panics, because an index is out of
    /// bounds for example, the reader sees the likely cause, too. The panic of a `todo!` is passed
    /// on unchanged.
    ///
    /// # Panics
    /// Panics if the function does.
    #[track_caller]
    pub fn returns<R>(self, input: impl Display, run: impl FnOnce() -> R) -> R {
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            let says = panic.downcast_ref::<String>().map_or("", String::as_str);
            if says.starts_with("not yet implemented") {
                resume_unwind(panic)
            }
            self.fail(input, "a panic, see above".to_owned(), "a result".to_owned())
        })
    }

    #[track_caller]
    fn fail(self, input: impl Display, got: String, expected: String) -> ! {
        let Lesson { page, likely, mistake } = self;
        let (key, cause) = mistake.map_or(("likely", likely), |name| ("mistake", name));
        panic!(
            "wrong for {input}\n\n  got       {got}\n  expected  {expected}\
             \n  {key:<7}   {cause}\n  read      book/src/{page}.md\n"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the message of a lesson about a 2, if 3 is right.
    fn says(lesson: Lesson) -> String {
        let wrong = catch_unwind(|| lesson.near("1 + 2", 2.0, 3.0, 0.0));
        *wrong.expect_err("2 isn't 3").downcast().expect("the message is made of parts")
    }

    #[test]
    fn the_first_mistake_that_is_recognized_is_named() {
        let guess = lesson("surprise", "not the sum").when(false, "too small");
        let page = "\n  read      book/src/surprise.md\n";
        assert!(says(guess).contains(&format!("\n  likely    not the sum{page}")));
        let known = guess.when(true, "a product").when(true, "not a sum");
        assert!(says(known).contains(&format!("\n  mistake   a product{page}")));
        known.near("1 + 2", 3.0, 3.0, 0.0);
    }
}
