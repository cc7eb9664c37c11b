//! What is usual, for one account and for a book: how long it is silent, how its values move, and
//! which shares stand out.
//!
//! Owns three small measures that need no model of purchases. Knows no account by name.
//!
//! *Invariant: an answer is finite, or there is none.*

mod shares;
mod silence;
mod trend;

pub use shares::Shares;
pub use silence::chance_of_silence;
pub use trend::Trend;
