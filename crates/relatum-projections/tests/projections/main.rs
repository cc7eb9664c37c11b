//! Laws that every projection keeps, and every report against a naive recomputation from the raw
//! list of events.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]
#![expect(clippy::inconsistent_digit_grouping, reason = "tests write 100 euro as 100_00 cents")]

mod activities;
mod aging;
mod agreements;
mod attainment;
mod changes;
mod churn;
mod directory;
mod figures;
mod generated;
mod history;
mod laws;
mod metrics;
mod naive_aging;
mod naive_quota;
mod open_items;
mod pay;
mod pipeline;
mod quota;
mod raw;
mod retention;
mod roll_forward;
mod selling;
mod settling;
mod statement;
mod tables;
mod worklist;
