//! e01, the price of surprise. What to do stands at the top of tests/e01_surprise.rs.

/// The surprise at an event of probability `p`, in nats: 0 for what is certain, infinite
/// for what is impossible.
pub fn surprise(p: f64) -> f64 {
    todo!("the surprise at probability {p:?}")
}

/// The same surprise in bits: how many fair coins would have to fall alike.
pub fn surprise_in_bits(p: f64) -> f64 {
    todo!("the same in bits, for {p:?}")
}
