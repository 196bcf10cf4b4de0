//! A law, and the message of a broken law.

use std::fmt;

use backend::Backend;

use crate::case::Case;
use crate::suite::NAMES;
use crate::tolerance::{Exact, ulps_between};

/// A statement that must hold for every backend.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// The statement, as the name of its test.
    pub name: &'static str,
    /// The reason for the law: the trouble that it prevents.
    pub reason: &'static str,
    /// The mistake that most often breaks the law, and its remedy.
    pub likely: &'static str,
    /// The page of the book that explains the law, as a path from the root of the
    /// repository: `book/src/tail.md`.
    pub page: &'static str,
    pub(crate) check: fn(&dyn Backend) -> Verdict,
}

/// The result of a check: nothing, or the first wrong result.
pub(crate) type Verdict = Result<(), Box<Finding>>;

impl Law {
    /// Checks whether the law holds for a backend.
    ///
    /// # Errors
    /// The first case that breaks the law.
    pub fn check(&self, backend: &dyn Backend) -> Result<(), Box<Broken>> {
        (self.check)(backend).map_err(|finding| {
            let backend = backend.name().to_owned();
            Box::new(Broken { law: *self, backend, finding: *finding })
        })
    }
}

/// A wrong result.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The input, in words and numbers.
    pub input: String,
    /// The name of the result: `forward`, `grad[0][2]`.
    pub result: String,
    /// The number that the backend returned.
    pub got: f32,
    /// The right number, and the tolerance around it.
    pub expected: Exact,
    rows: usize,
}

impl Finding {
    /// Accepts a result, or returns it as a finding.
    pub(crate) fn judge(
        case: &Case,
        result: impl FnOnce() -> String,
        got: f32,
        expected: Exact,
    ) -> Verdict {
        if expected.accepts(got) {
            return Ok(());
        }
        let (input, result, rows) = (case.to_string(), result(), case.rows());
        Err(Box::new(Finding { input, result, got, expected, rows }))
    }

    /// Returns the symptom that the wrong number itself gives away.
    fn symptom(&self) -> Option<String> {
        let (got, expected) = (f64::from(self.got), self.expected.value);
        let is = |factor: f64| (got - factor * expected).abs() <= 1e-5 * got.abs();
        let rows = self.rows as f64;
        if got.is_nan() {
            Some(
                "NaN: infinity over infinity, infinity minus infinity, or 0 times infinity"
                    .into(),
            )
        } else if expected.is_nan() {
            Some(
                "a plausible number instead of NaN: something hid a NaN or an infinity"
                    .into(),
            )
        } else if got.is_infinite() {
            Some("an exponential or a difference overflowed, or a logarithm met 0".into())
        } else if got == 0.0 {
            Some("exactly 0: a small number met a large one, or was never added".into())
        } else if is(-1.0) {
            Some("the sign is wrong".into())
        } else if self.rows > 1 && is(rows) {
            Some(format!(
                "{rows} times too large, the number of rows: did you divide by it?"
            ))
        } else if self.rows > 1 && is(1.0 / rows) {
            Some(format!(
                "{rows} times too small, the number of rows: did you divide by it twice?"
            ))
        } else if is(std::f64::consts::LOG2_E) {
            Some("1 / ln 2 times too large: bits instead of nats".into())
        } else if ulps_between(self.got, expected) < 100.0 {
            Some("a few ulp: a number is rounded once too often".into())
        } else {
            None
        }
    }
}

/// A law that doesn't hold, with all we know about the reason. Its `Display` is the
/// message that a failing test prints.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The law.
    pub law: Law,
    /// The name of the backend that breaks the law.
    pub backend: String,
    /// The result that breaks the law.
    pub finding: Finding,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { law, backend, finding } = self;
        let Exact { value, tolerance } = finding.expected;
        let result = &finding.result;
        let ulps = ulps_between(finding.got, value);
        let place = NAMES.iter().position(|name| *name == law.name);
        let number_of_law = place.map_or(0, |place| place + 1);
        let name = law.name;
        writeln!(f, "law {number_of_law}, `{name}`, does not hold for `{backend}`")?;
        writeln!(f)?;
        writeln!(f, "  why       {}", law.reason)?;
        writeln!(f, "  input     {}", finding.input)?;
        writeln!(f, "  got       {result} = {}", number(f64::from(finding.got)))?;
        let exact = number(value);
        writeln!(f, "  expected  {result} = {exact}, within {tolerance:.1e}")?;
        if value != 0.0 && ulps.is_finite() {
            writeln!(f, "  error     {ulps:.3e} ulp")?;
        }
        if let Some(symptom) = finding.symptom() {
            writeln!(f, "  symptom   {symptom}")?;
        }
        writeln!(f, "  likely    {}", law.likely)?;
        writeln!(f, "  read      {}", law.page)
    }
}

impl std::error::Error for Broken {}

/// Formats nine digits, which tell any two `f32` apart, and an exponent if it isn't 0.
fn number(x: f64) -> String {
    let (mantissa, exponent) = match format!("{x:.8e}").split_once('e') {
        Some((mantissa, exponent)) => (mantissa.to_owned(), exponent.to_owned()),
        None => return x.to_string(),
    };
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match exponent.as_str() {
        "0" => mantissa.to_owned(),
        _ => format!("{mantissa}e{exponent}"),
    }
}

/// Checks a law in a test.
///
/// # Panics
/// If the law doesn't hold, with the message of [`Broken`].
#[track_caller]
pub fn uphold(backend: &dyn Backend, law: Law) {
    if let Err(broken) = law.check(backend) {
        panic!("{broken}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_number_gives_itself_away() {
        for (got, value, rows, symptom) in [
            (f32::NAN, 2.0, 4, "NaN: infinity over"),
            (2.0, f64::NAN, 4, "hid a NaN"),
            (f32::INFINITY, 2.0, 4, "overflowed"),
            (0.0, 2.0, 4, "exactly 0"),
            (-2.0, 2.0, 4, "the sign"),
            (8.0, 2.0, 4, "4 times too large"),
            (0.5, 2.0, 4, "4 times too small"),
            (2.885_39, 2.0, 4, "bits"),
            (2.000_001, 2.0, 1, "a few ulp"),
        ] {
            let expected = Exact { value, tolerance: 1e-7 };
            let (input, result) = (String::new(), String::new());
            let finding = Finding { input, result, got, expected, rows };
            let found = finding.symptom().unwrap_or_default();
            assert!(found.contains(symptom), "{got} for {value}: {found}");
        }
        let expected = Exact { value: 2.0, tolerance: 1e-7 };
        let (input, result) = (String::new(), String::new());
        let finding = Finding { input, result, got: 2.0001, expected, rows: 4 };
        assert_eq!(finding.symptom(), None);
    }
}
