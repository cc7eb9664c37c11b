//! Recording that something is given out of the book.

use std::path::Path;

use chrono::DateTime;
use relatum::domain::Actor;
use relatum::domain::event::audit::DataExported;
use relatum::{Engine, View};

use crate::failure::Failure;
use crate::viewpoint::today;

/// Records that the program writes `what` to `path`; before it does.
pub(crate) fn note(engine: &Engine, what: &str, form: &str, path: &Path) -> Result<(), Failure> {
    told(engine, what, form, path, None)
}

/// The same of what is seen from a point.
pub(crate) fn note_of(
    engine: &Engine,
    what: &str,
    form: &str,
    path: &Path,
    view: View,
) -> Result<(), Failure> {
    told(engine, what, form, path, Some(view))
}

fn told(
    engine: &Engine,
    what: &str,
    form: &str,
    path: &Path,
    view: Option<View>,
) -> Result<(), Failure> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (what, form, to) = (what.to_owned(), form.to_owned(), path.display().to_string());
    let known_at = view.map(|view| view.known_at).filter(|it| *it < View::latest().known_at);
    let known_at = known_at.and_then(|it| DateTime::from_timestamp_micros(it.0));
    let told = DataExported { what, form, as_of: view.map(|view| view.as_of), known_at, to };
    engine.note_export(today(), Actor::system("relatum"), told)?;
    Ok(())
}
