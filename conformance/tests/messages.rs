//! The message of a failing law, which is enough to find the mistake without reading the suite.
//! The book shows one such message, `broken_law.txt`.

use conformance::{laws, mutants};

#[test]
fn a_failing_law_names_law_input_numbers_error_cause_and_page() {
    let mutant = mutants::all().into_iter().find(|m| m.name == "ln_of_the_whole_sum");
    let broken =
        laws::confident_rows_keep_their_tail().check(&mutant.unwrap()).unwrap_err();
    let message = broken.to_string();
    assert_eq!(message, include_str!("broken_law.txt"));
}

#[test]
fn nan_is_no_number_of_ulp_away() {
    let mutant = mutants::all().into_iter().find(|m| m.name == "nan_swallowed").unwrap();
    let message = laws::nan_is_never_hidden().check(&mutant).unwrap_err().to_string();
    assert!(message.contains("hid a NaN") && !message.contains("  error "), "{message}");
}
