//! The engine: one log, the projections over it, the decisions before it.

#[cfg(feature = "sled")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;

use chrono::NaiveDate;
use relatum_domain::{ActionId, Event, EventBody};
use relatum_log::{
    ByteSize, Cursor, Cut, Envelope, EventData, EventLog, LogError, Pending, Receipt, StoredCommit,
    Upcasters,
};
use relatum_replay::ReplayError;
use relatum_stream::{EventRef, StreamId};
use tokio::sync::watch;

use crate::as_of::AsOf;
use crate::builder::EngineBuilder;
use crate::codec;
use crate::error::Error;
use crate::folded::Folded;
use crate::keyring::Keyring;
use crate::own::Own;
use crate::rights::{Rights, withhold};
use crate::standing::Standings;
use crate::states::States;

/// How much of the log is folded at once.
const READ: ByteSize = ByteSize::mib(4);

/// A log, the projections over it and the decisions before it.
///
/// A handle: cloning it is cheap, and clones share everything. All calls block; see
/// [`run`](Self::run) for asynchronous callers. What a handle opens of guarded fields is narrowed
/// by [`with_rights`](Self::with_rights).
#[derive(Debug, Clone)]
pub struct Engine(pub(crate) Arc<Inner>, pub(crate) Rights);

pub(crate) struct Inner {
    /// Dropped first: files of the cache may be merged until then, and nobody else may open the
    /// store.
    pub(crate) folded: RwLock<Folded>,
    pub(crate) log: Arc<dyn EventLog>,
    #[cfg(feature = "sled")]
    pub(crate) sled: Option<relatum_log_sled::SledLog>,
    pub(crate) keys: Keyring,
    pub(crate) upcasters: Upcasters,
    pub(crate) states: Mutex<States>,
    /// Held while a stream is decided on and written.
    pub(crate) turns: Vec<Mutex<()>>,
    pub(crate) head: watch::Sender<Cut>,
    pub(crate) standings: Standings,
    pub(crate) own: Own,
    /// Of the store; none: there is none.
    #[cfg(feature = "sled")]
    pub(crate) folder: Option<PathBuf>,
    /// Held while a shadow of the replay cache is made.
    #[cfg(feature = "sled")]
    pub(crate) rebuilding: Mutex<()>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inner").field("head", &*self.head.borrow()).finish_non_exhaustive()
    }
}

impl Engine {
    /// The store at `path`, made there if there is none, with its keys in `path` + `.keys`.
    ///
    /// # Errors
    /// [`Error::Log`] if the store is in use, damaged, of a newer format or not writable,
    /// [`Error::Keys`] if its keys are missing or damaged.
    #[cfg(feature = "sled")]
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::builder().create(true).open(path)
    }

    /// Options for opening.
    #[must_use]
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// A book that is gone when the last handle is.
    ///
    /// # Errors
    /// [`Error::Keys`] if the system has no random numbers.
    pub fn in_memory() -> Result<Self, Error> {
        Self::builder().in_memory()
    }

    /// The log underneath.
    #[must_use]
    pub fn log(&self) -> &dyn EventLog {
        &*self.0.log
    }

    /// Runs blocking `work` with this engine on tokio's threads for such work.
    ///
    /// The one bridge for asynchronous callers: every other call has one form.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Cancelled`] if the runtime ends first.
    ///
    /// # Example
    /// ```
    /// # use relatum::{AgingOptions, Engine, Error};
    /// # async fn ask(engine: Engine) -> Result<(), Error> {
    /// let day = chrono::NaiveDate::default();
    /// let aging = engine.run(move |it| it.as_of(day).aging(&AgingOptions::default())).await?;
    /// # let _ = aging; Ok(()) }
    /// ```
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let engine = self.clone();
        let task = tokio::task::spawn_blocking(move || work(&engine));
        task.await.map_err(|_| Error::Cancelled)?
    }

    /// Looks at the book as of the end of `day`, with everything known by now.
    #[must_use]
    pub fn as_of(&self, day: NaiveDate) -> AsOf {
        AsOf::new(self.clone(), day)
    }

    /// A digest that stands for a personal text wherever the text itself must not: in ids and
    /// source ids.
    #[must_use]
    pub fn stand_in(&self, personal: &str) -> String {
        self.0.keys.stand_in(personal)
    }

    /// The name that an event tells, of a contact or a manager, if it can be read.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn name_told_by(&self, event: EventRef) -> Result<Option<String>, Error> {
        let envelope = self.event(event)?;
        Ok(envelope.and_then(|it| self.reveal(codec::told_name(&it.data)?)))
    }

    /// What was undertaken in a talk, in words, if it can be read.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn undertaken(&self, talk: EventRef, action: ActionId) -> Result<Option<String>, Error> {
        let Some(envelope) = self.event(talk)? else { return Ok(None) };
        let EventBody::ActivityHeld(held) = &envelope.data.body else { return Ok(None) };
        let item = held.actions.iter().find(|it| it.action == action);
        Ok(item.and_then(|it| self.reveal(&it.what)))
    }

    /// One event.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn event(&self, event: EventRef) -> Result<Option<Envelope<Event>>, Error> {
        let stored = self.stored(event)?;
        stored.map(|envelope| codec::decode(envelope, &self.0.upcasters, self.1)).transpose()
    }

    /// The JSON of one event with every guarded field open that can be read.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Payload`].
    pub fn event_json(&self, event: EventRef) -> Result<Option<serde_json::Value>, Error> {
        let stored = self.stored(event)?;
        Ok(stored.and_then(|envelope| envelope.data.to().ok()).map(|json| self.opened(json)))
    }

    /// One event as the log holds it.
    fn stored(&self, event: EventRef) -> Result<Option<Envelope<EventData>>, Error> {
        let block = self.0.log.read(at(event), ByteSize(1)).wait()?;
        for commit in &block.commits {
            let found = commit.envelopes()?.into_iter().find(|it| it.event == event);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// `json` with every guarded field open that can be read, and no other.
    #[must_use]
    pub fn opened(&self, mut json: serde_json::Value) -> serde_json::Value {
        withhold(&mut json, self.1);
        codec::open_all(&mut json, &|sealed| self.open_box(sealed));
        json
    }

    /// How this handle understands stored events: by which upcasters, and what it may see of them.
    pub(crate) fn understands(&self) -> (&Upcasters, Rights) {
        (&self.0.upcasters, self.1)
    }

    /// All events of one stream, in order.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`].
    pub fn stream(&self, stream: StreamId) -> Result<Vec<Envelope<Event>>, Error> {
        self.replay().stream(stream).events()?.collect()
    }

    /// Takes everything into the projections that the log holds by now, and says up to where.
    ///
    /// Queries do so themselves; call it to do the work ahead, with a look at how it goes:
    /// `progress` gets the events folded and the events of the log.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`]. What was folded before the error stays.
    pub fn catch_up(&self, mut progress: impl FnMut(u64, u64)) -> Result<Cut, Error> {
        self.follow_log(&mut self.folded_mut(), &mut progress)
    }

    /// The next part of the log is read while this one is decoded.
    #[tracing::instrument(name = "catch up", level = "debug", skip_all)]
    pub(crate) fn follow_log(
        &self,
        folded: &mut Folded,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Cut, Error> {
        let read = |from| self.0.log.read(from, READ).wait();
        let mut block = read(Cursor::after(folded.cut().seq(0)))?;
        loop {
            let end = Cursor::after(block.head.seq(0));
            let is_last = block.commits.is_empty() || block.next == end;
            let (taken, next) = thread::scope(|scope| {
                let next = (!is_last).then(|| scope.spawn(|| read(block.next)));
                let taken = self.take(folded, &block.commits);
                (taken, next.map(|next| next.join().unwrap_or(Err(LogError::Poisoned))))
            });
            taken?;
            let cut = folded.cut();
            tracing::trace!(upto = cut.events(), "took in");
            progress(cut.events(), block.head.events());
            match next {
                Some(next) => block = next?,
                None => return Ok(cut),
            }
        }
    }

    /// Takes in the commits that follow, up to the first that is not understood.
    fn take(&self, folded: &mut Folded, commits: &[StoredCommit]) -> Result<(), Error> {
        let mut events = Vec::new();
        let mut understood = Ok(());
        for commit in commits {
            match codec::decode_commit(commit, &self.0.upcasters, Rights::ALL) {
                Ok(more) => events.extend(more),
                Err(error) => {
                    understood = Err(error);
                    break;
                }
            }
        }
        folded.take(&events)?;
        // It only spares memory and later work; where it cannot be written, so be it.
        let _ = folded.keep_much(|cut| self.root_at(cut));
        understood
    }

    pub(crate) fn folded_mut(&self) -> RwLockWriteGuard<'_, Folded> {
        self.0.folded.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn folded(&self) -> RwLockReadGuard<'_, Folded> {
        self.0.folded.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Throws the replay cache and all states away, those of [projections of one's
    /// own](crate::Projection) too, and takes in the whole log again.
    ///
    /// # Errors
    /// As [`catch_up`](Self::catch_up).
    pub fn rebuild(&self, mut progress: impl FnMut(u64, u64)) -> Result<Cut, Error> {
        self.0.own.clear();
        let mut folded = self.folded_mut();
        folded.clear();
        self.follow_log(&mut folded, &mut progress)
    }

    /// Keeps what was taken in beside the store, so that the next opening is quick.
    ///
    /// Does nothing for a book in memory, or if the files are up to date. Files that turn out to be
    /// damaged are made anew.
    ///
    /// # Errors
    /// [`Error::Replay`], [`Error::Log`], [`Error::Decode`].
    pub fn checkpoint(&self) -> Result<(), Error> {
        self.catch_up(|_, _| {})?;
        let mut folded = self.folded_mut();
        let kept = match folded.keep(|cut| self.root_at(cut)) {
            Err(Error::Replay(ReplayError::Damaged)) => {
                folded.clear();
                self.follow_log(&mut folded, &mut |_, _| {})?;
                folded.keep(|cut| self.root_at(cut))
            }
            kept => kept,
        };
        drop(folded);
        kept.and(self.0.own.keep(self))
    }

    /// Answers from what was taken in, brought up to date first. A cache that turns out to be
    /// damaged is thrown away and made anew.
    pub(crate) fn with_folded<T>(
        &self,
        mut answer: impl FnMut(&Folded) -> Option<T>,
    ) -> Result<T, Error> {
        if !self.0.head.borrow().is_within(&self.folded().cut()) {
            self.catch_up(|_, _| {})?;
        }
        if let Some(answer) = answer(&self.folded()) {
            return Ok(answer);
        }
        self.rebuild(|_, _| {})?;
        answer(&self.folded()).ok_or(Error::Replay(ReplayError::Damaged))
    }

    /// Submits a commit and tells those who follow when it is recorded.
    pub(crate) fn submit(
        &self,
        commit: relatum_log::NewCommit,
    ) -> Pending<Receipt, relatum_log::AppendError> {
        self.0.log.submit(commit)
    }

    /// Tells those who follow that the log has grown.
    pub(crate) fn grown(&self, receipt: &Receipt) {
        self.0.head.send_if_modified(|head| {
            let longer = !receipt.cut.is_within(head);
            if longer {
                *head = receipt.cut.clone();
            }
            longer
        });
    }

    /// Stores a commit of another log as it is.
    ///
    /// # Errors
    /// [`Error::Append`] if it does not follow what is there.
    pub fn replicate(&self, bytes: impl Into<Vec<u8>>) -> Result<Receipt, Error> {
        let bytes = relatum_log::CommitBytes::new(bytes);
        let receipt = self.submit(relatum_log::NewCommit::Copy(bytes)).wait()?;
        self.grown(&receipt);
        Ok(receipt)
    }

    /// The end of the log.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn head(&self) -> Result<Cut, Error> {
        Ok(self.0.log.read(Cursor::start(), ByteSize(1)).wait()?.head)
    }

    pub(crate) fn states(&self) -> MutexGuard<'_, States> {
        self.0.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where to read to find `event`.
const fn at(event: EventRef) -> Cursor {
    Cursor::Stream(event.stream, event.version)
}
