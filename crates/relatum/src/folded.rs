//! What was taken in of the log: the gists of all events, and states folded from them.
//!
//! Gists are in the replay cache, beside the store or in memory. The states of a small book are
//! kept in memory once a question needed them, and follow the log. Those of a large one are folded
//! for each question, bucket by bucket: that needs the memory of a bucket.
//!
//! *Invariant: an answer does not depend on which of the two it came from, nor on whether the cache
//! had to be thrown away.*
//!
//! *Invariant: files of the cache are used only if the log has the root that they name, over as
//! many events. Any doubt, and they are derived again.*

#[cfg(feature = "sled")]
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use relatum_domain::gist::Topics;
use relatum_domain::{AccountId, Event, Gist, Identities, ManagerId, Recorded, TenantId};
use relatum_log::{Cut, Envelope, TreeHash};
use relatum_projections::{About, Bucket, Changes, ChangesPart, Compared, Merging, Models, Which};
use relatum_replay::{LeftOut, Replay, Row};
use relatum_stream::StreamId;

use crate::error::Error;

/// So many events in memory are put into a file.
const IN_MEMORY: u64 = 65_536;

/// The cache, and what was folded from it so far.
#[derive(Debug)]
pub(crate) struct Folded {
    replay: Replay,
    /// Up to how many events the states of all streams are kept.
    live_events: u64,
    live: OnceLock<Models>,
    /// The states of what is no account.
    common: OnceLock<Models>,
    /// Which accounts are one.
    identities: OnceLock<Identities>,
}

impl Folded {
    /// Nothing yet, and nothing in files ever.
    pub(crate) fn in_memory(live_events: u64) -> Self {
        let (live, common, identities) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { replay: Replay::in_memory(), live_events, live, common, identities }
    }

    /// What the cache in `folder` has of a log; `root_at` tells the root of a cut of it.
    #[cfg(feature = "sled")]
    pub(crate) fn open(
        folder: &Path,
        live_events: u64,
        root_at: impl Fn(&Cut) -> Result<TreeHash, Error>,
    ) -> Self {
        let replay = Replay::open(folder, |covered| {
            root_at(&Cut::single(covered.upto)).is_ok_and(|root| root == covered.root)
        });
        Self { replay, ..Self::in_memory(live_events) }
    }

    /// How much of the log was taken in.
    pub(crate) fn cut(&self) -> Cut {
        Cut::single(self.replay.upto())
    }

    /// The cache under it.
    pub(crate) const fn replay(&self) -> &Replay {
        &self.replay
    }

    /// The cache alone.
    #[cfg(feature = "sled")]
    pub(crate) fn into_replay(self) -> Replay {
        self.replay
    }

    /// Up to how many events the states of all streams are kept.
    #[cfg(feature = "sled")]
    pub(crate) const fn live_events(&self) -> u64 {
        self.live_events
    }

    /// Takes in the next events.
    pub(crate) fn take(&mut self, events: &[Envelope<Event>]) -> Result<(), Error> {
        self.replay.append(events)?;
        if self.replay.upto().0 > self.live_events {
            self.live.take();
        }
        if let Some(live) = self.live.get_mut() {
            events.iter().for_each(|envelope| live.apply(envelope));
        }
        if events.iter().any(|it| AccountId::of_stream(it.event.stream).is_none()) {
            self.common.take();
            self.identities.take();
        }
        Ok(())
    }

    /// Puts what is only in memory into a file, if it is much.
    pub(crate) fn keep_much(
        &mut self,
        root_at: impl FnOnce(&Cut) -> Result<TreeHash, Error>,
    ) -> Result<(), Error> {
        let only = self.replay.upto().0.saturating_sub(self.replay.kept_upto().0);
        if only > IN_MEMORY { self.keep(root_at) } else { Ok(()) }
    }

    /// Puts what is only in memory into a file, for a cache that has files.
    pub(crate) fn keep(
        &mut self,
        root_at: impl FnOnce(&Cut) -> Result<TreeHash, Error>,
    ) -> Result<(), Error> {
        if self.replay.has_folder() && self.replay.kept_upto() < self.replay.upto() {
            let root = root_at(&self.cut())?;
            let events = self.replay.upto().0 - self.replay.kept_upto().0;
            tracing::debug_span!("checkpoint", events).in_scope(|| self.replay.keep(root))?;
        }
        Ok(())
    }

    /// Throws all of it away.
    pub(crate) fn clear(&mut self) {
        self.replay.clear();
        self.live.take();
        self.common.take();
        self.identities.take();
    }

    /// What was told of accounts that are one; none: the cache is damaged.
    pub(crate) fn identities(&self) -> Option<&Identities> {
        if self.identities.get().is_none() {
            let _ = self.identities.set(self.identities_until(None)?);
        }
        self.identities.get()
    }

    /// The same, as far as it was recorded `until` then.
    pub(crate) fn identities_until(&self, until: Option<Recorded>) -> Option<Identities> {
        let (tenant, topics) = (TenantId::own().into(), Topics::of(&[]));
        let mut identities = Identities::default();
        self.replay.stream(tenant, topics, until, |gists| {
            gists.iter().for_each(|gist| identities.take(gist));
        })?;
        Some(identities)
    }

    /// The states of managers, teams and the tenant; none: the cache is damaged.
    pub(crate) fn common(&self) -> Option<&Models> {
        match self.live()? {
            Some(live) => Some(live),
            None => once(&self.common, || self.replay.common(None)),
        }
    }

    /// The states of all streams, where they are kept.
    fn live(&self) -> Option<Option<&Models>> {
        if self.replay.upto().0 > self.live_events {
            return Some(None);
        }
        once(&self.live, || self.fold()).map(Some)
    }

    #[tracing::instrument(level = "debug", skip_all, fields(events = self.replay.upto().0))]
    fn fold(&self) -> Option<Models> {
        self.replay.fold(threads(), None)
    }

    /// All states, for a question that cannot be put to parts; none: the cache is damaged.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Models) -> T) -> Option<T> {
        match self.live()? {
            Some(live) => Some(question(live)),
            None => self.fold().map(|models| question(&models)),
        }
    }

    /// What `question` says of the accounts of each part, of which `which` projections are there.
    /// With `managers` only accounts are sure to be there whose events mention one of them.
    pub(crate) fn parts<P: Send>(
        &self,
        which: Which,
        managers: Option<&[ManagerId]>,
        question: impl Fn(&Models) -> P + Sync,
    ) -> Option<Vec<P>> {
        if let Some(live) = self.live()? {
            return Some(vec![question(live)]);
        }
        self.each_part(which, managers, None, LeftOut::default(), question)
    }

    /// The same, whether states are kept or not, as far as it was recorded `until` then, without
    /// what is left out.
    pub(crate) fn each_part<P: Send>(
        &self,
        which: Which,
        managers: Option<&[ManagerId]>,
        until: Option<Recorded>,
        but: LeftOut<'_>,
        question: impl Fn(&Models) -> P + Sync,
    ) -> Option<Vec<P>> {
        in_order(|answer| {
            let take = |bucket, part: Models| answer(bucket, question(&part));
            self.replay.each_part(threads(), which, managers, until, but, take)
        })
    }

    /// What changed between two looks at a report, at both of which the same accounts are one, as
    /// far as the later one knows; none: the cache is damaged.
    pub(crate) fn changes(
        &self,
        compared: &Compared<'_>,
        (merging, known): (&Merging, Recorded),
    ) -> Option<Changes> {
        let common = self.replay.common_rows(None, |rows| compared.common(rows))?;
        let which = compared.which(&common);
        let part = |rows: &[Row<'_, '_>]| {
            alone(merging, rows, |rows| compared.part(which, (rows, None), &common))
        };
        let group = |kept| {
            let mut said = ChangesPart::default();
            each_of_one(&self.replay, merging, kept, known, |told| {
                let gists = merging.joined(kept, told);
                let row = (kept.into(), &*gists.iter().collect::<Vec<_>>());
                said = compared.part(which, (&[row], Some(told)), &common);
            })?;
            Some(said)
        };
        let managers = match compared.about() {
            About::Account(account) if merging.streams(account).is_some() => {
                return Some(compared.whole(&common, vec![group(account)?]));
            }
            About::Account(account) => {
                let stream = account.into();
                let one = |gists: &[&Gist<'_>]| part(&[(stream, gists)]);
                let mut said = ChangesPart::default();
                self.replay.stream(stream, which.topics(), None, |gists| said = one(gists))?;
                return Some(compared.whole(&common, vec![said]));
            }
            About::Managers(managers) => Some(common.now().directory.with_the_absent(&managers)),
            About::Everybody => None,
        };
        let mut parts = in_order(|said| {
            let (topics, managers) = (which.topics(), managers.as_deref());
            let take = |bucket, rows: &[Row<'_, '_>]| said(bucket, part(rows));
            self.replay.each_rows(threads(), topics, managers, None, take)
        })?;
        for kept in merging.kept() {
            parts.push(group(kept)?);
        }
        Some(compared.whole(&common, parts))
    }

    /// What `question` says of one stream, of which `which` projections are there.
    pub(crate) fn one<T>(
        &self,
        stream: StreamId,
        which: Which,
        question: impl FnOnce(&Models) -> T,
    ) -> Option<T> {
        if let Some(live) = self.live.get() {
            return Some(question(live));
        }
        let mut models = Models::default();
        let topics = which.topics();
        self.replay.stream(stream, topics, None, |gists| models.fold_only(which, stream, gists))?;
        Some(question(&models))
    }
}

/// What `take` says of the rows of accounts that are alone; what they say of others is said of
/// those that answer for them.
fn alone<T>(merging: &Merging, rows: &[Row<'_, '_>], take: impl FnOnce(&[Row<'_, '_>]) -> T) -> T {
    if merging.is_empty() {
        return take(rows);
    }
    let merged = merging.all_streams();
    let rows: Vec<_> = rows.iter().filter(|(stream, _)| !merged.contains(stream)).collect();
    let renamed: Vec<_> =
        rows.iter().map(|(stream, gists)| merging.renamed(*stream, gists)).collect();
    let told: Vec<Vec<&Gist<'_>>> = rows
        .iter()
        .zip(&renamed)
        .map(|((_, gists), renamed)| match renamed {
            Some(renamed) => renamed.iter().collect(),
            None => gists.to_vec(),
        })
        .collect();
    let of = |(row, gists): (&&Row<'_, '_>, _)| (row.0, gists);
    let rows: Vec<Row<'_, '_>> = rows.iter().zip(told.iter().map(Vec::as_slice)).map(of).collect();
    take(&rows)
}

/// Hands over what was told of an account and of all that are one with it, a row a stream, as far
/// as it was `known` then; none: the cache is damaged.
///
/// All of it, whatever is asked: what one stream says may take back what another one does.
pub(crate) fn each_of_one(
    replay: &Replay,
    merging: &Merging,
    kept: AccountId,
    known: Recorded,
    take: impl FnOnce(&[Row<'_, '_>]),
) -> Option<()> {
    let streams = merging.streams(kept).unwrap_or_default().into_iter().collect();
    replay.streams(&streams, Topics::ALL, Some(known), take)
}

/// What several threads say of parts, in the order of the parts; none, if `read` says that not all
/// was read.
fn in_order<P: Send>(read: impl FnOnce(&(dyn Fn(Bucket, P) + Sync)) -> bool) -> Option<Vec<P>> {
    let said = Mutex::new(Vec::new());
    let sound = read(&|bucket, part| {
        said.lock().unwrap_or_else(PoisonError::into_inner).push((bucket, part));
    });
    let mut said = said.into_inner().unwrap_or_else(PoisonError::into_inner);
    said.sort_by_key(|(bucket, _)| *bucket);
    sound.then(|| said.into_iter().map(|(_, part)| part).collect())
}

pub(crate) fn once(
    cell: &OnceLock<Models>,
    make: impl FnOnce() -> Option<Models>,
) -> Option<&Models> {
    if cell.get().is_none() {
        // Whoever comes first wins; the other's are the same.
        let _ = cell.set(make()?);
    }
    cell.get()
}

pub(crate) fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
