//! The books that are measured: one generated, one out of a real file.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use relatum::{Appended, Engine, Fact};
use relatum_demo::Options;
use tempfile::TempDir;

use crate::Outcome;

/// Facts handed over at once.
const BATCH: usize = 4_096;

/// A store on disk, open; gone when dropped.
pub(crate) struct Book {
    pub(crate) engine: Engine,
    pub(crate) path: PathBuf,
    pub(crate) folder: TempDir,
    /// The day from which it is looked at.
    pub(crate) today: NaiveDate,
}

/// A folder on the disk that is measured.
pub(crate) fn folder() -> Outcome<TempDir> {
    Ok(match std::env::var_os("RELATUM_BENCH_DIR") {
        Some(place) => tempfile::tempdir_in(place)?,
        None => tempfile::tempdir()?,
    })
}

/// The day from which generated books are looked at.
pub(crate) fn today() -> Outcome<NaiveDate> {
    Ok(NaiveDate::from_ymd_opt(2026, 11, 23).ok_or("no such day")?)
}

/// The generated book of so many accounts, seed 7, as it lies open on 23 November 2026.
pub(crate) fn generated(accounts: u32) -> Outcome<Book> {
    let today = today()?;
    let folder = folder()?;
    let path = folder.path().join("book");
    let engine = Engine::open(&path)?;
    let facts = relatum_demo::book(&Options::new(7, today).accounts(accounts));
    append(&engine, facts.into_iter().map(|it| Fact { stream: it.stream, event: it.event }))?;
    Ok(Book { engine, path, folder, today })
}

/// Accounts of the demo whose events are five millions.
const LARGE: u32 = 17_000;

/// What is measured of the store that `RELATUM_BENCH_STORE` names, else of the demo's large book.
pub(crate) fn with_large(measure: impl FnOnce(&Engine) -> Outcome<()>) -> Outcome<()> {
    match std::env::var_os("RELATUM_BENCH_STORE") {
        Some(path) => measure(&Engine::open(path)?),
        None => measure(&generated(LARGE)?.engine),
    }
}

/// Appends facts; none may be refused.
pub(crate) fn append(engine: &Engine, facts: impl IntoIterator<Item = Fact>) -> Outcome<()> {
    let mut facts = facts.into_iter().peekable();
    while facts.peek().is_some() {
        for outcome in engine.append(facts.by_ref().take(BATCH).collect())? {
            if let Appended::Refused(error) = outcome {
                return Err(error.to_string().into());
            }
        }
    }
    Ok(())
}

/// The Online Retail file, if it is there.
pub(crate) fn online_retail() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let data = std::env::var_os("RELATUM_DATA").map_or(beside, PathBuf::from);
    let file = data.join("online_retail/online_retail.csv.gz");
    file.is_file().then_some(file)
}
