//! Reading events in their order, from any place in the log or of one stream.
//!
//! The one way in which events are read one by one: following, replaying, and what decisions draw
//! of a stream. Keeps what one read of the log gave, and understands an event when it is taken.
//!
//! *Invariant: each event once, in order, without a gap; after an error the next call tries the
//! same event again.*

use std::collections::VecDeque;
use std::vec;

use relatum_domain::Event;
use relatum_log::{Block, ByteSize, Cursor, Envelope, EventData, EventLog, LogError, Pending};
use relatum_log::{StoredCommit, Upcasters};

use crate::codec;
use crate::error::Error;
use crate::rights::Rights;

/// How much is read at once.
const READ: ByteSize = ByteSize::mib(1);

/// A place in the log from which events are taken.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The first event that was not taken.
    next: Cursor,
    /// Where the log goes on after what was read of it.
    beyond: Cursor,
    commits: VecDeque<StoredCommit>,
    events: vec::IntoIter<Envelope<EventData>>,
}

impl Reading {
    pub(crate) fn from(next: Cursor) -> Self {
        let (commits, events) = (VecDeque::new(), Vec::new().into_iter());
        Self { next, beyond: next, commits, events }
    }

    /// Takes the next event of what was read that is `wanted`; none: more is to be read.
    pub(crate) fn take(
        &mut self,
        by: (&Upcasters, Rights),
        mut wanted: impl FnMut(&Envelope<EventData>) -> bool,
    ) -> Option<Result<Envelope<Event>, Error>> {
        loop {
            let Some(envelope) = self.events.next() else {
                match self.commits.pop_front()?.envelopes() {
                    Ok(events) => self.events = events.into_iter(),
                    Err(error) => return Some(Err(self.again(error.into()))),
                }
                continue;
            };
            let Some(after) = self.after(&envelope) else { continue };
            if !wanted(&envelope) {
                self.next = after;
                continue;
            }
            return Some(match codec::decode(envelope, by.0, by.1) {
                Ok(envelope) => {
                    self.next = after;
                    Ok(envelope)
                }
                Err(error) => Err(self.again(error)),
            });
        }
    }

    /// The same, reading on until there is one; none: the log has no more.
    pub(crate) fn take_or_read(
        &mut self,
        log: &dyn EventLog,
        by: (&Upcasters, Rights),
        mut wanted: impl FnMut(&Envelope<EventData>) -> bool,
    ) -> Result<Option<Envelope<Event>>, Error> {
        loop {
            if let Some(taken) = self.take(by, &mut wanted) {
                return taken.map(Some);
            }
            let block = self.read(log).wait()?;
            if block.commits.is_empty() {
                return Ok(None);
            }
            self.refill(block);
        }
    }

    /// Asks the log for what follows what was read.
    pub(crate) fn read(&self, log: &dyn EventLog) -> Pending<Block, LogError> {
        log.read(self.beyond, READ)
    }

    /// Puts there what was read.
    pub(crate) fn refill(&mut self, block: Block) {
        self.beyond = block.next;
        self.commits.extend(block.commits);
    }

    /// Where to go on after an event that is not before where to begin. Commits are read whole:
    /// they hold events before that, and of other streams.
    fn after(&self, envelope: &Envelope<EventData>) -> Option<Cursor> {
        match self.next {
            Cursor::Stream(stream, version) => {
                let at = envelope.event;
                let meant = at.stream == stream && at.version >= version;
                meant.then(|| Cursor::Stream(stream, at.version.plus(1)))
            }
            Cursor::Position(next) => {
                let at = envelope.position;
                let meant = at.partition == next.partition && at.seq >= next.seq;
                meant.then(|| Cursor::after(at.seq))
            }
            _ => None,
        }
    }

    /// Forgets what was read, so that the event is met again.
    fn again(&mut self, error: Error) -> Error {
        *self = Self::from(self.next);
        error
    }
}
