//! The targets of a batch, as a caller gives them, and the target of a row, where every
//! option of the loss ends up.

/// The targets of a batch: one label per row, or one distribution per row.
///
/// You make them from a slice, a vector or an array of `usize` or `f32`. If your labels
/// are signed, [`labels_from_signed`](crate::labels_from_signed) converts them.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// One class index per row.
    Labels(&'a [usize]),
    /// One weight per logit, row-major.
    Distributions(&'a [f32]),
}

impl<'a> From<&'a [usize]> for Targets<'a> {
    fn from(labels: &'a [usize]) -> Self {
        Targets::Labels(labels)
    }
}

impl<'a> From<&'a Vec<usize>> for Targets<'a> {
    fn from(labels: &'a Vec<usize>) -> Self {
        Targets::Labels(labels)
    }
}

impl<'a, const N: usize> From<&'a [usize; N]> for Targets<'a> {
    fn from(labels: &'a [usize; N]) -> Self {
        Targets::Labels(labels)
    }
}

impl<'a> From<&'a [f32]> for Targets<'a> {
    fn from(distributions: &'a [f32]) -> Self {
        Targets::Distributions(distributions)
    }
}

impl<'a> From<&'a Vec<f32>> for Targets<'a> {
    fn from(distributions: &'a Vec<f32>) -> Self {
        Targets::Distributions(distributions)
    }
}

impl<'a, const N: usize> From<&'a [f32; N]> for Targets<'a> {
    fn from(distributions: &'a [f32; N]) -> Self {
        Targets::Distributions(distributions)
    }
}

/// The target weights `a` of one row.
///
/// This one line holds all options of [`CrossEntropy`](crate::CrossEntropy):
///
/// ```text
/// a_k = w_k (keep q_k + spread)
/// ```
///
/// Here, `q` is the one-hot row of the label, or the distribution; `keep` and `spread`
/// are the smoothing, 1 and 0 by default; `w` are the class weights, 1 by default. We
/// compute the target weights in `f64`, so that no option costs a bit of the result.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub(crate) given: Given<'a>,
    pub(crate) classes: usize,
    pub(crate) keep: f64,
    pub(crate) spread: f64,
    pub(crate) class_weights: Option<&'a [f32]>,
    pub(crate) class_weight_sum: f64,
}

/// The sum `A` of a row's target weights, from which one class can be left out.
///
/// The plain difference `A - a_k` cancels if class k has almost all of the weight: for
/// the weights 1 and 1e-20, it's 0, because the sum was rounded to 1. So each addition
/// keeps its rounding error (the two-sum of Knuth, *The Art of Computer Programming*,
/// volume 2, 4.2.2), and [`Total::without`] puts it back after the subtraction.
///
/// ```
/// use backend::Batch;
///
/// let batch = Batch::new(&[0.0; 3], &[1.0, 1e-20, 0.0], 3)?;
/// let total = batch.row(0).expect("the row has weights").target().total();
/// assert_eq!(total.value(), 1.0);
/// assert_eq!(total.without(1.0) as f32, 1e-20);
/// # Ok::<(), backend::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Total {
    rounded: f64,
    lost: f64,
}

impl Total {
    fn add(&mut self, a: f64) {
        let sum = self.rounded + a;
        let added = sum - self.rounded;
        self.lost += (self.rounded - (sum - added)) + (a - added);
        self.rounded = sum;
    }

    /// Returns the sum `A`.
    pub fn value(&self) -> f64 {
        self.without(0.0)
    }

    /// Returns the sum of all target weights except `a_k`, which has to be one of them.
    pub fn without(&self, a_k: f64) -> f64 {
        let others = self.rounded - a_k;
        // With an infinite weight, `lost` is NaN, and the infinity is the answer.
        if others.is_finite() { others + self.lost } else { others }
    }
}

/// The target of a row, as the caller gave it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Label(usize),
    Distribution(&'a [f32]),
}

impl Target<'_> {
    /// Returns the target weight `a_k` of the class `k`, which is below the number of classes.
    // ANCHOR: weight
    #[inline]
    pub fn weight(&self, k: usize) -> f64 {
        let q = match self.given {
            Given::Label(label) => f64::from(u8::from(k == label)),
            Given::Distribution(q) => f64::from(q[k]),
        };
        self.class_weight(k) * (self.keep * q + self.spread)
    }
    // ANCHOR_END: weight

    /// Sums the target weights over all classes: 1 for a plain label.
    pub fn total(&self) -> Total {
        let mut total = Total { rounded: 0.0, lost: 0.0 };
        match self.given {
            // All other classes have the same weight.
            Given::Label(label) if self.spread == 0.0 || self.class_weights.is_none() => {
                total.add(self.weight(label));
                total.add((self.classes - 1) as f64 * self.spread);
            }
            _ => (0..self.classes).for_each(|k| total.add(self.weight(k))),
        }
        total
    }

    /// Returns the sum of the class weights over all classes: C without class weights.
    #[inline]
    pub fn class_weight_sum(&self) -> f64 {
        self.class_weight_sum
    }

    /// Returns `keep`, the factor of `q`: 1 without smoothing.
    #[inline]
    pub fn keep(&self) -> f64 {
        self.keep
    }

    /// Returns `spread`, the share that every class gets: 0 without smoothing.
    #[inline]
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// Returns the class weight `w_k`: 1 without class weights.
    #[inline]
    pub fn class_weight(&self, k: usize) -> f64 {
        self.class_weights.map_or(1.0, |weights| f64::from(weights[k]))
    }

    /// Returns the class weights, or `None` if there are none.
    #[inline]
    pub fn class_weights(&self) -> Option<&[f32]> {
        self.class_weights
    }

    /// Returns the distribution `q`, or `None` if the target is a label.
    #[inline]
    pub fn distribution(&self) -> Option<&[f32]> {
        match self.given {
            Given::Label(_) => None,
            Given::Distribution(q) => Some(q),
        }
    }

    /// Returns the label, or `None` if the target is a distribution.
    #[inline]
    pub fn label(&self) -> Option<usize> {
        match self.given {
            Given::Label(label) => Some(label),
            Given::Distribution(_) => None,
        }
    }

    /// Returns the label and its target weight if the target is a label and smoothing
    /// gives no other class a weight.
    #[inline]
    pub fn only_label(&self) -> Option<(usize, f64)> {
        match self.given {
            Given::Label(label) if self.spread == 0.0 => {
                Some((label, self.weight(label)))
            }
            _ => None,
        }
    }

    /// Returns whether the row is ignored: every target weight is 0, or the distribution
    /// is a row of zeros, which smoothing doesn't bring back.
    #[inline]
    pub(crate) fn is_zero(self) -> bool {
        match self.given {
            Given::Label(label) => {
                self.weight(label) == 0.0 && (self.spread == 0.0 || self.is_all_zero())
            }
            // Every row asks this, so we test 16 at a time: 0 has no bits except its sign.
            Given::Distribution(q) => {
                let any_bit = |q: &[f32]| q.iter().fold(0, |bits, q| bits | q.to_bits());
                let given_nothing = q.chunks(16).all(|q| any_bit(q) << 1 == 0);
                let plain = self.spread == 0.0 && self.class_weights.is_none();
                given_nothing || !plain && self.is_all_zero()
            }
        }
    }

    /// Returns whether every target weight is 0.
    #[inline(never)]
    fn is_all_zero(self) -> bool {
        (0..self.classes).all(|k| self.weight(k) == 0.0)
    }
}
