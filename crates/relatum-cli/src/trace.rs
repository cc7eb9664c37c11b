//! What the program does, told on standard error to whoever asks for it.
//!
//! Owns the form: a line when a piece of work ends, with how long it took.
//!
//! *Invariant: nothing of it goes to standard output, and nothing is told that was not asked for.*

use std::io;

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::arguments::Arguments;

/// Begins to tell what `filter` lets through; a second call changes nothing.
pub(crate) fn begin(filter: &str) -> Result<(), clap::Error> {
    let wrong = |error| {
        let text = format!("--trace {filter:?} is no filter: {error}");
        Arguments::command().error(ErrorKind::ValueValidation, text)
    };
    let filter = EnvFilter::try_new(filter).map_err(wrong)?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE);
    // Set already: this is not the first command of the process.
    let _ = subscriber.try_init();
    Ok(())
}
