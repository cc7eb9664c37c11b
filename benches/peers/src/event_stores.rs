//! Event stores as a program would use them, each by its own calls.

use std::path::Path;
use std::sync::Arc;

use evento::cursor::Args;
use evento::{Executor as _, TenantFilter};
use relatum_log::{ByteSize, Cursor, EventLog as _, NewCommit};
use relatum_log_sled::{SledLog, SledOptions};
use tokio::runtime::Runtime;
use umadb_core::db::UmaDb;
use umadb_core::mvcc::{Mvcc, StorageOptions};
use umadb_dcb::{DcbEvent, DcbEventStoreSync as _};

use crate::Outcome;
use crate::offered::{Offered, commit};

/// What was read: how many events, and the bytes of their data.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Held {
    pub(crate) fn of<'a>(all: impl IntoIterator<Item = &'a [u8]>) -> Self {
        all.into_iter().fold(Self::default(), |held, data| Self {
            events: held.events + 1,
            bytes: held.bytes + data.len(),
        })
    }

    fn and(self, other: Self) -> Self {
        Self { events: self.events + other.events, bytes: self.bytes + other.bytes }
    }
}

/// A store of events in streams.
pub(crate) trait EventStore: Sized {
    const NAME: &'static str;

    /// What an append takes, ready to be handed over.
    type Request;

    /// The store in a folder; an empty one if the folder is not there.
    fn open(folder: &Path) -> Outcome<Self>;

    fn request(events: &[Offered]) -> Outcome<Self::Request>;

    /// All events or none, durable when this returns.
    fn append(&self, request: Self::Request) -> Outcome<()>;

    /// Every event, in order.
    fn read(&self) -> Outcome<Held>;
}

pub(crate) struct Relatum(SledLog);

impl EventStore for Relatum {
    const NAME: &'static str = "relatum";
    type Request = NewCommit;

    fn open(folder: &Path) -> Outcome<Self> {
        Ok(Self(SledLog::open(folder, SledOptions::new().create(!folder.exists()))?))
    }

    fn request(events: &[Offered]) -> Outcome<NewCommit> {
        Ok(commit(events, Offered::known))
    }

    fn append(&self, request: NewCommit) -> Outcome<()> {
        Ok(self.0.submit(request).wait().map(drop)?)
    }

    fn read(&self) -> Outcome<Held> {
        let mut held = Held::default();
        let mut cursor = Cursor::start();
        loop {
            let block = self.0.read(cursor, ByteSize::mib(4)).wait()?;
            if block.commits.is_empty() {
                return Ok(held);
            }
            for commit in &block.commits {
                let envelopes = commit.envelopes()?;
                held = held.and(Held::of(envelopes.iter().map(|it| it.data.as_str().as_bytes())));
            }
            cursor = block.next;
        }
    }
}

/// evento on fjall, which syncs after every write unless told otherwise.
pub(crate) struct Evento {
    store: evento::Fjall,
    runtime: Runtime,
}

impl Evento {
    /// Events of a page.
    const PAGE: u16 = 1_024;
}

impl EventStore for Evento {
    const NAME: &'static str = "evento";
    type Request = Vec<evento::Event>;

    fn open(folder: &Path) -> Outcome<Self> {
        Ok(Self { store: evento::Fjall::open(folder)?, runtime: Runtime::new()? })
    }

    fn request(events: &[Offered]) -> Outcome<Self::Request> {
        let event = |it: &Offered| {
            Ok(evento::Event {
                id: ulid::Ulid::generate(),
                aggregate_id: it.stream.to_string(),
                aggregate_type: "relatum/Account".to_owned(),
                version: u16::try_from(it.before + 1)?,
                name: it.event.event_type.to_string(),
                data: it.event.data.as_str().as_bytes().to_vec(),
                ..evento::Event::default()
            })
        };
        events.iter().map(event).collect()
    }

    fn append(&self, request: Self::Request) -> Outcome<()> {
        Ok(self.runtime.block_on(self.store.write(request))?)
    }

    fn read(&self) -> Outcome<Held> {
        let mut held = Held::default();
        let mut after = None;
        loop {
            let args = Args::forward(Self::PAGE, after);
            let page = self.store.read(None, None, TenantFilter::All, args, None);
            let page = self.runtime.block_on(page)?;
            held = held.and(Held::of(page.edges.iter().map(|edge| edge.node.data.as_slice())));
            if !page.page_info.has_next_page {
                return Ok(held);
            }
            after = page.page_info.end_cursor;
        }
    }
}

/// UmaDB without its server.
pub(crate) struct Uma(UmaDb);

impl EventStore for Uma {
    const NAME: &'static str = "umadb";
    type Request = Vec<DcbEvent>;

    fn open(folder: &Path) -> Outcome<Self> {
        let mvcc = Mvcc::new(false, StorageOptions::default().db_path(folder))?;
        Ok(Self(UmaDb::from_arc(Arc::new(mvcc))))
    }

    fn request(events: &[Offered]) -> Outcome<Self::Request> {
        let event = |it: &Offered| {
            DcbEvent::new()
                .event_type(it.event.event_type.to_string())
                .tags([it.stream.to_string()])
                .data(it.event.data.as_str())
        };
        Ok(events.iter().map(event).collect())
    }

    fn append(&self, request: Self::Request) -> Outcome<()> {
        Ok(self.0.append(request, None, None).map(drop)?)
    }

    fn read(&self) -> Outcome<Held> {
        let (events, _) = self.0.read_with_head(None, None, false, None)?;
        Ok(Held::of(events.iter().map(|it| it.event.data.as_slice())))
    }
}
