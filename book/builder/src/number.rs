//! Numbers of a page, each compared with the file that a program wrote, or computed here.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;
use serde_json::Value;

use crate::{data, directive};

/// Returns a page with its numbers, after each was compared, to the digits that are printed, with
/// its expression: the path of a number that a program saved, such as `facts.tail.right_20`, or
/// arithmetic with such paths, such as `100*(facts.offset.million/facts.offset.million_right-1)`.
///
/// # Errors
/// If there's no number at a path, or the expression has a different value.
pub fn fill(root: &Path, text: &str) -> Result<String> {
    let path = Regex::new(r"[a-z]\w*(\.\w+)+")?;
    directive::replace(text, "=", |arguments| {
        let (printed, expression) =
            arguments.split_once(' ').context("a number and its expression")?;
        let mut arithmetic = expression.to_owned();
        for name in path.find_iter(expression) {
            let number = saved(root, name.as_str())?;
            if name.as_str() == expression {
                return compared(printed, expression, number);
            }
            arithmetic = arithmetic.replacen(name.as_str(), &format!("({number})"), 1);
        }
        compared(printed, expression, exmex::eval_str(&arithmetic)?)
    })
}

/// Returns a number as it's printed, if it's the number of the expression.
fn compared(printed: &str, expression: &str, number: f64) -> Result<String> {
    let rounded = like(printed, number)?;
    ensure!(plain(printed) == rounded, "{expression} is {number}, printed {rounded}");
    Ok(printed.to_owned())
}

/// Returns the number at a path that begins with the name of its file, without `.json`.
fn saved(root: &Path, name: &str) -> Result<f64> {
    let (file, path) = name.split_once('.').context("a name is FILE.KEY, or longer")?;
    let json = fs::read_to_string(data(root, file))?;
    find(&serde_json::from_str(&json)?, path)
}

/// The number at a path such as `rows.0.loss`.
fn find(value: &Value, path: &str) -> Result<f64> {
    let found = value.pointer(&format!("/{}", path.replace('.', "/")));
    match found.with_context(|| format!("there is no {path}"))? {
        Value::Number(number) => number.as_f64().context("a number"),
        Value::String(special) => Ok(special.parse()?),
        _ => bail!("{path} is no number"),
    }
}

/// Without what is there for the eye: 2,000.5 and −3 are 2000.5 and -3.
fn plain(printed: &str) -> String {
    printed.replace([',', ' '], "").replace('−', "-")
}

/// A number with as many digits as the printed one, and an exponent where that has one.
fn like(printed: &str, number: f64) -> Result<String> {
    let printed = plain(printed);
    let (mantissa, exponent) = match printed.split_once('e') {
        Some((mantissa, _)) => (mantissa, true),
        None => (printed.as_str(), false),
    };
    let value: f64 =
        printed.parse().with_context(|| format!("{printed} is no number"))?;
    // A 0 is exactly 0: no number is so small that it may be called that.
    if value == 0.0 || !value.is_finite() || !number.is_finite() {
        return Ok(number.to_string());
    }
    let digits = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
    Ok(if exponent {
        format!("{number:.digits$e}")
    } else {
        format!("{number:.digits$}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_compared_to_the_digits_that_are_printed() {
        for (printed, number, same) in [
            ("0.22", 0.2159, true),
            ("0.2159", 0.215_94, true),
            ("0.2160", 0.215_94, false),
            ("2.06e-9", 2.061_153e-9, true),
            ("2,097,152", 2_097_152.0, true),
            ("−3", -3.0, true),
            ("10", 9.6, true),
            ("9", 9.6, false),
            ("0", 0.0, true),
            ("0", 5.6e-45, false),
            ("NaN", f64::NAN, true),
        ] {
            assert_eq!(
                like(printed, number).unwrap() == plain(printed),
                same,
                "{printed}"
            );
        }
        assert!(like("about 3", 3.0).is_err());
    }

    #[test]
    fn a_number_may_be_arithmetic() {
        let filled = |text| fill(&crate::root(), text);
        assert_eq!(filled("{{= 0.6931 ln(2)}} nats").unwrap(), "0.6931 nats");
        let with_paths =
            "{{= 2 (facts.contract.laws+facts.contract.laws)/facts.contract.laws}}";
        assert_eq!(filled(with_paths).unwrap(), "2");
        for wrong in ["{{= 0.6932 ln(2)}}", "{{= 1 2*facts.no.such}}", "{{= 1 2*}}"] {
            assert!(filled(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_path_leads_into_arrays_too() {
        let value: Value = serde_json::from_str(r#"{"a": [{"b": 1.5}, "inf"]}"#).unwrap();
        assert_eq!(find(&value, "a.0.b").unwrap(), 1.5);
        assert_eq!(find(&value, "a.1").unwrap(), f64::INFINITY);
        assert!(find(&value, "a.2").is_err());
        assert!(find(&value, "a").is_err());
    }
}
