//! What a log answers when it has recorded a commit.
//!
//! Owns the receipt. Knows nothing of the data.
//!
//! *Invariant: one entry per offered event, in the order in which they were offered.*

use chrono::{DateTime, Utc};
use relatum_stream::EventRef;

use crate::position::{Cut, Position};

/// Confirms that every offered event is in the log, and will be after a crash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The first event that this commit added; `None` if all were already recorded.
    pub position: Option<Position>,
    /// A beginning of the log that holds every offered event.
    pub cut: Cut,
    /// When the last commit of `cut` was recorded: this one, if it added anything.
    pub recorded_at: DateTime<Utc>,
    /// The offered events, in order.
    pub events: Vec<RecordedEvent>,
}

impl Receipt {
    /// The number of events that this commit added.
    #[must_use]
    pub fn added(&self) -> usize {
        self.events.iter().filter(|event| !event.already_recorded).count()
    }
}

/// Where an offered event is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Its name.
    pub event: EventRef,
    /// Whether it had been recorded before, under the same key with the same content.
    pub already_recorded: bool,
}
