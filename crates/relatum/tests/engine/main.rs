//! The engine from outside: what is recorded, sealed, kept, followed and answered.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod about;
mod answers;
mod append;
mod batches;
mod books;
mod calendar;
mod certificates;
mod checkpoints;
mod codec;
mod erasure;
mod evidence;
mod folds;
mod follow;
mod keys;
mod known_at;
mod margin;
mod merging;
mod own;
mod record;
mod replay;
mod replicate;
mod retold;
mod rights;
mod sealing;
mod shadow;
mod subscribe;
mod tables;
mod trails;
mod undone;
mod what_if;
