//! Progress of long work, on standard error, for people only.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// So long nobody wants to know.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar that is drawn only where somebody looks, and only when it takes long.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    shown: Cell<bool>,
}

impl Progress {
    /// A bar over a number of things.
    pub(crate) fn of_count(what: &'static str) -> Self {
        Self::new(what, "{msg} {bar:30} {human_pos}/{human_len} {eta}")
    }

    /// A bar over bytes.
    pub(crate) fn of_bytes(what: &'static str) -> Self {
        Self::new(what, "{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta}")
    }

    /// A count of rows, of which nobody knows how many there will be.
    pub(crate) fn of_rows(what: &'static str) -> Self {
        Self::new(what, "{msg} {human_pos} rows {per_sec} {elapsed}")
    }

    fn new(what: &'static str, template: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(what);
        Self { bar, begun: Instant::now(), shown: Cell::new(false) }
    }

    /// So much of so much is done.
    pub(crate) fn set(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
        if !self.shown.get() && self.begun.elapsed() > PATIENCE {
            self.shown.set(true);
            if std::io::stderr().is_terminal() {
                self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
