//! The engine from outside: what is recorded, sealed, kept, followed and answered.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod about;
mod append;
mod books;
mod calendar;
mod certificates;
mod checkpoints;
mod codec;
mod evidence;
mod folds;
mod follow;
mod keys;
mod known_at;
mod margin;
mod own;
mod record;
mod replay;
mod replicate;
mod sealing;
mod shadow;
mod subscribe;
mod trails;
mod what_if;
