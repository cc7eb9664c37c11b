//! An import at work: rows to units, units to facts, facts to the sink.
//!
//! Owns which rows belong together, what is done once, and what becomes of a row that cannot be
//! understood. Knows neither how bytes become rows nor what a mapping file looks like.
//!
//! *Invariant: all facts of a unit (a row, a group, a header with its lines) are made before any
//! of them goes to the sink; a unit with a problem makes none.*

mod emit;
mod groups;
mod import;
mod joined;
mod lookup;
mod open;
mod recent;
mod unit;
mod worker;

pub use import::{Import, Progress};
