//! An import at work: rows to units, units to facts, facts to the sink.
//!
//! Owns which rows belong together, what is done once, and what becomes of a row that cannot be
//! understood. Knows neither how bytes become rows nor what a mapping file looks like.
//!
//! Three work at a time, each handing chunks to the next: one reads and finds units, one makes
//! facts of them, and the caller's thread sends facts on and counts. Chunks keep their order, and
//! few of them wait: an import says the same as if one did it all, in memory that no file can
//! stretch.
//!
//! *Invariant: all facts of a unit (a row, a group, a header with its lines) are made before any
//! of them goes to the sink; a unit with a problem makes none.*

mod emit;
mod feed;
mod groups;
mod import;
mod joined;
mod lookup;
mod open;
mod recent;
mod unit;
mod worker;

pub use import::{Import, Progress};
