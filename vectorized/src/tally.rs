//! What the target weights of a row come to: one pass over the row and its weights.

use crate::cross_entropy::HEAVY;
use crate::exp::mul_add;
use crate::lanes::{BLOCK, LANES, add, filled_up, in_order, larger, sum};
use crate::weights::Mixed;

/// What the target weights of a row come to, without what a label has on top.
pub(crate) struct Tally {
    /// `sum_k a_k (max - z_k)`.
    pub(crate) distance: f64,
    /// The largest `a_k`, the lane in which it stands, and the sum of all others.
    pub(crate) largest: f32,
    pub(crate) lane: usize,
    pub(crate) others: f64,
    /// The largest `max - z_k` of a class with a weight.
    pub(crate) farthest: f32,
    /// The smallest logit of all.
    pub(crate) lowest: f32,
}

/// The most that a distribution gives to a class, for its weight to be computed in `f32`.
const MOST: f32 = 2.0;

/// Sixteen classes: their logits, class weights, and what the distribution gives them.
type Classes = ([f32; LANES], [f32; LANES], [f32; LANES]);

impl<const WEIGHTS: bool, const DISTRIBUTION: bool> Mixed<'_, WEIGHTS, DISTRIBUTION> {
    /// Goes over the row and its weights once.
    #[inline(always)]
    pub(crate) fn tally<const FMA: bool>(&self, max: f32) -> Option<Tally> {
        let (mut distance, mut others) = ([0.0; LANES], [0.0; LANES]);
        let mut sums = Sums::new(max);
        let vectors = self.z.len() / LANES;
        for start in (0..vectors).step_by(BLOCK) {
            for i in start..vectors.min(start + BLOCK) {
                sums.add::<FMA, _, _>(self, self.classes(i), max);
            }
            sums.empty_into(&mut distance, &mut others);
        }
        sums.add::<FMA, _, _>(self, self.last_classes(max), max);
        sums.empty_into(&mut distance, &mut others);

        let tally = sums.tally(sum(distance), sum(others), max);
        // A negative number has the bits of a large one.
        let fits = sums.largest_q.into_iter().fold(0, u32::max) <= MOST.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    #[inline(always)]
    fn classes(&self, i: usize) -> Classes {
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
    fn last_classes(&self, max: f32) -> Classes {
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
    others: [f32; LANES],
    largest: [f32; LANES],
    farthest: [f32; LANES],
    lowest: [f32; LANES],
    largest_q: [u32; LANES],
}

impl Sums {
    #[inline(always)]
    fn new(max: f32) -> Self {
        let nothing = [0.0; LANES];
        Sums {
            distance: nothing,
            others: nothing,
            largest: nothing,
            farthest: nothing,
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
            let far = if row.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
            self.distance[k] = mul_add::<FMA>(a, far, self.distance[k]);
            self.farthest[k] = larger(self.farthest[k], far);
            self.lowest[k] = smaller(self.lowest[k], z[k]);
            if DISTRIBUTION {
                let (less, more) = in_order(self.largest[k], a);
                self.others[k] += less;
                self.largest[k] = more;
                self.largest_q[k] = self.largest_q[k].max(q[k].to_bits());
            }
        }
    }

    /// Hands the sums of a block over to sums in `f64`.
    #[inline(always)]
    fn empty_into(&mut self, distance: &mut [f64; LANES], others: &mut [f64; LANES]) {
        add(distance, self.distance);
        add(others, self.others);
        self.distance = [0.0; LANES];
        self.others = [0.0; LANES];
    }

    /// What all lanes come to.
    #[inline(always)]
    fn tally(&self, distance: f64, others: f64, max: f32) -> Tally {
        let farthest = self.farthest.into_iter().fold(0.0, larger);
        let lowest = self.lowest.into_iter().fold(max, smaller);
        let mut tally =
            Tally { distance, largest: 0.0, lane: 0, others, farthest, lowest };
        for (lane, largest) in self.largest.into_iter().enumerate() {
            if largest > tally.largest {
                tally.lane = lane;
            }
            let (less, more) = in_order(tally.largest, largest);
            tally.others += f64::from(less);
            tally.largest = more;
        }
        tally
    }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}
