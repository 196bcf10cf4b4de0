//! e03, how far from the truth. Your task is at the top of tests/e03_perplexity.rs.

/// Returns the average price of a model with the probabilities `p`, if class k comes up with the
/// weight `a_k`: `sum_k a_k (-ln p_k)`, in nats, from 0 to infinity. Both slices have C numbers.
///
/// If two classes come up equally often and the model gives them 1/8 and 7/8, it pays
/// `(ln 8 + ln 8/7) / 2`, which is 1.106.
pub fn cross_entropy(a: &[f64], p: &[f64]) -> f64 {
    todo!("the cross-entropy of the probabilities {p:?} under the weights {a:?}")
}

/// Returns the price that even a model which knows `a` has to pay: from 0, if one class has all
/// the weight, to `ln C`, if all classes have the same weight.
pub fn entropy(a: &[f64]) -> f64 {
    todo!("the entropy of the weights {a:?}")
}

/// Returns how much more than the entropy of `a` the model `p` pays: 0 if `p` equals `a`, and
/// more otherwise.
pub fn kl(a: &[f64], p: &[f64]) -> f64 {
    todo!("the KL divergence of the probabilities {p:?} from the weights {a:?}")
}

/// Returns the number of equally likely classes among which the model `p` seems to be
/// undecided: from 1 to infinity.
pub fn perplexity(a: &[f64], p: &[f64]) -> f64 {
    todo!("the perplexity of the probabilities {p:?} under the weights {a:?}")
}
