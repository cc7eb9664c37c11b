//! Panics of our own code are violations, even where somebody catches them.
//!
//! *Invariant: a panic of a crate from elsewhere counts only if it ends the process.*

use std::sync::Mutex;

static OURS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Watches from now on; the messages still go to standard error.
pub(crate) fn watch() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location()
            && !place.file().contains("/registry/")
            && !place.file().starts_with("/rustc/")
            && let Ok(mut ours) = OURS.lock()
        {
            ours.push(format!("{}:{}", place.file(), place.line()));
        }
        before(panic);
    }));
}

/// Where our code panicked so far.
pub(crate) fn ours() -> Vec<String> {
    OURS.lock().map_or_else(|_| Vec::new(), |ours| ours.clone())
}
