//! What an import does with files and mappings, good and bad, from outside.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod archives;
mod bad_files;
mod bad_rows;
mod book;
mod changed_files;
mod converters;
mod draft;
mod groups_and_lines;
mod headers;
mod holidays;
mod later_exports;
mod long_files;
mod mapping_errors;
mod random_bytes;
mod vendors;
mod workbooks;
