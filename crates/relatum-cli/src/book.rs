//! Finding and opening the book.

use std::path::Path;

use relatum::log::LogError;
use relatum::{Engine, EngineBuilder, Error};

use crate::failure::{Exit, Failure};
use crate::progress::Progress;

/// Where `relatum demo` puts its book unless told otherwise.
pub(crate) const DEMO: &str = "relatum-demo";

/// So many events to take in are worth keeping in the replay cache.
const MANY: u64 = 10_000;

/// No store was named.
pub(crate) fn unnamed() -> Failure {
    let hint = if Path::new(DEMO).is_dir() {
        format!("the demo's book is here: export RELATUM_STORE={DEMO}")
    } else {
        "`relatum demo` makes an example book".to_owned()
    };
    let message = "no store is named; give --store PATH or set RELATUM_STORE";
    Failure::new(Exit::Usage, message).hint(hint)
}

/// Opens the store at `path`.
pub(crate) fn open(builder: EngineBuilder, path: &Path) -> Result<Engine, Failure> {
    builder.open(path).map_err(|error| explained(error, path))
}

/// Brings the projections up to date ahead of the first question, with a look at how it goes.
pub(crate) fn catch_up(engine: &Engine) -> Result<(), Failure> {
    let behind = engine.stats()?.map_or(0, |stats| stats.projections_behind);
    let bar = Progress::of_count("reading the log");
    engine.catch_up(|done, all| bar.set(done, all))?;
    if behind > MANY {
        // It only spares the next command the same work; where it cannot be written, so be it.
        let _ = engine.checkpoint();
    }
    Ok(())
}

/// What is wrong with the store, and what may help.
fn explained(error: Error, path: &Path) -> Failure {
    let in_use = matches!(&error, Error::Log(LogError::Locked { .. }));
    let is_damaged = matches!(&error, Error::Log(LogError::Corrupt(_)));
    let failure = Failure::from(error);
    if is_damaged {
        return failure.hint(
            "`relatum log repair` makes the store whole from what it and its journal still prove, \
             and sets aside what was there",
        );
    }
    if in_use {
        return failure.hint(format!(
            "every command opens the store alone; `fuser {}/lock` may tell who has it",
            path.display()
        ));
    }
    failure
}

/// Keeps the replay cache beside a store to which much was added.
pub(crate) fn checkpoint(engine: &Engine) -> Result<(), Failure> {
    let bar = Progress::of_count("folding");
    engine.catch_up(|done, all| bar.set(done, all))?;
    Ok(engine.checkpoint()?)
}
