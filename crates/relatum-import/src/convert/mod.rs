//! From texts to the JSON of typed fields.
//!
//! Owns numbers, days and ids as files write them. Knows no file and no event.
//!
//! *Invariant: exact or refused; no float, no rounding that the mapping does not ask for.*

mod context;
mod converter;
mod day;
mod evaluate;
mod node;
mod number;
mod parse;

pub(crate) use context::{Context, Fault};
pub(crate) use converter::{Converter, Kind};
pub(crate) use day::{day_of, plain_day};
pub(crate) use node::Node;
pub(crate) use number::plain_number;
