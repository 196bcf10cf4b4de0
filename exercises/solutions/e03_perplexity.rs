//! e03, how far a model is from the truth. What to do stands at the top of
//! tests/e03_perplexity.rs.

/// What a model with the probabilities `p` pays on average where class k comes up with the
/// weight `a_k`: `sum_k a_k (-ln p_k)`, in nats, from 0 to infinity. Both have C numbers.
pub fn cross_entropy(a: &[f64], p: &[f64]) -> f64 {
    // gap: todo!("what the probabilities {p:?} pay under the weights {a:?}")
    // A class without weight is left out: its price may be infinite, and 0 times that is NaN.
    let pairs = a.iter().zip(p).filter(|(a_k, _)| **a_k > 0.0);
    pairs.map(|(a_k, p_k)| -a_k * p_k.ln()).sum()
    // end of gap
}

/// What has to be paid even by a model that knows `a`: from 0, where one class has all the
/// weight, to `ln C`, where all classes have the same.
pub fn entropy(a: &[f64]) -> f64 {
    // gap: todo!("what the weights {a:?} cost who knows them")
    cross_entropy(a, a)
    // end of gap
}

/// What the model `p` pays in excess of the entropy of `a`: 0 if it is `a`, else more.
pub fn kl(a: &[f64], p: &[f64]) -> f64 {
    // gap: todo!("what the probabilities {p:?} pay too much under the weights {a:?}")
    cross_entropy(a, p) - entropy(a)
    // end of gap
}

/// Among how many equally likely classes the model `p` is undecided: from 1 to infinity.
pub fn perplexity(a: &[f64], p: &[f64]) -> f64 {
    // gap: todo!("the perplexity of the probabilities {p:?} under the weights {a:?}")
    // Undecided among C classes, it pays ln C: the exponential gives back C.
    cross_entropy(a, p).exp()
    // end of gap
}
