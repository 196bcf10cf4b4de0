//! The right results: the one formula in `f64`, by way of log-probabilities.
//!
//! The oracle shares no arithmetic with any backend, and takes a different path from the
//! stages: it computes `ln p_k` first, then probabilities by `exp` and `1 - p_k` by
//! `exp_m1`, both without cancellation. Like every backend, it takes the target weights
//! from the contract, whose own tests check them by hand. We test the oracle against
//! numbers computed with 50 digits and results by hand, and its gradient against finite
//! differences of its loss. Relative to the sizes of a result's terms, its error is below
//! 1e-12.

use backend::{Batch, Row};

use crate::tolerance::Exact;

/// The results of a batch, each with its tolerance.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The loss of each row.
    pub losses: Vec<Exact>,
    /// The reduced loss.
    pub forward: Exact,
    /// The gradient of the reduced loss, row-major.
    pub grad: Vec<Exact>,
}

impl Expected {
    /// Returns the results with the tolerances of a law that isn't about exactness.
    pub(crate) fn roughly(self) -> Self {
        let roughly =
            |results: Vec<Exact>| results.into_iter().map(Exact::roughly).collect();
        Expected {
            losses: roughly(self.losses),
            forward: self.forward.roughly(),
            grad: roughly(self.grad),
        }
    }
}

/// Returns the exact results of a batch.
pub fn expected(batch: &Batch<'_>) -> Expected {
    let (classes, divisor) = (batch.classes(), batch.divisor());
    let mut losses = Vec::with_capacity(batch.rows());
    let mut grad = Vec::with_capacity(batch.rows() * classes);
    let mut sum = Sum::default();
    let mut terms = Sum::default();
    let mut only_labels = true;
    for row in batch.iter() {
        let Some(row) = row else {
            losses.push(Exact { value: 0.0, tolerance: 0.0 });
            grad.resize(grad.len() + classes, Exact { value: 0.0, tolerance: 0.0 });
            continue;
        };
        let row = RowResult::new(&row);
        losses.push(of_loss(row.single, row.loss, row.loss_terms, classes));
        grad.extend(row.grad.iter().map(|entry| entry.over(divisor)));
        sum.add(row.loss);
        terms.add(row.loss_terms);
        only_labels &= row.single;
    }
    let (value, terms) = (sum.total() / divisor, terms.total() / divisor);
    // The sum of losses of one sign has the relative error of its terms. But a negative
    // weight makes a loss negative. Then losses cancel, while the errors of their f32
    // exponentials don't, and only the sizes of the losses bound the sum.
    let one_sign = value.abs() == terms;
    let forward = of_loss(only_labels && one_sign, value, terms, classes);
    Expected { losses, forward, grad }
}

fn of_loss(single: bool, value: f64, terms: f64, exponentials: usize) -> Exact {
    if single {
        Exact::of_label(value, exponentials)
    } else {
        Exact::of_weighted_loss(value, terms, exponentials)
    }
}

/// Returns `ln p_k` for each class of a row, or NaN for each if the max isn't finite.
pub fn log_probabilities(z: &[f32]) -> Vec<f64> {
    // `total_cmp` puts NaN at one end or the other, so we look for NaN by name.
    let top = z.iter().copied().max_by(f32::total_cmp).unwrap_or(f32::NAN);
    if !top.is_finite() || z.iter().any(|z_k| z_k.is_nan()) {
        return vec![f64::NAN; z.len()];
    }
    let below_top: Vec<f64> =
        z.iter().map(|&z_k| f64::from(z_k) - f64::from(top)).collect();
    let mut rest = Sum::default();
    for distance in below_top.iter().filter(|&&distance| distance < 0.0) {
        rest.add(distance.exp());
    }
    let at_top = below_top.iter().filter(|&&distance| distance == 0.0).count();
    rest.add((at_top - 1) as f64);
    let log_norm = rest.total().ln_1p();
    below_top.iter().map(|distance| distance - log_norm).collect()
}

struct RowResult {
    /// Marks a row in which only one class has a weight, as with a label.
    single: bool,
    loss: f64,
    loss_terms: f64,
    grad: Vec<GradEntry>,
}

/// An entry of a row's gradient, `p_k (A - a_k) - a_k (1 - p_k)`.
struct GradEntry {
    value: f64,
    /// The size of the entry's terms: `p_k sum_(j != k) |a_j| + |a_k| (1 - p_k)`.
    terms: f64,
    /// The number of exponentials: with a label, only 1 - p at the max is made of all.
    exponentials: usize,
    bound: Bound,
}

/// The bound on the error of an entry.
#[derive(Clone, Copy)]
enum Bound {
    /// The class has all the weight.
    Label,
    /// A different class has all the weight.
    Probability,
    /// Several classes have weights.
    Weighted,
}

impl GradEntry {
    fn over(&self, divisor: f64) -> Exact {
        let (value, terms) = (self.value / divisor, self.terms / divisor);
        match self.bound {
            Bound::Label => Exact::of_label(value, self.exponentials),
            Bound::Probability => Exact::of_probability(value, self.exponentials),
            Bound::Weighted => {
                Exact::of_weighted_gradient(value, terms, self.exponentials)
            }
        }
    }
}

impl RowResult {
    fn new(row: &Row<'_>) -> Self {
        let classes = row.logits().len();
        let log_p = log_probabilities(row.logits());
        let a: Vec<f64> = (0..classes).map(|k| row.target().weight(k)).collect();
        let (mut loss, mut loss_terms) = (Sum::default(), Sum::default());
        let (mut total, mut sizes) = (Sum::default(), Sum::default());
        for (a, log_p) in a.iter().zip(&log_p).filter(|(a, _)| **a != 0.0) {
            loss.add(-a * log_p);
            loss_terms.add((a * log_p).abs());
            total.add(*a);
            sizes.add(a.abs());
        }
        let single = a.iter().filter(|a| **a != 0.0).count() == 1;
        let top = log_p.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let entry = |(&a, &log_p): (&f64, &f64)| {
            let (p, minus_others) = (log_p.exp(), log_p.exp_m1());
            GradEntry {
                value: p * total.without(a) + a * minus_others,
                terms: p * sizes.without(a.abs()) - a.abs() * minus_others,
                exponentials: if single && log_p != top { 1 } else { classes },
                bound: match (single, a == 0.0) {
                    (true, false) => Bound::Label,
                    (true, true) => Bound::Probability,
                    (false, _) => Bound::Weighted,
                },
            }
        };
        RowResult {
            single,
            loss: loss.total(),
            loss_terms: loss_terms.total(),
            grad: a.iter().zip(&log_p).map(entry).collect(),
        }
    }
}

/// A compensated sum (Neumaier 1974): a million terms lose no more than a few do.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        let (large, small) =
            if self.sum.abs() >= x.abs() { (self.sum, x) } else { (x, self.sum) };
        // An infinity loses nothing, and inf - inf would be NaN.
        if sum.is_finite() {
            self.lost += (large - sum) + small;
        }
        self.sum = sum;
    }

    fn total(self) -> f64 {
        self.sum + self.lost
    }

    /// Returns the total minus one of its terms, even if that term is almost all of it.
    fn without(self, term: f64) -> f64 {
        (self.sum - term) + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn a_sum_keeps_what_a_large_term_swallows() {
        let mut sum = Sum::default();
        for term in [1.0, 1e100, 1.0, -1e100] {
            sum.add(term);
        }
        assert_eq!(sum.total(), 2.0);
    }
}
