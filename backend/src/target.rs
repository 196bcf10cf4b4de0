//! Targets: what a caller gives for a batch, and what becomes of it for a row, where every
//! option of the loss ends up.

/// What the rows are compared with: a label each, or a distribution each.
///
/// Made from a slice, a vector or an array of `usize` or `f32`. If your labels are signed,
/// [`labels_from_signed`](crate::labels_from_signed) converts them.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// One class index a row.
    Labels(&'a [usize]),
    /// One weight a logit, row-major.
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
/// All options of [`CrossEntropy`](crate::CrossEntropy) are in this one line:
///
/// ```text
/// a_k = w_k (keep q_k + spread)
/// ```
///
/// `q` is the one-hot row of the label or the distribution that was given, `keep` and
/// `spread` are the smoothing (1 and 0 without it), `w` are the class weights (1 without
/// them). The weights are computed in `f64`, so that no option costs a bit of the result.
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
/// The plain difference `A - a_k` cancels where class k has almost all of the weight: for
/// the weights 1 and 1e-20 it is 0, because the sum was rounded to 1. So each addition
/// keeps what its rounding loses (the two-sum of Knuth, *The Art of Computer Programming*,
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

/// What the caller gave for the row.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given<'a> {
    Label(usize),
    Distribution(&'a [f32]),
}

impl Target<'_> {
    /// The target weight `a_k` of the class `k`, which is below the number of classes.
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

    /// How much of what was given is kept: 1 without smoothing.
    #[inline]
    pub fn keep(&self) -> f64 {
        self.keep
    }

    /// What every class gets besides: 0 without smoothing.
    #[inline]
    pub fn spread(&self) -> f64 {
        self.spread
    }

    /// The class weight `w_k`: 1 without class weights.
    #[inline]
    pub fn class_weight(&self, k: usize) -> f64 {
        self.class_weights.map_or(1.0, |weights| f64::from(weights[k]))
    }

    /// The class weights, where there are any.
    #[inline]
    pub fn class_weights(&self) -> Option<&[f32]> {
        self.class_weights
    }

    /// The distribution `q`, where the target was given as one.
    #[inline]
    pub fn distribution(&self) -> Option<&[f32]> {
        match self.given {
            Given::Label(_) => None,
            Given::Distribution(q) => Some(q),
        }
    }

    /// The label, where the target was given as one.
    #[inline]
    pub fn label(&self) -> Option<usize> {
        match self.given {
            Given::Label(label) => Some(label),
            Given::Distribution(_) => None,
        }
    }

    /// Returns the label and its target weight if the target is a label, and smoothing gives
    /// no other class a weight.
    #[inline]
    pub fn only_label(&self) -> Option<(usize, f64)> {
        match self.given {
            Given::Label(label) if self.spread == 0.0 => {
                Some((label, self.weight(label)))
            }
            _ => None,
        }
    }

    /// Whether the row counts as ignored: every target weight is 0, or the distribution
    /// is a row of zeros, which smoothing does not bring back.
    #[inline]
    pub(crate) fn is_zero(&self) -> bool {
        let all_zero = || (0..self.classes).all(|k| self.weight(k) == 0.0);
        match self.given {
            Given::Label(label) if self.spread == 0.0 => self.weight(label) == 0.0,
            Given::Label(_) => all_zero(),
            // Asked of every row, so sixteen at a time: the bits of 0 are 0, but for the sign.
            Given::Distribution(q) => {
                let any_bit = |q: &[f32]| q.iter().fold(0, |bits, q| bits | q.to_bits());
                let given_nothing = q.chunks(16).all(|q| any_bit(q) << 1 == 0);
                let plain = self.spread == 0.0 && self.class_weights.is_none();
                given_nothing || !plain && all_zero()
            }
        }
    }
}
