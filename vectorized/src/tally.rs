//! What the target weights of a row come to: one pass over the row and its weights.

use crate::cross_entropy::HEAVY;
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
    /// The largest `max - z_k` of a class with a weight, and the smallest logit of all.
    pub(crate) farthest: f32,
    pub(crate) lowest: f32,
}

/// The most that a distribution gives to a class, for its weight to be computed in `f32`.
const MOST: f32 = 2.0;

impl<const WEIGHTS: bool, const DISTRIBUTION: bool> Mixed<'_, WEIGHTS, DISTRIBUTION> {
    /// Goes over the row and its weights once.
    #[inline(always)]
    pub(crate) fn tally(&self, max: f32) -> Option<Tally> {
        let (mut distance, mut others) = ([0.0; LANES], [0.0; LANES]);
        let (mut largest, mut farthest) = ([0.0; LANES], [0.0; LANES]);
        let (mut lowest, mut largest_q) = ([max; LANES], [0; LANES]);
        let (vectors, last) = self.z.as_chunks::<LANES>();
        for (block, z) in vectors.chunks(BLOCK).enumerate() {
            let (mut of_distance, mut of_others) = ([0.0; LANES], [0.0; LANES]);
            for (i, z) in z.iter().enumerate() {
                let (w, q) = self.lanes(block * BLOCK + i);
                for k in 0..LANES {
                    let a = w[k] * self.keep * q[k] + w[k] * self.spread;
                    let far = if self.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
                    of_distance[k] += a * far;
                    farthest[k] = larger(farthest[k], far);
                    lowest[k] = smaller(lowest[k], z[k]);
                    if DISTRIBUTION {
                        let (less, more) = in_order(largest[k], a);
                        of_others[k] += less;
                        largest[k] = more;
                        largest_q[k] = largest_q[k].max(q[k].to_bits());
                    }
                }
            }
            add(&mut distance, of_distance);
            add(&mut others, of_others);
        }
        let (z, (w, q)) = (filled_up(last, max), self.last_lanes());
        for k in 0..LANES {
            let a = w[k] * self.keep * q[k] + w[k] * self.spread;
            let far = if self.is_nothing(w[k], q[k]) { 0.0 } else { max - z[k] };
            distance[k] += f64::from(a * far);
            farthest[k] = larger(farthest[k], far);
            lowest[k] = smaller(lowest[k], z[k]);
            let (less, more) = in_order(largest[k], a);
            others[k] += f64::from(less);
            largest[k] = more;
            largest_q[k] = largest_q[k].max(q[k].to_bits());
        }
        let mut tally = Tally {
            distance: sum(distance),
            largest: 0.0,
            lane: 0,
            others: sum(others),
            farthest: farthest.into_iter().fold(0.0, larger),
            lowest: lowest.into_iter().fold(max, smaller),
        };
        for (lane, largest) in largest.into_iter().enumerate() {
            if largest > tally.largest {
                tally.lane = lane;
            }
            let (less, more) = in_order(tally.largest, largest);
            tally.others += f64::from(less);
            tally.largest = more;
        }
        // A negative number has the bits of a large one.
        let fits = largest_q.into_iter().fold(0, u32::max) <= MOST.to_bits()
            && tally.distance.is_finite()
            && self.total(&tally) <= HEAVY;
        fits.then_some(tally)
    }

    /// Whether `w (keep q + spread)` is 0 and not only too small for an `f32`. Then a class
    /// costs nothing, also if it is masked.
    #[inline(always)]
    fn is_nothing(&self, w: f32, q: f32) -> bool {
        WEIGHTS && w == 0.0 || DISTRIBUTION && self.spread == 0.0 && q == 0.0
    }

    /// The class weights of sixteen classes, and what the distribution gives them.
    #[inline(always)]
    fn lanes(&self, i: usize) -> ([f32; LANES], [f32; LANES]) {
        let (mut w, mut q) = ([1.0; LANES], [0.0; LANES]);
        if WEIGHTS {
            w = self.class_weights.as_chunks().0[i];
        }
        if DISTRIBUTION {
            q = self.distribution.as_chunks().0[i];
        }
        (w, q)
    }

    /// The same for the last classes, and 0 beyond them.
    #[inline(always)]
    fn last_lanes(&self) -> ([f32; LANES], [f32; LANES]) {
        let ones = [1.0; LANES];
        let mut w = filled_up(&ones[..self.z.len() % LANES], 0.0);
        let mut q = [0.0; LANES];
        if WEIGHTS {
            w = filled_up(self.class_weights.as_chunks::<LANES>().1, 0.0);
        }
        if DISTRIBUTION {
            q = filled_up(self.distribution.as_chunks::<LANES>().1, 0.0);
        }
        (w, q)
    }
}

#[inline(always)]
fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}
