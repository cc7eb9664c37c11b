//! Where the time of recording comes from.
//!
//! Owns the [`Clock`] trait and a clock for tests. Knows no system clock: whoever opens a log
//! brings one.
//!
//! *Invariant: none is asked of a clock; it may stand still or go back, and recorded times still
//! increase.*

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time. Any closure without arguments that gives an instant is one.
///
/// # Example
/// ```
/// use relatum_log::Clock;
/// let noon = "2026-11-23T12:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
/// let clock = move || noon;
/// assert_eq!(Clock::now(&clock), noon);
/// # Ok::<(), chrono::ParseError>(())
/// ```
pub trait Clock: Send + Sync {
    /// The instant it shows.
    fn now(&self) -> DateTime<Utc>;
}

impl<F: Fn() -> DateTime<Utc> + Send + Sync> Clock for F {
    fn now(&self) -> DateTime<Utc> {
        self()
    }
}

/// A clock that is moved by hand, for tests and for generated books; clones show the same time.
#[derive(Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `instant` until it is moved; microseconds are kept, no less.
    #[must_use]
    pub fn at(instant: DateTime<Utc>) -> Self {
        Self(Arc::new(AtomicI64::new(instant.timestamp_micros())))
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, instant: DateTime<Utc>) {
        self.0.store(instant.timestamp_micros(), Ordering::SeqCst);
    }

    /// Moves the clock by `delta`, forward or back.
    pub fn advance(&self, delta: TimeDelta) {
        let micros = delta.num_microseconds().unwrap_or(0);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&Clock::now(self)).finish()
    }
}
