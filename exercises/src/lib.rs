//! What checks say when an answer is wrong.
//!
//! The exercises are the files beside this one, each edited by itself and compiled only into
//! its own check; nothing has to be changed here. `cargo learn` says what to do first.
#![forbid(unsafe_code)]

mod number;

use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use conformance::chapter::Chapter;
pub use number::Number;

/// What is known about an answer before it is seen: the mistake that is likely if it is
/// wrong, and the chapter that explains it.
///
/// ```
/// use exercises::lesson;
///
/// let sum = lesson(1, "the sum starts at 1");
/// sum.near("1 + 2", 3.0, 3.0, 0.0);
/// sum.equal("the empty sum", 0, 0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    chapter: u8,
    likely: &'static str,
}

/// A lesson of a chapter.
pub fn lesson(chapter: u8, likely: &'static str) -> Lesson {
    Lesson { chapter, likely }
}

impl Lesson {
    /// Accepts a number that is within a distance of the expected one; NaN where NaN is
    /// expected, and an infinity where that is.
    ///
    /// # Panics
    /// If it is not, with all that is known about why.
    #[track_caller]
    pub fn near(self, input: impl Display, got: impl Number, expected: f64, within: f64) {
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
            self.fail(input, got, format!("{expected}, {within}{error}"));
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
        got: &[impl Number],
        expected: &[f64],
        within: f64,
    ) {
        self.equal(format!("{input}: how many numbers"), got.len(), expected.len());
        for (k, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            self.near(format!("{input}: number {k}"), got, expected, within);
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
        let Lesson { chapter, likely } = self;
        let read = Chapter::numbered(chapter).map_or(String::new(), |c| c.to_string());
        panic!(
            "wrong for {input}\n\n  got       {got}\n  expected  {expected}\
             \n  likely    {likely}\n  read      {read}\n"
        );
    }
}
