//! What the target weights of a row come to: one pass over the row and its weights.

use crate::cross_entropy::HEAVY;
use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, add, filled_up, larger, sum};
use crate::weights::Mixed;

/// What the target weights of a row come to, without what a label has on top.
pub(crate) struct Tally {
    /// `sum_k a_k (max - z_k)`.
    pub(crate) distance: f64,
    /// `sum_k a_k` of a distribution, and how many of its classes have a weight.
    pub(crate) total: f64,
    pub(crate) count: u32,
    /// The smallest logit of all.
    pub(crate) lowest: f32,
}

/// The most that a distribution gives to a class, for its weight to be computed in `f32`.
const MOST: f32 = 2.0;

/// Sixteen classes: their logits, class weights, and what the distribution gives them.
pub(crate) type Classes = ([f32; LANES], [f32; LANES], [f32; LANES]);

impl<const WEIGHTS: bool, const DISTRIBUTION: bool> Mixed<'_, WEIGHTS, DISTRIBUTION> {
    /// Goes over the row and its weights once.
    #[inline(always)]
    pub(crate) fn tally<const FMA: bool>(&self, max: f32) -> Option<Tally> {
        let (mut distance, mut total) = ([0.0; LANES], [0.0; LANES]);
        let mut sums = Sums::new(max);
        let vectors = self.z.len() / LANES;
        for start in (0..vectors).step_by(BLOCK) {
            for i in start..vectors.min(start + BLOCK) {
                sums.add::<FMA, _, _>(self, self.classes(i), max);
            }
            sums.empty_into(&mut distance, &mut total);
        }
        sums.add::<FMA, _, _>(self, self.last_classes(max), max);
        sums.empty_into(&mut distance, &mut total);

        let tally = Tally {
            distance: sum(distance),
            total: sum(total),
            count: sums.count.into_iter().sum(),
            lowest: sums.lowest.into_iter().fold(max, smaller),
        };
        // A negative number has the bits of a large one.
        let fits = sums.largest_q.into_iter().fold(0, u32::max) <= MOST.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// The largest `max - z_k` of a class with a weight.
    #[inline(always)]
    pub(crate) fn farthest(&self, max: f32) -> f32 {
        let mut farthest = [0.0; LANES];
        let vectors = self.z.len() / LANES;
        for i in 0..=vectors {
            let classes =
                if i < vectors { self.classes(i) } else { self.last_classes(max) };
            let (z, w, q) = classes;
            for k in 0..LANES {
                let far = if self.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
                farthest[k] = larger(farthest[k], far);
            }
        }
        farthest.into_iter().fold(0.0, larger)
    }

    /// The first class with a weight.
    #[inline(always)]
    pub(crate) fn first_class(&self) -> usize {
        let vectors = self.z.len() / LANES;
        let mut i = 0;
        while i < vectors {
            let (_, w, q) = self.classes(i);
            let mut any = false;
            for k in 0..LANES {
                any |= !self.is_nothing(w[k], q[k]);
            }
            if any {
                break;
            }
            i += 1;
        }
        let mut class = i * LANES;
        while class + 1 < self.z.len() && self.target.weight(class) == 0.0 {
            class += 1;
        }
        class
    }

    #[inline(always)]
    pub(crate) fn classes(&self, i: usize) -> Classes {
        let (mut w, mut q) = ([1.0; LANES], [0.0; LANES]);
        if WEIGHTS {
            w = self.class_weights.as_chunks().0[i];
        }
        if DISTRIBUTION {
            q = self.distribution.as_chunks().0[i];
        }
        (self.z.as_chunks().0[i], w, q)
    }

    /// The last classes, those that fill no vector. Beyond them stand the max, and 0.
    #[inline(always)]
    pub(crate) fn last_classes(&self, max: f32) -> Classes {
        let z = self.z.as_chunks::<LANES>().1;
        let mut w = filled_up(&[1.0; LANES][..z.len()], 0.0);
        let mut q = [0.0; LANES];
        if WEIGHTS {
            w = filled_up(self.class_weights.as_chunks::<LANES>().1, 0.0);
        }
        if DISTRIBUTION {
            q = filled_up(self.distribution.as_chunks::<LANES>().1, 0.0);
        }
        (filled_up(z, max), w, q)
    }

    /// Whether `w (keep q + spread)` is 0 and not only too small for an `f32`. Then a class
    /// costs nothing, also if it is masked.
    #[inline(always)]
    fn is_nothing(&self, w: f32, q: f32) -> bool {
        WEIGHTS && w == 0.0 || DISTRIBUTION && self.spread == 0.0 && q == 0.0
    }
}

/// A tally in the making, lane by lane; the sums those of a block.
struct Sums {
    distance: [f32; LANES],
    total: [f32; LANES],
    count: [u32; LANES],
    lowest: [f32; LANES],
    largest_q: [u32; LANES],
}

impl Sums {
    #[inline(always)]
    fn new(max: f32) -> Self {
        Sums {
            distance: [0.0; LANES],
            total: [0.0; LANES],
            count: [0; LANES],
            lowest: [max; LANES],
            largest_q: [0; LANES],
        }
    }

    /// Adds sixteen classes.
    #[inline(always)]
    fn add<const FMA: bool, const WEIGHTS: bool, const DISTRIBUTION: bool>(
        &mut self,
        row: &Mixed<'_, WEIGHTS, DISTRIBUTION>,
        (z, w, q): Classes,
        max: f32,
    ) {
        for k in 0..LANES {
            let a = mul_add::<FMA>(w[k] * row.keep, q[k], w[k] * row.spread);
            let nothing = row.is_nothing(w[k], q[k]);
            let far = if nothing { 0.0 } else { max - z[k] };
            self.distance[k] = mul_add::<FMA>(a, far, self.distance[k]);
            self.lowest[k] = smaller(self.lowest[k], z[k]);
            if DISTRIBUTION {
                self.total[k] += a;
                self.count[k] += u32::from(!nothing);
                self.largest_q[k] = self.largest_q[k].max(q[k].to_bits());
            }
        }
    }

    /// Hands the sums of a block over to sums in `f64`.
    #[inline(always)]
    fn empty_into(&mut self, distance: &mut [f64; LANES], total: &mut [f64; LANES]) {
        add(distance, self.distance);
        add(total, self.total);
        self.distance = [0.0; LANES];
        self.total = [0.0; LANES];
    }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}
