//! How fast the past is read again while others work with the book.

use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

/// A bound on how many events a second are taken in by work that nobody waits for.
///
/// Units: events a second, on average since the work began; what is read at once (about a
/// megabyte of the log) is taken in at once.
///
/// # Example
/// ```
/// use relatum::{Engine, Pace};
///
/// let engine = Engine::in_memory()?;
/// let slowly = Pace::at_most(20_000.try_into()?);
/// assert!(engine.rebuild_beside(false, slowly, |_, _| {})?.is_none(), "a book without a store");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    at_most: Option<NonZeroU64>,
}

impl Pace {
    /// As fast as it goes.
    pub const UNBOUNDED: Self = Self { at_most: None };

    /// At most so many events a second.
    #[must_use]
    pub const fn at_most(events: NonZeroU64) -> Self {
        Self { at_most: Some(events) }
    }

    /// When so many events may have been taken in, counted from the beginning.
    fn due(self, events: u64) -> Duration {
        let Some(a_second) = self.at_most else { return Duration::ZERO };
        let nanos = u128::from(events) * 1_000_000_000 / u128::from(a_second.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// What keeps it, from now on and from the event after `taken`.
    pub(crate) fn from(self, taken: u64) -> Paced {
        Paced { pace: self, begun: Instant::now(), from: taken }
    }
}

/// Work that keeps a pace.
#[derive(Debug)]
pub(crate) struct Paced {
    pace: Pace,
    begun: Instant,
    from: u64,
}

impl Paced {
    /// The events up to `upto` were taken in: waits until they might be.
    pub(crate) fn wait(&self, upto: u64) {
        let due = self.pace.due(upto.saturating_sub(self.from));
        thread::sleep(due.saturating_sub(self.begun.elapsed()));
    }

    /// The events that were taken in by the time that `upto` was.
    pub(crate) fn taken(&self, upto: u64) -> u64 {
        upto.saturating_sub(self.from)
    }

    /// How long it has been at work.
    pub(crate) fn took(&self) -> Duration {
        self.begun.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_due_by_their_number() {
        let pace = Pace::at_most(NonZeroU64::new(4).unwrap());
        assert_eq!(pace.due(0), Duration::ZERO);
        assert_eq!(pace.due(10), Duration::from_millis(2_500));
        assert_eq!(pace.due(u64::MAX), Duration::from_nanos(u64::MAX), "no overflow");
        assert_eq!(Pace::UNBOUNDED.due(u64::MAX), Duration::ZERO);
    }
}
