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
fn a_wrong_number_gives_itself_away() {
    for (mutant, law, symptom) in [
        (
            "gradient_not_averaged",
            "gradient_is_the_slope_of_the_loss",
            "4 times too large",
        ),
        ("bits_for_nats", "loss_is_minus_ln_p", "bits instead of nats"),
        ("zero_times_infinity", "masked_classes_cost_nothing", "NaN: infinity over"),
        ("nan_swallowed", "nan_is_never_hidden", "hid a NaN"),
        ("difference_overflows", "extreme_differences_stay_finite", "overflowed"),
    ] {
        let mutant = mutants::all().into_iter().find(|m| m.name == mutant).unwrap();
        let law = laws::all().into_iter().find(|l| l.name == law).unwrap();
        let message = law.check(&mutant).unwrap_err().to_string();
        assert!(message.contains(symptom), "{symptom}\n is not in\n{message}");
        // NaN and infinity are no number of ulp away.
        let is_finite = !symptom.contains("NaN") && symptom != "overflowed";
        assert_eq!(message.contains("  error "), is_finite, "{message}");
    }
}
