//! The exercises: their catalog, their gaps, and the messages of their checks.
//!
//! The answers are the files next to this one. You edit each of them by itself, and only its own
//! check in `exercises/tests` compiles it, so nothing that an answer needs may go in here, and
//! no answer may break this library. `cargo learn` tells you where to begin.
#![forbid(unsafe_code)]

pub mod catalog;
pub mod gaps;
mod number;

use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

pub use number::Number;

/// Explains a wrong answer: it holds the page to read, and the cause to guess at.
///
/// A result that equals the result of a known mistake is the most reliable diagnosis. So
/// `cargo learn` compares the results that checks report with those of the wrong answers in
/// `exercises.toml`, and says `mistake` instead of `likely` where it finds the same ones.
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

/// Returns the lesson of a page of the book, `"tail"` for example, with the cause that it
/// guesses at.
pub fn lesson(page: &'static str, likely: &'static str) -> Lesson {
    Lesson { page, likely, mistake: None }
}

impl Lesson {
    /// Names a mistake if the result gives it away, unless the lesson names one already. The
    /// name is shown only if a check then fails.
    #[must_use]
    pub fn when(self, is_recognized: bool, mistake: &'static str) -> Self {
        let recognized = is_recognized.then_some(mistake);
        Lesson { mistake: self.mistake.or(recognized), ..self }
    }

    /// Accepts a number that is within a distance of the expected one; NaN where NaN is
    /// expected, and an infinity where that is.
    ///
    /// # Panics
    /// If it is not, with all that is known about why.
    #[track_caller]
    pub fn near(self, input: impl Display, got: impl Number, expected: f64, within: f64) {
        self.near_in(&[got], input, got, expected, within);
    }

    /// Accepts a number of a row, which is shown, too.
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

    /// Accepts an `f32` that is within so many ulp, the distance from one `f32` to the next.
    ///
    /// # Panics
    /// If it is not, with all that is known about why.
    #[track_caller]
    pub fn within_ulps(self, input: impl Display, got: f32, expected: f64, ulps: f64) {
        self.near(input, got, expected, ulps * number::ulp(expected));
    }

    /// Accepts numbers each of which is within a distance of the one that is expected.
    ///
    /// # Panics
    /// If there are more or fewer, or one is not, with all that is known about why.
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

    /// Accepts what equals the expected.
    ///
    /// # Panics
    /// If it does not, with all that is known about why.
    #[track_caller]
    pub fn equal<T: PartialEq + Debug>(self, input: impl Display, got: T, expected: T) {
        if got != expected {
            self.fail(input, format!("{got:?}"), format!("{expected:?}"));
        }
    }

    /// Accepts what is true.
    ///
    /// # Panics
    /// If it is not, with all that is known about why.
    #[track_caller]
    pub fn holds(self, input: impl Display, got: impl Debug, expected: &str, is: bool) {
        if !is {
            self.fail(input, format!("{got:?}"), expected.to_owned());
        }
    }

    /// What was run. A panic of Rust itself, such as an index out of bounds, is told with
    /// what is known about why; that of a `todo!` is passed on.
    ///
    /// # Panics
    /// If what is run does.
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

    /// What the lesson says of a 2 where 3 is right.
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
