//! The binary as people and programs use it: arguments in; text, files and exit codes out.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod appending;
mod audit;
mod bad_input;
mod batches;
mod churn;
mod columns;
mod demo;
mod evidence;
mod export;
mod forms;
mod import;
mod keys;
mod killed_imports;
mod merging;
mod no_space;
mod rebuilding;
mod receivables;
mod replication;
mod selling;
mod subjects;
mod time_axes;
mod undoing;
