//! Measures relatum beside other stores, and writes what comes out as tables and plots.
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml -- --out docs
//! ```
//!
//! writes the plots into the folder `plots` of `docs`, and the tables between the marks of
//! `performance.md` there. Without `--out` the text is printed; `--smoke` sees in seconds whether
//! all of it runs.
//!
//! The rounds of all stores alternate, and each round of each begins with an empty store, which
//! is closed before the next one's turn. Stores lie where `RELATUM_BENCH_DIR` says, else where
//! the system keeps temporary files. What measures is what measures relatum alone, one folder up.
#![forbid(unsafe_code)]

#[expect(dead_code, reason = "shared with the other measurements, which use the rest")]
#[path = "../../src/books.rs"]
mod books;
mod event_stores;
mod key_values;
mod machine;
mod offered;
mod one_by_one;
mod plot;
mod producers;
mod report;
#[expect(dead_code, reason = "shared with the other measurements, which use the rest")]
#[path = "../../src/rounds.rs"]
mod rounds;
#[expect(dead_code, reason = "shared with the other measurements, which use the rest")]
#[path = "../../src/table.rs"]
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Whatever goes wrong ends the run, from whatever thread.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Size {
    /// Rounds of each store.
    rounds: usize,
    /// Accounts of the generated book whose events are stored.
    accounts: u32,
    /// Events of each of the producers.
    each: usize,
    /// Events that are appended one at a time.
    single: usize,
    /// Events that are appended in batches.
    batched: usize,
}

impl Size {
    const FULL: Self =
        Self { rounds: 15, accounts: 100, each: 300, single: 200, batched: 20 * 1_024 };
    const SMOKE: Self = Self { rounds: 2, accounts: 15, each: 10, single: 10, batched: 2 * 1_024 };
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (size, out) = match arguments.as_slice() {
        [] => (Size::FULL, None),
        ["--smoke"] => (Size::SMOKE, None),
        ["--out", out] => (Size::FULL, Some(PathBuf::from(out))),
        ["--smoke", "--out", out] => (Size::SMOKE, Some(PathBuf::from(out))),
        _ => {
            say("usage: relatum-peers [--smoke] [--out FOLDER]");
            return ExitCode::from(2);
        }
    };
    match run(size, out.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// To the person at the screen: UmaDB prints to standard output, so this is the other one.
fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn run(size: Size, out: Option<&Path>) -> Outcome<()> {
    let book = books::generated(size.accounts)?;
    let events = offered::events(&book)?;
    drop(book);
    let mut all = vec![producers::measure(&events, size)?];
    all.extend(one_by_one::measure(&events, size)?);
    let text = report::text(&all, size)?;
    match out {
        Some(docs) => report::write(docs, &text, &all),
        None => Ok(writeln!(std::io::stdout(), "{text}")?),
    }
}
