//! Targets: what a caller gives for a batch, and what becomes of it for a row, where every
//! option of the loss ends up.

/// What the rows are compared with: a label each, or a distribution each.
///
/// Made from a slice, a vector or an array of `usize` or `f32`.
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

    /// The sum `A` of the target weights over all classes: 1 for a plain label.
    pub fn total(&self) -> f64 {
        match self.given {
            Given::Label(label) => self.weight(label) + self.total_but(label),
            Given::Distribution(_) => (0..self.classes).map(|k| self.weight(k)).sum(),
        }
    }

    /// The sum of the target weights over all classes but `k`, which is below the number of
    /// classes. Where that class has most of the weight, `total() - weight(k)` would cancel.
    pub fn total_but(&self, k: usize) -> f64 {
        match self.given {
            Given::Label(label) if k == label => {
                self.spread * self.class_weights_but(k, k)
            }
            Given::Label(label) => {
                self.weight(label) + self.spread * self.class_weights_but(k, label)
            }
            Given::Distribution(_) => {
                (0..self.classes).filter(|&j| j != k).map(|j| self.weight(j)).sum()
            }
        }
    }

    /// The sum of the class weights over all classes but two, which may be the same one.
    fn class_weights_but(&self, k: usize, l: usize) -> f64 {
        let of_both =
            self.class_weight(k) + if k == l { 0.0 } else { self.class_weight(l) };
        if 2.0 * of_both > self.class_weight_sum {
            // The difference would cancel.
            let others = (0..self.classes).filter(|&j| j != k && j != l);
            others.map(|j| self.class_weight(j)).sum()
        } else {
            self.class_weight_sum - of_both
        }
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
