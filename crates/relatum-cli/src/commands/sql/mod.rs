//! `relatum sql`: the book asked by SQL.
//!
//! A program built without the feature `sql` knows the command, and says how to build it in.

#[cfg(not(feature = "sql"))]
mod absent;
#[cfg(feature = "sql")]
mod ask;
#[cfg(feature = "sql")]
mod file;
#[cfg(feature = "sql")]
mod shown;

use std::path::PathBuf;

use clap::Args;

use crate::viewpoint::ViewArguments;

const EXAMPLES: &str = "\
Examples:
  relatum sql \"select currency, sum(open) from open_items group by currency\"
  relatum sql --tables
  relatum sql \"describe open_items\"
  relatum sql \"select a.account, b.budget from accounts a join 'budget.csv' b
               on b.name = a.account_name\"
  relatum sql --file b=budget.csv \"select * from b\" -o budget.parquet
  relatum sql \"select n.account_name, n.open - t.open as more from open_items('2026-03-31') n
               join open_items('2026-02-28') t using (item)\"";

/// Ask the book by SQL
///
/// Every table of the projections is a table, as of a day and as known at an instant; the log is
/// `events`, and files are tables by their paths. As a function a table looks from another point:
/// open_items('2026-03-31', '@1234'). Nothing is written: a book is only asked.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SqlCommand {
    /// The query; - reads it from standard input
    #[arg(required_unless_present_any = ["tables", "query_file"], conflicts_with = "tables")]
    query: Option<String>,
    /// Read the query from a file
    #[arg(short = 'f', long, value_name = "FILE", conflicts_with_all = ["query", "tables"])]
    query_file: Option<PathBuf>,
    /// List the tables; `describe TABLE` lists the columns of one
    #[arg(long)]
    tables: bool,
    #[command(flatten)]
    view: ViewArguments,
    /// A table in a file, or in the files of a folder: CSV, Parquet, JSON or Arrow
    #[arg(long = "file", value_name = "NAME=PATH", value_parser = named_file)]
    files: Vec<(String, String)>,
    /// Write the answer to a file, whole or not at all: .parquet, .csv, .jsonl or .json
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Do not record that the answer was written to a file
    #[arg(long, requires = "output")]
    unrecorded: bool,
    /// How much memory sorting, joining and grouping may have, in MiB; what needs more is put
    /// aside in temporary files
    #[arg(long, value_name = "MIB", default_value_t = 1_024, value_parser = memory)]
    memory: u32,
}

/// A file with the name under which it is a table.
fn named_file(text: &str) -> Result<(String, String), String> {
    let wrong = || format!("`{text}` names no file; write it like budget=lists/budget.csv");
    let (name, path) = text.split_once('=').ok_or_else(wrong)?;
    let is_name = |name: &str| {
        let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '_';
        name.starts_with(|it: char| it.is_ascii_lowercase()) && name.chars().all(plain)
    };
    if !is_name(name) {
        return Err(format!(
            "`{name}` is no name of a table; small letters, digits and _, like budget_2026"
        ));
    }
    if path.is_empty() { Err(wrong()) } else { Ok((name.to_owned(), path.to_owned())) }
}

/// From what something can be sorted with to what no machine has.
fn memory(text: &str) -> Result<u32, String> {
    let mebibytes = text.parse().ok().filter(|it| (16..=1 << 24).contains(it));
    mebibytes.ok_or_else(|| format!("`{text}` is no number of MiB from 16 on, such as 1024"))
}
