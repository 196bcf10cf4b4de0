//! The one list of laws, and the macro that gives a backend its tests.

/// Makes one `#[test]` of each law for a backend, which is any expression:
/// `suite!(Scalar)`, `suite!(Batched::with_threads(3))`.
///
/// You can choose laws: `suite!(Mine => loss_is_minus_ln_p, gradient_is_p_minus_y)`. Put
/// two suites of one file into modules of their own, since tests are named after laws.
#[macro_export]
macro_rules! suite {
    // The list: if you need every law, pass one of the rules below, and it gets them in order.
    (@every $rule:ident $($backend:expr)?) => {
        $crate::suite! { @$rule $($backend)? =>
            loss_is_minus_ln_p,
            probabilities_sum_to_one,
            softmax_is_exact,
            gradient_is_p_minus_y,
            gradient_rows_sum_to_zero,
            gradient_is_the_slope_of_the_loss,
            large_logits_do_not_overflow,
            the_max_comes_from_the_row,
            rows_do_not_leak,
            masked_classes_cost_nothing,
            nan_is_never_hidden,
            infinite_logits_give_nan,
            every_magnitude_works,
            a_common_offset_changes_nothing,
            extreme_differences_stay_finite,
            rounded_differences_are_repaired,
            confident_rows_keep_their_tail,
            wrong_rows_have_no_ceiling,
            large_terms_round_nothing_away,
            small_terms_add_up,
            many_rows_add_up,
            binary_cross_entropy_is_the_two_class_case,
            results_overwrite_their_buffers,
            the_same_call_gives_the_same_bits,
            losses_add_up_to_forward,
            forward_backward_agrees_with_its_parts,
            the_mean_of_large_losses_is_finite,
            the_loss_is_linear_in_the_target,
            class_weights_scale_their_class,
            ignored_rows_are_not_read,
            the_mean_divides_by_the_kept_weights,
            weights_of_any_size_combine,
            smoothing_spreads_over_all_classes,
            smoothing_over_others_leaves_the_label_out,
            options_combine,
            every_class_count_works,
            a_row_has_the_same_bits_in_any_batch,
            onnx_cases_hold,
            golden_cases_hold,
        }
    };
    (@names => $($law:ident),+ $(,)?) => { &[$(stringify!($law)),+] };
    (@laws => $($law:ident),+ $(,)?) => { vec![$($crate::laws::$law()),+] };
    (@tests $backend:expr => $($law:ident),+ $(,)?) => {
        $(
            #[test]
            fn $law() {
                $crate::uphold(&$backend, $crate::laws::$law());
            }
        )+
    };
    ($backend:expr) => { $crate::suite! { @every tests $backend } };
    ($backend:expr => $($law:tt)+) => { $crate::suite! { @tests $backend => $($law)+ } };
}

/// The names of all laws, in the order of the list. A law's number is its place here.
pub(crate) const NAMES: &[&str] = suite!(@every names);
