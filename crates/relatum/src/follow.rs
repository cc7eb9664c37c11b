//! Following the log: everything from a cut on, then whatever comes.
//!
//! One code path: reads up to the head that is known; at the head it waits until that grows.

use std::collections::VecDeque;

use futures_util::stream::{self, Stream};
use relatum_domain::Event;
use relatum_log::{ByteSize, Cursor, Cut, Envelope};
use tokio::sync::watch;

use crate::codec;
use crate::engine::Engine;
use crate::error::Error;

/// How much is read at once.
const READ: ByteSize = ByteSize::mib(1);

/// New events as they come, after those that are there.
#[derive(Debug)]
pub struct Follow {
    engine: Engine,
    cursor: Cursor,
    ahead: VecDeque<Envelope<Event>>,
    read_up_to: Cut,
    head: watch::Receiver<Cut>,
}

impl Engine {
    /// Follows the log after `cut`: first what is there, then what this engine and its clones
    /// record, without a gap and without a repetition.
    ///
    /// # Example
    /// ```
    /// # use relatum::{Engine, Error, log::Cut};
    /// # async fn watch(engine: Engine) -> Result<(), Error> {
    /// let mut events = engine.follow(Cut::start());
    /// let first = events.next().await?;
    /// # let _ = first; Ok(()) }
    /// ```
    #[must_use]
    pub fn follow(&self, cut: Cut) -> Follow {
        Follow {
            engine: self.clone(),
            cursor: Cursor::after(cut.seq(0)),
            ahead: VecDeque::new(),
            read_up_to: cut,
            head: self.0.head.subscribe(),
        }
    }
}

impl Follow {
    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`]; the same event is tried again by the next call.
    pub async fn next(&mut self) -> Result<Envelope<Event>, Error> {
        loop {
            if let Some(envelope) = self.take_ahead() {
                return Ok(envelope);
            }
            if self.at_head() {
                self.head.changed().await.map_err(|_| Error::Cancelled)?;
                continue;
            }
            let block = self.engine.log().read(self.cursor, READ).await?;
            self.refill(&block)?;
        }
    }

    /// The next event if there is one by now.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub fn try_next(&mut self) -> Result<Option<Envelope<Event>>, Error> {
        loop {
            if let Some(envelope) = self.take_ahead() {
                return Ok(Some(envelope));
            }
            if self.at_head() {
                return Ok(None);
            }
            let block = self.engine.log().read(self.cursor, READ).wait()?;
            self.refill(&block)?;
        }
    }

    /// The same as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Envelope<Event>, Error>> + Send {
        stream::unfold(Some(self), |follow| async {
            let mut follow = follow?;
            match follow.next().await {
                Ok(envelope) => Some((Ok(envelope), Some(follow))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    fn take_ahead(&mut self) -> Option<Envelope<Event>> {
        let envelope = self.ahead.pop_front()?;
        self.read_up_to.extend_to(envelope.position);
        Some(envelope)
    }

    /// Whether everything that is known to be there was given. Marks the head as seen first, so
    /// that what is recorded in between wakes the wait.
    fn at_head(&mut self) -> bool {
        self.head.borrow_and_update().is_within(&self.read_up_to)
    }

    fn refill(&mut self, block: &relatum_log::Block) -> Result<(), Error> {
        let mut fresh = VecDeque::new();
        for commit in &block.commits {
            match codec::decode_commit(commit, &self.engine.0.upcasters, self.engine.1) {
                // A cut may end within a commit: what was given before is not given again.
                Ok(events) => fresh
                    .extend(events.into_iter().filter(|it| !self.read_up_to.includes(it.position))),
                Err(error) if fresh.is_empty() => return Err(error),
                // What comes before the error is given first; reading on meets it again.
                Err(_) => {
                    self.ahead = fresh;
                    self.cursor = Cursor::Position(commit.position);
                    return Ok(());
                }
            }
        }
        self.ahead = fresh;
        self.cursor = block.next;
        Ok(())
    }
}
