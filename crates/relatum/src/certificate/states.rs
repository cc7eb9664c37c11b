//! Digests of the states from which a report is answered.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use relatum_domain::Recorded;
use relatum_projections::{About, Models, Which};
use relatum_replay::Row;
use relatum_stream::StreamId;
use sha2::{Digest as _, Sha256};

use super::lines::{State, hex};
use crate::folded::Folded;

/// By projection, the digest of each stream's state.
type Digests = BTreeMap<(&'static str, u32), BTreeMap<StreamId, [u8; 32]>>;

/// Adds the states of streams.
fn add(digests: &mut Digests, which: Which, rows: &[Row<'_, '_>]) {
    for (stream, gists) in rows {
        let mut models = Models::default();
        models.fold_only(which, *stream, gists);
        for state in models.save_only(which) {
            let of = digests.entry((state.name, state.revision)).or_default();
            of.insert(*stream, Sha256::digest(&state.state).into());
        }
    }
}

impl Folded {
    /// The digest of each projection's state as it was known at an instant: over the names of all
    /// streams that it has events of, in their order, each with the digest of its own state. None:
    /// the cache is damaged.
    pub(super) fn digests(
        &self,
        which: Which,
        about: &About,
        known_at: Recorded,
    ) -> Option<Vec<State>> {
        let (all, until): (Mutex<Digests>, _) = (Mutex::default(), Some(known_at));
        let take = |rows: &[Row<'_, '_>]| {
            let mut own = Digests::new();
            add(&mut own, which, rows);
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            for (projection, mut of) in own {
                all.entry(projection).or_default().append(&mut of);
            }
        };
        self.replay().common_rows(until, take)?;
        match about {
            About::Account(account) => {
                let stream = (*account).into();
                self.replay().stream(stream, which.topics(), until, |gists| take(&[(stream, gists)]))?;
            }
            // Which others' accounts are read for a manager is a matter of the cache.
            About::Everybody | About::Managers(_) => {
                let sound = self.each_rows(which.topics(), None, until, |_, rows| take(rows));
                sound.then_some(())?;
            }
        }
        let all = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        let states = all.into_iter().map(|((projection, revision), of)| {
            let mut digest = Sha256::new();
            for (stream, state) in &of {
                digest.update(format!("{stream} {}\n", hex(state)));
            }
            State {
                projection: projection.to_owned(),
                revision,
                streams: u64::try_from(of.len()).unwrap_or(u64::MAX),
                sha256: hex(&digest.finalize()),
            }
        });
        Some(states.collect())
    }
}
