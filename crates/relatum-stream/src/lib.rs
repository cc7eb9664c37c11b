//! Names of streams and events: the vocabulary that the domain and the log share.
//!
//! Owns [`StreamId`], [`Version`] and [`EventRef`], and nothing else. Knows neither what a
//! stream is about (the domain does) nor where it is stored (the log does).
//!
//! *Invariant: the text form of a name is canonical; parsing and printing are inverse.*
#![forbid(unsafe_code)]

mod event_ref;
mod stream_id;
mod text;

pub use event_ref::{EventRef, Version};
pub use stream_id::{StreamId, StreamKind};
pub use text::NameError;
