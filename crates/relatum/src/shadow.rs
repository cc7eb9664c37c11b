//! A shadow of the replay cache: derived again beside the live one, compared, and promoted.
//!
//! The shadow has a folder of its own and goes on from its own last run after a kill. It is
//! compared by what the projections fold the two to at one position, stream by stream. Questions
//! are answered from the live one meanwhile; they wait for nothing but the change of folders.
//!
//! *Invariant: what is promoted folds to what the live one does, or a projection of another
//! revision says otherwise and somebody accepted that.*

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use relatum_domain::Recorded;
use relatum_log::{Cut, Position, Seq, recorded_at};
use relatum_projections::{Models, Which};
use relatum_replay::{Digests, Replay, ReplayError, promote};
use relatum_stream::{EventRef, StreamId};
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::folded::{Folded, threads};
use crate::generation::Generation;
use crate::pace::Pace;

/// What a shadow was compared by, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rebuilt {
    /// The position at which both were compared.
    pub upto: Cut,
    /// How many events of an earlier shadow were there already, in files.
    pub resumed_at: u64,
    /// How many were read from the log.
    pub read: u64,
    /// Whether the shadow is live now.
    pub promoted: bool,
    /// Which generation is live.
    pub generation: u64,
    /// The projections, in the order of their list.
    pub projections: Vec<Compared>,
}

/// What a projection says of two generations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Compared {
    /// Its name.
    pub name: &'static str,
    /// Its revision.
    pub revision: u32,
    /// Its revision when the live generation was promoted; none: that was not noted.
    pub revision_was: Option<u32>,
    /// The hash of the states that it folds the shadow to.
    pub hash: String,
    /// The streams of which the states are not what they were.
    pub differing: BTreeSet<StreamId>,
    /// Where the two caches part first; none: they do not, and what differs is the fold.
    pub parting: Option<Parting>,
}

/// The first event with which two caches fold to different states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Parting {
    /// The event.
    pub event: EventRef,
    /// Its place in the log.
    pub position: Position,
    /// The state of its stream with it, by the live cache, in words.
    pub live: String,
    /// The same by the shadow.
    pub shadow: String,
}

impl Compared {
    /// Whether it is what it was.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.differing.is_empty()
    }

    /// Whether its fold has another meaning than when the live generation was promoted.
    #[must_use]
    pub fn is_revised(&self) -> bool {
        self.revision_was.is_some_and(|was| was != self.revision)
    }
}

/// Where a cache, its shadow and what is known of them lie.
pub(crate) struct Places {
    pub(crate) live: PathBuf,
    pub(crate) next: PathBuf,
    pub(crate) former: PathBuf,
    pub(crate) generation: PathBuf,
}

impl Places {
    /// In the folder of a store.
    pub(crate) fn of(store: &Path) -> Self {
        let [live, next, former, generation] =
            ["replay", "replay.next", "replay.former", "replay.generation"]
                .map(|name| store.join(name));
        Self { live, next, former, generation }
    }
}

impl Engine {
    /// Derives the replay cache anew from the log, beside the live one, which answers meanwhile;
    /// compares what the projections fold the two to; and puts the new one in the place of the old
    /// if that may be. None for a book that is not in a store.
    ///
    /// It may be if all states are equal. Of a projection whose revision changed since the live
    /// generation was promoted they may differ, if `accept` says that somebody looked at
    /// [`differing`](Compared::differing). Otherwise nothing is promoted, and the shadow of a
    /// projection that was not revised is thrown away, so that the next call derives it again.
    ///
    /// Needs the memory of the digests of all states, about two hundred bytes a stream, and of a
    /// part of the book. Killed at any point, the next call goes on from the last file of the
    /// shadow. `progress` gets the events taken in and the events of the log. Reading keeps to
    /// `pace`; comparing, which comes after it, does not.
    ///
    /// # Errors
    /// [`Error::Log`], [`Error::Decode`], [`Error::Replay`], [`Error::Io`].
    pub fn rebuild_beside(
        &self,
        accept: bool,
        pace: Pace,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Option<Rebuilt>, Error> {
        let Some(places) = &self.places() else { return Ok(None) };
        // One at a time: two would write to one folder.
        let _turn = self.0.rebuilding.lock().unwrap_or_else(PoisonError::into_inner);
        let Shadow { cache: shadow, resumed_at, upto } =
            self.shadow(places, pace, &mut progress)?;
        let compared = self.compared(places, &shadow, &upto)?;
        let may_be = |it: &Compared| it.is_equal() || it.is_revised() && accept;
        let promoted = compared.projections.iter().all(may_be);
        let mut generation = compared.number;
        drop(shadow);
        if promoted {
            generation = generation.saturating_add(1);
            self.put_in_place(places)?;
            let root = self.root_at(&upto)?;
            let told = Generation::new(generation, upto.events(), root, &compared.digests);
            told.keep(&places.generation, &compared.digests)?;
        } else if compared.projections.iter().any(|it| !it.is_equal() && !it.is_revised()) {
            // What is wrong with it may be mended: then it is to be derived by what mended it.
            let _ = std::fs::remove_dir_all(&places.next);
        }
        let projections = compared.projections;
        let read = upto.events().saturating_sub(resumed_at);
        Ok(Some(Rebuilt { upto, resumed_at, read, promoted, generation, projections }))
    }

    /// Where the replay cache lies; none: in memory.
    pub(crate) fn places(&self) -> Option<Places> {
        self.0.folder.as_deref().map(Places::of)
    }

    /// The shadow, up to the end of the log, in files.
    fn shadow(
        &self,
        places: &Places,
        pace: Pace,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Shadow, Error> {
        let mut shadow = Folded::open(&places.next, 0, |cut| self.root_at(cut));
        let mut resumed_at = shadow.cut().events();
        self.follow_paced(&mut shadow, pace, progress)?;
        let kept = shadow.keep(|cut| self.root_at(cut));
        if let Err(Error::Replay(ReplayError::Damaged)) = kept {
            shadow.clear();
            resumed_at = 0;
            self.follow_paced(&mut shadow, pace, progress)?;
            shadow.keep(|cut| self.root_at(cut))?;
        } else {
            kept?;
        }
        let upto = shadow.cut();
        Ok(Shadow { cache: shadow.into_replay(), resumed_at, upto })
    }

    fn follow_paced(
        &self,
        shadow: &mut Folded,
        pace: Pace,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), Error> {
        let paced = pace.from(shadow.cut().events());
        self.follow_log(shadow, &mut |done, all| {
            progress(done, all);
            paced.wait(done);
        })?;
        Ok(())
    }

    fn compared(&self, places: &Places, shadow: &Replay, upto: &Cut) -> Result<Comparison, Error> {
        self.catch_up(|_, _| {})?;
        // Whoever writes or merges does not wait for this.
        let live = self.folded().replay().snapshot();
        let until = |cut: &Cut| -> Result<Option<Recorded>, Error> {
            Ok(Some(recorded_at(self.log(), cut)?.map_or(Recorded(i64::MIN), Recorded::from)))
        };
        let fold = |cache: &Replay, cut: &Cut| -> Result<Digests, Error> {
            let digests = cache.digests(threads(), Which::ALL, None, until(cut)?);
            digests.ok_or(Error::Replay(ReplayError::Damaged))
        };
        let digests = fold(shadow, upto)?;
        // A live cache that is damaged says nothing, and is not missed.
        let before = live.digests(threads(), Which::ALL, None, until(upto)?);
        let former = Generation::load(&places.generation, |cut| self.root_at(cut));
        let then = match &former {
            Some((it, _)) => Some(fold(shadow, &Cut::single(Seq(it.upto)))?),
            None => None,
        };
        let mut projections = Vec::new();
        for (place, info) in Models::LIST.iter().enumerate() {
            let gists = before.as_ref().map(|before| before.differing(&digests, place));
            let gists = gists.unwrap_or_default();
            let mut differing = gists.clone();
            let mut revision_was = None;
            if let (Some((former, was)), Some(then)) = (&former, &then) {
                let found = former.projections.iter().position(|it| it.name == info.name);
                revision_was = found.and_then(|at| Some(former.projections.get(at)?.revision));
                let then = found.map(|at| was.differing_at(at, then, place));
                differing.extend(then.unwrap_or_default());
            }
            projections.push(Compared {
                name: info.name,
                revision: info.revision,
                revision_was,
                hash: digests.hash(place),
                differing,
                parting: self.parting((&live, shadow), info.name, &gists)?,
            });
        }
        let number = former.map_or_else(
            || Generation::at(&places.generation).map_or(0, |it| it.number),
            |(it, _)| it.number,
        );
        Ok(Comparison { projections, digests, number })
    }

    /// Where two caches part first in the states of a projection of some streams.
    fn parting(
        &self,
        (live, shadow): (&Replay, &Replay),
        projection: &str,
        streams: &BTreeSet<StreamId>,
    ) -> Result<Option<Parting>, Error> {
        let Some(which) = Which::one(projection) else { return Ok(None) };
        let mut first: Option<(Position, EventRef)> = None;
        for stream in streams {
            let Some(version) = live.parts_from(shadow, *stream, which) else { continue };
            let event = EventRef::new(*stream, version);
            let Some(found) = self.event(event)? else { continue };
            if first.is_none_or(|(position, _)| found.position < position) {
                first = Some((found.position, event));
            }
        }
        let words = |cache: &Replay, event: EventRef| {
            let state = cache.state_at(event.stream, which, event.version);
            state.map(|models| models.described(which)).unwrap_or_default()
        };
        Ok(first.map(|(position, event)| {
            let (live, shadow) = (words(live, event), words(shadow, event));
            Parting { event, position, live, shadow }
        }))
    }

    fn put_in_place(&self, places: &Places) -> Result<(), Error> {
        let mut folded = self.folded_mut();
        let live_events = folded.live_events();
        // Files of it are merged no more, whatever comes of the rest.
        *folded = Folded::in_memory(live_events);
        let promoted = promote(&places.next, &places.live, &places.former);
        *folded = Folded::open(&places.live, live_events, |cut| self.root_at(cut));
        Ok(promoted?)
    }
}

/// A shadow as it was derived.
struct Shadow {
    cache: Replay,
    /// How many events were there already.
    resumed_at: u64,
    upto: Cut,
}

struct Comparison {
    projections: Vec<Compared>,
    /// What the shadow folds to.
    digests: Digests,
    /// The generation that is live.
    number: u64,
}
