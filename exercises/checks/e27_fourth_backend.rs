//! The capstone: a backend of your own, of whatever design you like.
//!
//! `FourthBackend` implements the trait of `backend/src/lib.rs`, so anything that can be wrong
//! with a call has been refused before you see it, and what is left is arithmetic. Fill in its
//! methods; `forward_backward` may go, where the trait's own, both parts in turn, is enough for
//! you. Whoever holds the type calls it with no more than `FourthBackend`, so it has no fields.
//!
//! Then the whole suite must pass, 37 laws. What a law says when it is broken names the input,
//! the likely mistake and the chapter. Most pass with a plain loop in f64 over the rows, such as
//! exercises 9 to 15 lead to: begin with that.
//!
//! Then make the design your own: one pass for max and rest, lanes of f32, rows on threads,
//! log-probabilities first and all else from them. The stages' source is open to you. Keep what
//! the contract says of threads: results do not depend on their number, bit for bit.
//!
//! When the suite is green, `cargo learn bench` races it against the stages.

#[path = "../src/e27_fourth_backend.rs"]
#[allow(unused, unreachable_pub, reason = "an open exercise uses little of what it has")]
mod e27_fourth_backend;

use backend::Backend;
use e27_fourth_backend::FourthBackend;
use exercises::lesson;

conformance::suite!(FourthBackend);

#[test]
fn its_name_is_its_own() {
    let name = FourthBackend.name();
    let lesson = lesson(23, "the name of a stage, beside which the race will list it");
    for stage in course::stages() {
        let other = name != stage.name();
        lesson.holds("FourthBackend.name()", name, "a name that no stage has", other);
    }
    let is_short = !name.is_empty() && !name.contains(char::is_uppercase);
    lesson.holds("FourthBackend.name()", name, "a short name in lower case", is_short);
}
