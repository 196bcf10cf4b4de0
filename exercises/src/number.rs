//! The numbers that answers are made of.

use std::fmt::Debug;

/// A number that an answer returns, `f32` or `f64`.
pub trait Number: Copy + Debug {
    /// Returns the number exactly.
    fn value(self) -> f64;
    /// Returns the distance from the exact value, in steps from one `f32` to the next, or `None`
    /// for an `f64`, which has finer steps.
    fn ulps(self, exact: f64) -> Option<f64>;
}

impl Number for f32 {
    fn value(self) -> f64 {
        f64::from(self)
    }

    fn ulps(self, exact: f64) -> Option<f64> {
        Some((self.value() - exact).abs() / ulp(exact))
    }
}

impl Number for f64 {
    fn value(self) -> f64 {
        self
    }

    fn ulps(self, _: f64) -> Option<f64> {
        None
    }
}

/// Returns the distance from an `f32` to the next.
pub(crate) fn ulp(x: f64) -> f64 {
    let nearest = (x.abs() as f32).min(f32::MAX.next_down());
    f64::from(nearest.next_up()) - f64::from(nearest)
}

/// Returns enough digits to tell any two `f32` apart, with an exponent if that's shorter.
pub(crate) fn digits(x: f64) -> String {
    if x == 0.0 {
        // We drop the sign of a zero.
        "0".to_owned()
    } else if (1e-4..1e7).contains(&x.abs()) {
        let digits = format!("{x:.10}");
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{x:.8e}")
    }
}

/// The number of numbers that we show of a row.
const MAX_SHOWN: usize = 8;

/// Returns the text for the row of a number: its first numbers, or nothing if the row has only
/// one.
pub(crate) fn beginning(row: &[impl Number]) -> String {
    if row.len() == 1 {
        return String::new();
    }
    let shown: Vec<_> = row.iter().take(MAX_SHOWN).map(|x| digits(x.value())).collect();
    let dots = if row.len() > MAX_SHOWN { ", ..." } else { "" };
    format!(" in [{}{dots}]", shown.join(", "))
}

/// Returns two numbers with enough digits to see that they differ.
pub(crate) fn told_apart(one: f64, other: f64) -> (String, String) {
    let short = (digits(one), digits(other));
    if short.0 == short.1 { (format!("{one:e}"), format!("{other:e}")) } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ulp_is_the_distance_to_the_next() {
        assert_eq!(ulp(1.0), f64::from(f32::EPSILON));
        assert_eq!(ulp(-4.0), 4.0 * f64::from(f32::EPSILON));
        assert_eq!(ulp(0.0), f64::from(f32::from_bits(1)));
        assert_eq!((1.0_f32 + f32::EPSILON).ulps(1.0), Some(1.0));
        assert!(ulp(1e300).is_finite());
    }

    #[test]
    fn numbers_are_shown_as_short_as_they_are() {
        assert_eq!(digits(0.5), "0.5");
        assert_eq!(digits(0.0), "0");
        assert_eq!(digits(-3.0), "-3");
        assert_eq!(digits(2.0612e-9), "2.06120000e-9");
        assert_eq!(digits(f64::NAN), "NaN");
        let (one, other) = told_apart(1.0, 1.0 + f64::EPSILON);
        assert_ne!(one, other);
        assert_eq!(beginning(&[0.5]), "");
        assert_eq!(beginning(&[0.5, 2.0]), " in [0.5, 2]");
        assert!(beginning(&[0.5; 9]).ends_with("0.5, ...]"));
    }
}
