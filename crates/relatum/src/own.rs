//! Projections of one's own: kept beside the store, caught up when a question is asked.
//!
//! A projection is known by being asked for. Its states are in memory from then on, and in a file
//! of the store's folder, written whole and synced: a line of JSON that says of what it is, then a
//! line for each stream.
//!
//! *Invariant: a file is used only if it is of the same revision, undamaged, and the log has the
//! root that it names over as many events. Any doubt, and the states are folded again.*

use std::any::Any;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use relatum_domain::View;
use relatum_log::{Cut, Seq, TreeHash};
use relatum_stream::StreamId;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::as_of::AsOf;
use crate::engine::Engine;
use crate::error::Error;
use crate::pace::Pace;
use crate::projection::{Projection, States};
use crate::rights::Rights;
use crate::seal::hex;
use crate::whole_file::{is_name, write_whole};

/// So many events in memory are worth a file.
const MUCH: u64 = 65_536;

/// So many events, and whoever looks on is told.
const STEP: u64 = 1_024;

/// The format of the file.
const FORMAT: u16 = 1;

/// Why a projection of one's own cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The name is none.
    #[error("`{name}` names no projection; write 1 to 64 of a-z, 0-9 and -")]
    Name {
        /// What was given.
        name: &'static str,
    },
    /// Two have one name.
    #[error("two projections are called `{name}`; give one of them another name")]
    Twin {
        /// Their name.
        name: &'static str,
    },
    /// Its states cannot be written.
    #[error("the states of `{name}` cannot be written as JSON")]
    State {
        /// Its name.
        name: &'static str,
        /// Why not.
        source: serde_json::Error,
    },
}

/// How far a projection of one's own is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OwnProjectionStats {
    /// Its name.
    pub name: String,
    /// Its revision.
    pub revision: u32,
    /// The last event that it has taken in, or that its file has if nobody asked for it yet.
    pub position: u64,
    /// How many events it has not taken in yet.
    pub behind: u64,
}

/// What a [backfill](Engine::backfill) did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Backfilled {
    /// The projection.
    pub name: &'static str,
    /// Its revision.
    pub revision: u32,
    /// How many events it had taken in before.
    pub resumed_at: u64,
    /// How many were read now.
    pub read: u64,
    /// The last event that it has taken in.
    pub upto: u64,
    /// The streams of which it keeps a state.
    pub streams: u64,
    /// How long it took.
    pub took: Duration,
}

/// The first line of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Title {
    format: u16,
    name: String,
    revision: u32,
    /// The last event that is in it.
    upto: u64,
    /// The root of the tree over the log up to there.
    root: TreeHash,
    /// SHA-256 of the rest.
    states: String,
}

/// What a projection has taken in.
struct Taken<P: Projection> {
    states: States<P>,
    upto: u64,
    /// How much of it is in the file.
    kept: u64,
    file: Option<PathBuf>,
}

/// The projections that were asked for.
#[derive(Default)]
pub(crate) struct Own {
    /// Where their files are; none: they have none.
    folder: Option<PathBuf>,
    slots: Mutex<BTreeMap<&'static str, Slot>>,
}

/// A projection, as itself and as one of many.
struct Slot {
    itself: Arc<dyn Any + Send + Sync>,
    kept: Arc<dyn Kept>,
}

/// What is done with every projection alike.
trait Kept: Send + Sync {
    fn keep(&self, engine: &Engine) -> Result<(), Error>;
    fn clear(&self);
    fn stats(&self) -> (u32, u64);
}

impl Own {
    pub(crate) fn in_folder(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<&'static str, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The projection, opened if nobody asked for it yet.
    fn taken<P: Projection>(&self, engine: &Engine) -> Result<Arc<Mutex<Taken<P>>>, Error> {
        let mut slots = self.slots();
        if let Some(slot) = slots.get(P::NAME) {
            let itself = Arc::clone(&slot.itself).downcast();
            return Ok(itself.map_err(|_| ProjectionError::Twin { name: P::NAME })?);
        }
        if !is_name(P::NAME) {
            return Err(ProjectionError::Name { name: P::NAME }.into());
        }
        let file = self.folder.as_ref().map(|folder| folder.join(format!("{}.states", P::NAME)));
        let taken = Arc::new(Mutex::new(Taken::<P>::open(file, engine)));
        slots.insert(P::NAME, Slot { itself: taken.clone(), kept: taken.clone() });
        Ok(taken)
    }

    /// All of them, by name; nobody who asks for another one waits for what is done with them.
    fn each(&self) -> Vec<(&'static str, Arc<dyn Kept>)> {
        self.slots().iter().map(|(name, slot)| (*name, Arc::clone(&slot.kept))).collect()
    }

    /// Puts what was taken in into files.
    pub(crate) fn keep(&self, engine: &Engine) -> Result<(), Error> {
        self.each().into_iter().try_for_each(|(_, it)| it.keep(engine))
    }

    /// Throws the states of all of them away, and their files.
    pub(crate) fn clear(&self) {
        self.each().into_iter().for_each(|(_, it)| it.clear());
        for (path, _) in self.files() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// The files that are there, and of what they say that they are.
    fn files(&self) -> Vec<(PathBuf, Title)> {
        let entries = self.folder.as_ref().and_then(|folder| std::fs::read_dir(folder).ok());
        let title = |path: PathBuf| {
            let file = std::io::BufReader::new(std::fs::File::open(&path).ok()?);
            let title = serde_json::Deserializer::from_reader(file).into_iter().next()?.ok()?;
            Some((path, title))
        };
        entries.into_iter().flatten().filter_map(|entry| title(entry.ok()?.path())).collect()
    }

    /// How far each of them is, by name, of a log with so many events.
    pub(crate) fn stats(&self, events: u64) -> Vec<OwnProjectionStats> {
        let files = self.files().into_iter().map(|(_, it)| (it.name, (it.revision, it.upto)));
        let mut all: BTreeMap<String, (u32, u64)> = files.collect();
        for (name, it) in self.each() {
            all.insert(name.to_owned(), it.stats());
        }
        let stats = |(name, (revision, position)): (String, (u32, u64))| {
            let behind = events.saturating_sub(position);
            OwnProjectionStats { name, revision, position, behind }
        };
        all.into_iter().map(stats).collect()
    }
}

impl<P: Projection> Taken<P> {
    /// What the file has, as far as the log is the one it was made of; else nothing.
    fn open(file: Option<PathBuf>, engine: &Engine) -> Self {
        let found = file.as_deref().and_then(|path| Self::read(path, engine));
        let (states, upto) = found.unwrap_or_default();
        Self { states, upto, kept: upto, file }
    }

    fn read(path: &Path, engine: &Engine) -> Option<(States<P>, u64)> {
        let bytes = std::fs::read(path).ok()?;
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let (line, states) = (bytes.get(..end)?, bytes.get(end.saturating_add(1)..)?);
        let title: Title = serde_json::from_slice(line).ok()?;
        let is_ours = (title.format, title.name.as_str(), title.revision)
            == (FORMAT, P::NAME, P::REVISION)
            && title.states == digest(states);
        let is_of_log = is_ours
            && engine.root_at(&Cut::single(Seq(title.upto))).is_ok_and(|root| root == title.root);
        let states = is_of_log.then(|| States::load(states).ok()).flatten()?;
        Some((states, title.upto))
    }

    /// Takes in what the log holds by now; `progress` gets the event taken in, now and then.
    fn catch_up(&mut self, engine: &Engine, progress: &mut dyn FnMut(u64)) -> Result<(), Error> {
        let taken = Cut::single(Seq(self.upto));
        if engine.0.head.borrow().is_within(&taken) {
            return Ok(());
        }
        let mut last = None;
        // States are shared by handles of all rights: they are folded with none.
        for envelope in engine.with_rights(Rights::NONE).replay().after(taken).events()? {
            let envelope = envelope?;
            // A file names a root, and so ends where a commit does.
            if last.replace(envelope.recorded_at) != Some(envelope.recorded_at) {
                self.keep_much(engine);
            }
            self.states.apply(&envelope);
            self.upto = envelope.position.seq.0;
            if self.upto.is_multiple_of(STEP) {
                progress(self.upto);
            }
        }
        progress(self.upto);
        self.keep_much(engine);
        Ok(())
    }

    fn clear(&mut self) {
        *self = Self { file: self.file.take(), ..Self::default() };
    }

    /// It only spares later work: where it cannot be written, so be it.
    fn keep_much(&mut self, engine: &Engine) {
        if self.upto.saturating_sub(self.kept) >= MUCH {
            let _ = self.keep(engine);
        }
    }

    fn keep(&mut self, engine: &Engine) -> Result<(), Error> {
        let Some(file) = self.file.as_deref().filter(|_| self.kept < self.upto) else {
            return Ok(());
        };
        let unwritable = |source| ProjectionError::State { name: P::NAME, source };
        let states = self.states.save().map_err(unwritable)?;
        let title = Title {
            format: FORMAT,
            name: P::NAME.to_owned(),
            revision: P::REVISION,
            upto: self.upto,
            root: engine.root_at(&Cut::single(Seq(self.upto)))?,
            states: digest(&states),
        };
        let mut bytes = serde_json::to_vec(&title).map_err(unwritable)?;
        bytes.push(b'\n');
        bytes.extend(states);
        let written = || {
            file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            write_whole(file, &bytes, false)
        };
        written().map_err(|error| Error::io(format!("write {}", file.display()), error))?;
        self.kept = self.upto;
        Ok(())
    }
}

impl<P: Projection> Default for Taken<P> {
    fn default() -> Self {
        Self { states: States::default(), upto: 0, kept: 0, file: None }
    }
}

impl<P: Projection> Kept for Mutex<Taken<P>> {
    fn keep(&self, engine: &Engine) -> Result<(), Error> {
        let mut taken = lock(self);
        taken.catch_up(engine, &mut |_| {})?;
        taken.keep(engine)
    }

    fn clear(&self) {
        lock(self).clear();
    }

    fn stats(&self) -> (u32, u64) {
        (P::REVISION, lock(self).upto)
    }
}

/// A fold that panicked left the state of an event that was not taken in: it begins anew.
fn lock<P: Projection>(taken: &Mutex<Taken<P>>) -> MutexGuard<'_, Taken<P>> {
    taken.lock().unwrap_or_else(|poisoned| {
        taken.clear_poison();
        let mut taken = poisoned.into_inner();
        taken.clear();
        taken
    })
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

impl Engine {
    /// Answers from the states of a projection, caught up first.
    fn with_own<P: Projection, T>(&self, answer: impl FnOnce(&States<P>) -> T) -> Result<T, Error> {
        let taken = self.0.own.taken::<P>(self)?;
        let mut taken = lock(&taken);
        taken.catch_up(self, &mut |_| {})?;
        Ok(answer(&taken.states))
    }

    /// Folds the whole history into a projection of one's own that is new or was changed, ahead of
    /// the first question, and keeps it in its file.
    ///
    /// Whoever records or asks anything else goes on meanwhile; who asks this projection waits for
    /// it. Killed, the next call goes on from the last file of the same
    /// [`REVISION`](Projection::REVISION). Projections have no effects, and subscriptions are told
    /// nothing: history that is folded again does nothing again. `progress` gets the events taken
    /// in and the events of the log; reading keeps to `pace`.
    ///
    /// # Errors
    /// [`Error::Projection`] if its name is none or another's; [`Error::Log`], [`Error::Decode`],
    /// [`Error::Io`].
    pub fn backfill<P: Projection>(
        &self,
        pace: Pace,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Backfilled, Error> {
        let taken = self.0.own.taken::<P>(self)?;
        let mut taken = lock(&taken);
        let resumed_at = taken.upto;
        let paced = pace.from(resumed_at);
        taken.catch_up(self, &mut |upto| {
            // Who is told may record: the head is not held meanwhile.
            let all = self.0.head.borrow().events();
            progress(upto, all.max(upto));
            paced.wait(upto);
        })?;
        taken.keep(self)?;
        Ok(Backfilled {
            name: P::NAME,
            revision: P::REVISION,
            resumed_at,
            read: paced.taken(taken.upto),
            upto: taken.upto,
            streams: taken.states.all().len() as u64,
            took: paced.took(),
        })
    }
}

impl AsOf {
    /// What a projection of one's own shows of every stream, from this point.
    ///
    /// The first call folds the log, or what it has beyond the file of an earlier
    /// [`checkpoint`](Engine::checkpoint); later ones take in what is new. Needs the memory of the
    /// states of all streams, and of one read of the log.
    ///
    /// # Errors
    /// [`Error::Projection`] if its name is none or another's; [`Error::Log`], [`Error::Decode`].
    pub fn project<P: Projection>(&self) -> Result<BTreeMap<StreamId, P::Seen>, Error> {
        let view = self.under();
        let mut seen = self.engine.with_own::<P, _>(|states| states.seen(&view))?;
        for stream in self.touched() {
            match P::see(&self.refolded::<P>(stream)?, &self.view()) {
                Some(it) => drop(seen.insert(stream, it)),
                None => drop(seen.remove(&stream)),
            }
        }
        Ok(seen)
    }

    /// The same of one stream.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    pub fn project_stream<P: Projection>(
        &self,
        stream: impl Into<StreamId>,
    ) -> Result<Option<P::Seen>, Error> {
        let (stream, view) = (stream.into(), self.under());
        if self.touched().any(|it| it == stream) {
            return Ok(P::see(&self.refolded::<P>(stream)?, &self.view()));
        }
        let see = |states: &States<P>| states.of(stream).and_then(|state| P::see(state, &view));
        self.engine.with_own(see)
    }

    /// The state of a stream with what is laid over it.
    fn refolded<P: Projection>(&self, stream: StreamId) -> Result<P::State, Error> {
        let (mut state, until) = (P::State::default(), self.under().known_at);
        let engine = self.engine.with_rights(Rights::NONE);
        for envelope in engine.replay().stream(stream).events()? {
            let envelope = envelope?;
            if relatum_domain::Recorded::from(envelope.recorded_at) <= until {
                P::apply(&mut state, &envelope);
            }
        }
        self.laid_over(stream).for_each(|it| P::apply(&mut state, &it));
        Ok(state)
    }

    /// The point from which what is under an overlay is seen.
    pub(crate) fn under(&self) -> View {
        let view = self.view();
        view.known_at(view.known_at.min(self.known_under()))
    }
}
