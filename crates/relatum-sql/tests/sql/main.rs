//! The demo's book asked by SQL, and compared with its reports.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "all of it is a test, and a test may panic"
)]

mod book;
mod documented;
mod events;
mod files;
mod points;
mod refused;
mod tables;
mod wrong;
