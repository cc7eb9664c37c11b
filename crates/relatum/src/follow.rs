//! Following the log: everything from a cut on, then whatever comes.
//!
//! One code path: reads up to the head that is known; at the head it waits until that grows.

use futures_util::stream::{self, Stream};
use relatum_domain::Event;
use relatum_log::{Cursor, Cut, Envelope};
use tokio::sync::watch;

use crate::engine::Engine;
use crate::error::Error;
use crate::reading::Reading;

/// Whether an event was there when the following began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It was: this is history, read again.
    Replaying,
    /// It was recorded since.
    Live,
}

/// An event as it comes to somebody who follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// Whether it was there when the following began.
    pub phase: Phase,
    /// The event.
    pub envelope: Envelope<Event>,
}

/// New events as they come, after those that are there.
#[derive(Debug)]
pub struct Follow {
    engine: Engine,
    reading: Reading,
    read_up_to: Cut,
    /// What was there when this began.
    history: Cut,
    head: watch::Receiver<Cut>,
}

impl Engine {
    /// Follows the log after `cut`: first what is there, then what this engine and its clones
    /// record, without a gap and without a repetition.
    ///
    /// # Example
    /// ```
    /// # use relatum::{Engine, Error, Phase, log::Cut};
    /// # async fn watch(engine: Engine) -> Result<(), Error> {
    /// let mut events = engine.follow(Cut::start());
    /// let first = events.next().await?;
    /// let is_new = first.phase == Phase::Live;
    /// # let _ = is_new; Ok(()) }
    /// ```
    #[must_use]
    pub fn follow(&self, cut: Cut) -> Follow {
        let history = self.0.head.borrow().clone();
        Follow::after(self, cut, history)
    }
}

impl Follow {
    /// Follows after a cut; what is in `history` is not new.
    pub(crate) fn after(engine: &Engine, cut: Cut, history: Cut) -> Self {
        let head = engine.0.head.subscribe();
        let reading = Reading::from(Cursor::after(cut.seq(0)));
        Self { engine: engine.clone(), reading, read_up_to: cut, history, head }
    }

    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`]; the same event is tried again by the next call.
    pub async fn next(&mut self) -> Result<Followed, Error> {
        loop {
            if let Some(followed) = self.take()? {
                return Ok(followed);
            }
            if self.at_head() {
                self.head.changed().await.map_err(|_| Error::Cancelled)?;
                continue;
            }
            let block = self.reading.read(self.engine.log()).await?;
            self.reading.refill(block);
        }
    }

    /// The next event if there is one by now.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn try_next(&mut self) -> Result<Option<Followed>, Error> {
        loop {
            if let Some(followed) = self.take()? {
                return Ok(Some(followed));
            }
            if self.at_head() {
                return Ok(None);
            }
            let block = self.reading.read(self.engine.log()).wait()?;
            self.reading.refill(block);
        }
    }

    /// The same as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Followed, Error>> + Send {
        stream::unfold(Some(self), |follow| async {
            let mut follow = follow?;
            match follow.next().await {
                Ok(followed) => Some((Ok(followed), Some(follow))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    /// The next event of what was read.
    fn take(&mut self) -> Result<Option<Followed>, Error> {
        let taken = self.reading.take(self.engine.understands(), |_| true).transpose()?;
        Ok(taken.map(|envelope| {
            self.read_up_to.extend_to(envelope.position);
            self.followed(envelope)
        }))
    }

    /// The event with what it is to whoever follows.
    pub(crate) fn followed(&self, envelope: Envelope<Event>) -> Followed {
        let is_history = self.history.includes(envelope.position);
        let phase = if is_history { Phase::Replaying } else { Phase::Live };
        Followed { phase, envelope }
    }

    /// Whether everything that is known to be there was given. Marks the head as seen first, so
    /// that what is recorded in between wakes the wait.
    fn at_head(&mut self) -> bool {
        self.head.borrow_and_update().is_within(&self.read_up_to)
    }
}
