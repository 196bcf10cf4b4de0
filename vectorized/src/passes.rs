//! Ways through a row for its max and its rest, of which [`rest`] is the one that serves.
//!
//! | | reads | what it waits for |
//! |---|---|---|
//! | [`Passes::Two`] | each logit twice | the max, before the first exponential |
//! | [`Passes::Online`] | a chunk at a time, twice, from the nearest cache | the max of the chunk |
//! | [`Passes::One`] | each logit once | nothing: the row before says what is near |
//!
//! The online softmax (Milakov and Gimelshein 2018) carries a max and a rest, and merges
//! them with those of the next chunk ([`Summary::merged`]). It is associative only up to
//! rounding: another cut of the row is another last bit.

use crate::exp::Reference;
use crate::lanes::max;
use crate::softmax::rest;
use crate::summary::Summary;

/// A way through a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passes {
    /// The textbook: the max first, then the exponentials.
    Two,
    /// Chunk by chunk, with a max and a rest that are carried along.
    Online,
    /// The way of [`Vectorized`](crate::Vectorized): relative to what served the row before.
    One,
}

/// The max of a row and its rest.
#[inline(always)]
pub(crate) fn two<const FMA: bool>(z: &[f32]) -> Summary {
    rest::<FMA>(z, Reference::near(max(z)))
}

/// How many logits are a chunk: 8 KiB, in the nearest cache when they are read again.
const CHUNK: usize = 2048;

/// The max of a row and its rest.
#[inline(always)]
pub(crate) fn online<const FMA: bool>(z: &[f32]) -> Summary {
    let mut of_row = Summary::of_nothing::<FMA>();
    for chunk in z.chunks(CHUNK) {
        of_row = of_row.merged(two::<FMA>(chunk));
    }
    of_row
}

#[cfg(test)]
mod tests {
    use backend::Logits;
    use conformance::oracle::log_probabilities;
    use conformance::random::Random;
    use conformance::tolerance::Exact;

    use super::Passes;
    use crate::{InstructionSet, Vectorized};

    #[test]
    fn every_way_finds_the_same() {
        let classes = 5000;
        let mut z = Random::new(40).normals(8 * classes, 3.0);
        z[..4096].fill(f32::NEG_INFINITY);
        z[2 * classes + 4500] = 40.0;
        z[3 * classes] = 500.0;
        z[4 * classes + 2048..][..2048].fill(f32::NEG_INFINITY);
        z[5 * classes..][..classes].fill(f32::NEG_INFINITY);
        z[6 * classes..][..2048].fill(f32::NEG_INFINITY);
        z[6 * classes + 7] = f32::NAN;
        z[7 * classes + 4999] = f32::INFINITY;
        let logits = Logits::new(&z, classes).unwrap();
        let exact: Vec<Exact> = logits
            .iter()
            .map(|z| {
                let log_p = log_probabilities(z).into_iter().fold(f64::NAN, f64::max);
                Exact::of_label(-log_p, classes)
            })
            .collect();
        for instructions in InstructionSet::available() {
            for passes in [Passes::Two, Passes::Online, Passes::One] {
                let got = Vectorized::with(instructions).log_norms(passes, logits);
                for (row, (got, exact)) in got.into_iter().zip(&exact).enumerate() {
                    assert!(
                        exact.accepts(got),
                        "{passes:?}, {row}: {got}, not {exact:?}"
                    );
                }
            }
        }
    }
}
