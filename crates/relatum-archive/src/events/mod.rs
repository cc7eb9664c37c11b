//! Events as record batches, in the order of the log.

mod columns;
mod facts;
mod raw;
mod read;

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use arrow_array::RecordBatch;
use relatum::Engine;
use relatum_log::{ByteSize, Cursor, Cut, Position, Seq, StoredCommit};
use relatum_stream::StreamId;

pub(crate) use columns::EventColumns;
pub use columns::events_schema;
pub(crate) use raw::RawEvent;
pub(crate) use read::{RAW, RawColumns};

use crate::error::ArchiveError;

/// How much of the log is read at once.
pub(crate) const READ: ByteSize = ByteSize::mib(4);

/// So many rows a batch, unless said otherwise.
const ROWS: usize = 8_192;

/// The events of a log as record batches with the columns of [`events_schema`].
///
/// What is said of different things holds at once. A stream is read as a stream and a range of seqs
/// from its first on: neither scans the log. Ends with what the log held when it was begun.
///
/// # Example
/// ```
/// use relatum::Engine;
/// use relatum_archive::Events;
/// let engine = Engine::in_memory()?;
/// let rows: usize = Events::of(&engine)?.map(|batch| batch.map_or(0, |it| it.num_rows())).sum();
/// assert_eq!(rows, 0);
/// # Ok::<(), relatum_archive::ArchiveError>(())
/// ```
#[derive(Debug)]
pub struct Events {
    engine: Engine,
    stream: Option<StreamId>,
    types: Vec<String>,
    rows: usize,
    first: u64,
    last: u64,
    next: Option<Cursor>,
    commits: VecDeque<StoredCommit>,
    ended: bool,
}

impl Events {
    /// All events that the log holds now.
    ///
    /// # Errors
    /// [`ArchiveError::Engine`].
    pub fn of(engine: &Engine) -> Result<Self, ArchiveError> {
        Ok(Self {
            engine: engine.clone(),
            stream: None,
            types: Vec::new(),
            rows: ROWS,
            first: 1,
            last: engine.head()?.seq(0).0,
            next: None,
            commits: VecDeque::new(),
            ended: false,
        })
    }

    /// Only those of one stream.
    #[must_use]
    pub fn stream(self, stream: impl Into<StreamId>) -> Self {
        Self { stream: Some(stream.into()), ..self }
    }

    /// Only those with one of these seqs.
    #[must_use]
    pub fn seqs(self, seqs: RangeInclusive<u64>) -> Self {
        let (first, last) = (self.first.max(*seqs.start()), self.last.min(*seqs.end()));
        Self { first, last, ..self }
    }

    /// Only those of a cut: what was known then.
    #[must_use]
    pub fn upto(self, cut: &Cut) -> Self {
        let last = self.last.min(cut.seq(0).0);
        Self { last, ..self }
    }

    /// Only those of these types.
    #[must_use]
    pub fn types<T: Into<String>>(self, types: impl IntoIterator<Item = T>) -> Self {
        Self { types: types.into_iter().map(Into::into).collect(), ..self }
    }

    /// At most so many rows a batch.
    #[must_use]
    pub fn batch_rows(self, rows: usize) -> Self {
        Self { rows: rows.max(1), ..self }
    }

    /// The seq of the last event that it can give.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    fn commit(&mut self) -> Result<Option<StoredCommit>, ArchiveError> {
        if self.commits.is_empty() {
            let start = match self.stream {
                Some(stream) => Cursor::stream(stream),
                None => Cursor::Position(Position { partition: 0, seq: Seq(self.first.max(1)) }),
            };
            let from = self.next.unwrap_or(start);
            let block = self.engine.log().read(from, READ).wait().map_err(relatum::Error::from)?;
            self.next = Some(block.next);
            self.commits = block.commits.into();
        }
        Ok(self.commits.pop_front().filter(|it| it.position.seq.0 <= self.last))
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, ArchiveError> {
        let mut columns = EventColumns::new();
        while columns.len() < self.rows && !self.ended {
            let Some(commit) = self.commit()? else {
                self.ended = true;
                break;
            };
            RawEvent::each(&commit, |raw| {
                let in_range = self.first <= raw.seq && raw.seq <= self.last;
                let of_type =
                    self.types.is_empty() || self.types.iter().any(|it| it == raw.event_type);
                let of_stream = match self.stream {
                    Some(only) => raw.event()?.stream == only,
                    None => true,
                };
                if in_range && of_type && of_stream { columns.push(&raw) } else { Ok(()) }
            })?;
        }
        if columns.len() == 0 { Ok(None) } else { columns.batch().map(Some) }
    }
}

impl Iterator for Events {
    type Item = Result<RecordBatch, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.batch().transpose();
        // After an error nothing follows: a batch would lack rows.
        self.ended |= matches!(batch, Some(Err(_)) | None);
        batch
    }
}
