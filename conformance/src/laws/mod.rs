//! The laws. Each is a function that gives a [`Law`]: its name, why it exists, the
//! mistake that most often breaks it, and the check.
//!
//! | module | what its laws are about |
//! |---|---|
//! | [`definition`] | the loss is `-ln p_y`, its gradient `p - y` |
//! | [`contract`] | rows are independent, buffers overwritten, the methods agree |
//! | [`overflow`] | the max, masks, NaN and infinities |
//! | [`offset`] | large numbers that cancel |
//! | [`tail`] | what is small beside a 1 |
//! | [`targets`] | distributions, class weights, ignored rows, reductions |
//! | [`smoothing`] | both conventions, and all options together |
//! | [`published`] | the golden cases, and those of ONNX |

//!
//! A law that is about what is computed leaves room for rounding (`roughly`), so that it
//! fails for its own reason only; those that are about exactness grant the bounds of
//! [`tolerance`](crate::tolerance) and nothing more.

pub mod contract;
pub mod definition;
pub mod offset;
pub mod overflow;
pub mod published;
pub mod smoothing;
pub mod tail;
pub mod targets;

pub use contract::*;
pub use definition::*;
pub use offset::*;
pub use overflow::*;
pub use published::*;
pub use smoothing::*;
pub use tail::*;
pub use targets::*;

use crate::law::Law;

/// Every law, in the order in which the course comes to them.
pub fn all() -> Vec<Law> {
    vec![
        loss_is_minus_ln_p(),
        binary_cross_entropy_is_the_two_class_case(),
        probabilities_sum_to_one(),
        softmax_is_exact(),
        gradient_is_p_minus_y(),
        gradient_rows_sum_to_zero(),
        gradient_is_the_slope_of_the_loss(),
        results_overwrite_their_buffers(),
        the_same_call_gives_the_same_bits(),
        losses_add_up_to_forward(),
        forward_backward_agrees_with_its_parts(),
        large_logits_do_not_overflow(),
        the_max_comes_from_the_row(),
        rows_do_not_leak(),
        masked_classes_cost_nothing(),
        nan_is_never_hidden(),
        infinite_logits_give_nan(),
        every_magnitude_works(),
        a_common_offset_changes_nothing(),
        extreme_differences_stay_finite(),
        rounded_differences_are_repaired(),
        confident_rows_keep_their_tail(),
        wrong_rows_have_no_ceiling(),
        large_terms_round_nothing_away(),
        small_terms_add_up(),
        the_loss_is_linear_in_the_target(),
        class_weights_scale_their_class(),
        ignored_rows_are_not_read(),
        the_mean_divides_by_the_kept_weights(),
        weights_of_any_size_combine(),
        the_mean_of_large_losses_is_finite(),
        many_rows_add_up(),
        smoothing_spreads_over_all_classes(),
        smoothing_over_others_leaves_the_label_out(),
        options_combine(),
        every_class_count_works(),
        onnx_cases_hold(),
        golden_cases_hold(),
    ]
}
