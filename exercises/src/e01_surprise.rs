//! e01, the price of surprise. Your task is at the top of tests/e01_surprise.rs.

/// Returns the surprise at an event of probability `p`, in nats: 0 for a certain event, and
/// infinity for an impossible one. A fair coin costs 0.693 nats.
pub fn surprise(p: f64) -> f64 {
    todo!("the surprise at probability {p:?}")
}

/// Returns the same surprise in bits: an event that costs 3 bits is as surprising as three fair
/// coins that all show heads.
pub fn surprise_in_bits(p: f64) -> f64 {
    todo!("the surprise in bits at probability {p:?}")
}
