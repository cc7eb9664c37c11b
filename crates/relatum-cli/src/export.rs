//! Recording that something is given out of the book.

use std::path::Path;

use relatum::Engine;
use relatum::domain::Actor;
use relatum::domain::event::audit::DataExported;

use crate::failure::Failure;
use crate::viewpoint::today;

/// Records that the program writes `what` to `path`; before it does.
pub(crate) fn note(engine: &Engine, what: &str, form: &str, path: &Path) -> Result<(), Failure> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let (what, form, to) = (what.to_owned(), form.to_owned(), path.display().to_string());
    let told = DataExported { what, form, as_of: None, known_at: None, to };
    engine.note_export(today(), Actor::system("relatum"), told)?;
    Ok(())
}
