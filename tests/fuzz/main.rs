//! Targets for a fuzzer: whatever bytes a file holds, they are answered.
//!
//! Each target is a test that takes any bytes. `cargo test` gives it the inputs that are kept in
//! `__fuzz__`, and as many changes of them as RELATUM_FUZZ_CHANGES says, the same each time.
//! libFuzzer (`tests/fuzz/run`) changes them on and on, guided by the code that they reach. Where
//! a checksum stands before what is looked for, the target puts it right again, because no fuzzer
//! guesses one.
//!
//! Owns the inputs and what must hold of every answer. Knows the bytes of `docs/format.md` by
//! itself, and the crates by their public names only.
//!
//! *Invariant: no panic, no answer that the bytes do not bear out, and never more memory than
//! [`MEMORY`], whatever a length field says.*
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod commit;
mod edits;
mod evidence;
mod head;
mod journal;
mod replay;
mod restore;
mod samples;
#[cfg(feature = "seeds")]
mod seeds;
mod segment;
mod store;
mod target;

use std::alloc::System;

use cap::Cap;

/// What all of it may hold at once. An allocation above it fails, which ends the process.
const MEMORY: usize = 512 * 1_024 * 1_024;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, MEMORY);
