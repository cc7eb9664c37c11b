//! Folding the cache by several threads: each bucket is one thread's, and no stream is in two.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};

use relatum_domain::Gist;
use relatum_projections::{Bucket, Models, Which};
use relatum_stream::StreamId;

use crate::reader::{Reader, each_stream};
use crate::replay::Replay;
use crate::run::Run;

impl Replay {
    /// The states of all events of the cache, folded by `threads` threads; none: the cache is
    /// damaged.
    #[must_use]
    pub fn fold(&self, threads: usize) -> Option<Models> {
        let whole: Mutex<Models> = Mutex::default();
        let parts = self.work(threads, Models::default, |models: &mut Models, stream, gists| {
            models.fold(stream, gists);
        });
        for part in parts? {
            whole.lock().unwrap_or_else(PoisonError::into_inner).join(part);
        }
        Some(whole.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Folds the events of each bucket into states of their own, only those of `which`
    /// projections, and hands them over, bucket after bucket in no particular order, by any of
    /// `threads` threads. So a question about all streams needs the memory of one bucket.
    ///
    /// Gives whether the whole cache was read; if not it is damaged.
    pub fn each_part(
        &self,
        threads: usize,
        which: Which,
        take: impl Fn(Bucket, Models) + Sync,
    ) -> bool {
        let next = AtomicU16::new(0);
        let sound = AtomicBool::new(true);
        let worker = || {
            let Some(mut reader) = Reader::new(self.runs()) else {
                return sound.store(false, Ordering::Relaxed);
            };
            while let Some(bucket) = claim(&next) {
                let Some(blocks) = reader.read(bucket) else {
                    return sound.store(false, Ordering::Relaxed);
                };
                let mut models = Models::default();
                each_stream(&blocks, |stream, gists| models.fold_only(which, stream, gists));
                drop(blocks);
                take(bucket, models);
            }
        };
        in_threads(threads, worker);
        sound.into_inner()
    }

    /// Gives every worker's state after it took all streams of its buckets.
    fn work<S: Send>(
        &self,
        threads: usize,
        start: impl Fn() -> S + Sync,
        take: impl Fn(&mut S, StreamId, &[Gist<'_>]) + Sync,
    ) -> Option<Vec<S>> {
        let next = AtomicU16::new(0);
        let done: Mutex<Vec<Option<S>>> = Mutex::default();
        in_threads(threads, || {
            let mut state = start();
            let mut all = || {
                let mut reader = Reader::new(self.runs())?;
                while let Some(bucket) = claim(&next) {
                    let blocks = reader.read(bucket)?;
                    each_stream(&blocks, |stream, gists| take(&mut state, stream, gists));
                }
                Some(())
            };
            let outcome = all().map(|()| state);
            done.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect()
    }

    /// The states of managers, teams and the tenant, which questions about accounts look up; none:
    /// the cache is damaged.
    #[must_use]
    pub fn common(&self) -> Option<Models> {
        let mut models = Models::default();
        let mut reader = Reader::new(self.holding(Bucket::COMMON))?;
        let blocks = reader.read(Bucket::COMMON)?;
        each_stream(&blocks, |stream, gists| models.fold(stream, gists));
        Some(models)
    }

    fn holding(&self, bucket: Bucket) -> impl Iterator<Item = &Run> {
        self.runs().iter().filter(move |run| run.foot.place(bucket).is_some())
    }

    /// Hands over the gists of one stream, in their order, in one or several slices; none: the
    /// cache is damaged.
    #[must_use]
    pub fn stream(&self, stream: StreamId, mut take: impl FnMut(&[Gist<'_>])) -> Option<()> {
        let bucket = Bucket::of(stream);
        let mut reader = Reader::new(self.holding(bucket))?;
        let blocks = reader.read(bucket)?;
        each_stream(&blocks, |at, gists| {
            if at == stream {
                take(gists);
            }
        });
        Some(())
    }
}

/// The next bucket that no thread has.
fn claim(next: &AtomicU16) -> Option<Bucket> {
    let bucket = next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |at| {
        (at < Bucket::COUNT).then(|| at.saturating_add(1))
    });
    bucket.ok().map(Bucket)
}

fn in_threads(threads: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(&work);
        }
        work();
    });
}
