//! The program `relatum` on files that nobody here wrote, against figures from outside.
//!
//! Built with the feature `real-data` only. The files are read from the folder named by
//! `RELATUM_DATA`, else from `../shared/data` beside the workspace; the program is the one named by
//! `RELATUM_BIN`, else the one built last in this workspace. What is missing fails the test, with
//! its path. Some figures are computed a second time by the scripts in `tests/recompute`; archives
//! and tables are read by other programs, by way of the Python that `RELATUM_PYTHON` names.
//! Commands and scripts of docs/backfill.md are run as they stand there.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "all of it is a test, and a test may panic"
)]

mod adventureworks;
mod audit;
mod columns;
mod crm;
mod evidence;
mod ibm;
mod online_retail;
mod page;
mod program;
