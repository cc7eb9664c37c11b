//! Folding the cache by several threads: each bucket is one thread's, and no stream is in two.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use relatum_domain::gist::Topics;
use relatum_domain::{Gist, ManagerId, Recorded};
use relatum_projections::{Bucket, Merging, Models, Which};
use relatum_stream::StreamId;

use crate::block::Row;
use crate::reader::Reader;
use crate::replay::Replay;

/// The accounts that are not folded where those are that stand for themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeftOut<'a> {
    /// These.
    pub streams: Option<&'a BTreeSet<StreamId>>,
    /// And those that are one with others; the rest name the accounts that answer for these.
    pub merging: Option<&'a Merging>,
}

impl Replay {
    /// The states of all events of the cache, or of those recorded up to an instant, folded by
    /// `threads` threads; none: the cache is damaged.
    #[must_use]
    pub fn fold(&self, threads: usize, until: Option<Recorded>) -> Option<Models> {
        let whole: Mutex<Models> = Mutex::default();
        let runs = self.runs();
        let reader = || Reader::new(runs.clone(), Topics::ALL, until);
        let sound = work(threads, &reader, || {
            let mut models = Models::default();
            let whole = &whole;
            move |rows: Option<(Bucket, &[Row<'_, '_>])>| match rows {
                Some((_, rows)) => {
                    rows.iter().for_each(|(stream, gists)| models.fold(*stream, gists));
                }
                None => {
                    let mut whole = whole.lock().unwrap_or_else(PoisonError::into_inner);
                    whole.join(std::mem::take(&mut models));
                }
            }
        });
        let mut whole = whole.into_inner().unwrap_or_else(PoisonError::into_inner);
        whole.join(self.common(until)?);
        sound.then_some(whole)
    }

    /// Folds the events part by part into states of their own, only those of `which` projections,
    /// of which only [their topics](Which::topics) are read, and hands them over with the first
    /// bucket of each, as [`each_rows`](Self::each_rows) does. So a question about all accounts
    /// needs the memory of a part. Nothing is folded of what is left out.
    pub fn each_part(
        &self,
        threads: usize,
        which: Which,
        managers: Option<&[ManagerId]>,
        until: Option<Recorded>,
        LeftOut { streams, merging }: LeftOut<'_>,
        take: impl Fn(Bucket, Models) + Sync,
    ) -> bool {
        let merged = merging.map(Merging::all_streams).unwrap_or_default();
        let is_named = |it: &StreamId| streams.is_some_and(|streams| streams.contains(it));
        let is_wanted = |it: &StreamId| !is_named(it) && !merged.contains(it);
        self.each_rows(threads, which.topics(), managers, until, |first, rows| {
            let mut models = Models::default();
            for (stream, gists) in rows.iter().filter(|(it, _)| is_wanted(it)) {
                match merging.and_then(|it| it.renamed(*stream, gists)) {
                    None => models.fold_only(which, *stream, gists),
                    Some(gists) => {
                        models.fold_only(which, *stream, &gists.iter().collect::<Vec<_>>());
                    }
                }
            }
            take(first, models);
        })
    }

    /// Hands over the gists about `topics` part by part, a row a stream, with the first bucket of
    /// each part, in no particular order, by any of `threads` threads. All of an account is in one
    /// part, and what is no account in none.
    ///
    /// With `managers` only accounts are sure to be there whose events [mention](Gist::mentioned)
    /// one of them; with `until` only what was recorded up to then.
    ///
    /// Gives whether the whole cache was read; if not it is damaged.
    pub fn each_rows(
        &self,
        threads: usize,
        topics: Topics,
        managers: Option<&[ManagerId]>,
        until: Option<Recorded>,
        take: impl Fn(Bucket, &[Row<'_, '_>]) + Sync,
    ) -> bool {
        let runs = self.runs();
        let reader = || {
            let all = Reader::new(runs.clone(), topics, until);
            match managers {
                Some(managers) => all.mentioning(managers),
                None => all,
            }
        };
        work(threads, &reader, || {
            let take = &take;
            move |rows: Option<(Bucket, &[Row<'_, '_>])>| {
                if let Some((first, rows)) = rows {
                    take(first, rows);
                }
            }
        })
    }

    /// The states of managers, teams and the tenant, which questions about accounts look up, as far
    /// as they were recorded `until` then; none: the cache is damaged.
    #[must_use]
    pub fn common(&self, until: Option<Recorded>) -> Option<Models> {
        self.common_rows(until, |rows| {
            let mut models = Models::default();
            rows.iter().for_each(|(stream, gists)| models.fold(*stream, gists));
            models
        })
    }

    /// What `take` makes of the gists of managers, teams and the tenant; none: the cache is
    /// damaged.
    #[must_use]
    pub fn common_rows<T>(
        &self,
        until: Option<Recorded>,
        take: impl FnOnce(&[Row<'_, '_>]) -> T,
    ) -> Option<T> {
        let mut reader = Reader::new(self.runs(), Topics::ALL, until);
        let unit = reader.units().block(Bucket::COMMON);
        let (mut take, mut taken) = (Some(take), None);
        reader.each_part(unit, |_, rows| {
            taken = taken.take().or_else(|| take.take().map(|take| take(rows)));
            Some(())
        })?;
        taken.or_else(|| take.map(|take| take(&[])))
    }

    /// Hands over the gists of some streams about `topics`, a row for each of which there are any,
    /// as far as they were recorded `until` then. None: the cache is damaged. Needs the memory of
    /// the blocks that hold them.
    #[must_use]
    pub fn streams(
        &self,
        streams: &BTreeSet<StreamId>,
        topics: Topics,
        until: Option<Recorded>,
        take: impl FnOnce(&[Row<'_, '_>]),
    ) -> Option<()> {
        Reader::new(self.runs(), topics, until).streams(streams, take)
    }

    /// Hands over the gists of one stream about `topics`, in their order, as far as they were
    /// recorded `until` then; nothing, if there are none. None: the cache is damaged.
    #[must_use]
    pub fn stream(
        &self,
        stream: StreamId,
        topics: Topics,
        until: Option<Recorded>,
        take: impl FnOnce(&[&Gist<'_>]),
    ) -> Option<()> {
        Reader::new(self.runs(), topics, until).stream(stream, take)
    }
}

/// Each thread hands the rows of its parts of accounts, then none, to a taker of its own.
pub(crate) fn work<T: FnMut(Option<(Bucket, &[Row<'_, '_>])>)>(
    threads: usize,
    reader: &(impl Fn() -> Reader + Sync),
    taker: impl Fn() -> T + Sync,
) -> bool {
    let next = AtomicU16::new(0);
    let sound = AtomicBool::new(true);
    let worker = || {
        let mut taker = taker();
        let mut all = || {
            let mut reader = reader();
            // Units of accounts are those before the one of what is none.
            let accounts = reader.units().block(Bucket::COMMON);
            while let Some(unit) = claim(&next, accounts) {
                reader.each_part(unit, |first, rows| {
                    taker(Some((first, rows)));
                    Some(())
                })?;
            }
            Some(())
        };
        match all() {
            Some(()) => taker(None),
            None => sound.store(false, Ordering::Relaxed),
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(worker);
        }
        worker();
    });
    sound.into_inner()
}

/// The next unit that no thread has.
fn claim(next: &AtomicU16, count: u16) -> Option<u16> {
    let claimed = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| {
        (at < count).then(|| at.saturating_add(1))
    });
    claimed.ok()
}
