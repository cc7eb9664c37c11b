//! What an engine can say and do about the store underneath: its size, and copies of it.

use chrono::{DateTime, Utc};
use relatum_log::{Cut, TreeHash};
use relatum_projections::Models;
use relatum_replay::Replay;
use serde::Serialize;

use crate::engine::Engine;
use crate::error::Error;
use crate::generation::Generation;
use crate::own::OwnProjectionStats;

/// What a store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoreStats {
    /// How many commits.
    pub commits: u64,
    /// How many events.
    pub events: u64,
    /// The end of the log.
    pub head: Cut,
    /// The root of the tree over its events.
    pub root: TreeHash,
    /// When the last commit was recorded.
    pub last_recorded_at: Option<DateTime<Utc>>,
    /// How many sealed blocks there are.
    pub blocks: u64,
    /// Bytes of the commits in them, unpacked.
    pub block_bytes: u64,
    /// How many events are in no block yet.
    pub young_events: u64,
    /// Bytes of their commits.
    pub young_bytes: u64,
    /// Bytes of sled's files.
    pub sled_disk_bytes: u64,
    /// Bytes of the journal's files that are not packed.
    pub journal_disk_bytes: u64,
    /// Bytes of the journal's files that are full and packed.
    pub archive_disk_bytes: u64,
    /// How many of these there are.
    pub archive_files: u64,
    /// Bytes of all of these files.
    pub disk_bytes: u64,
    /// The projections, each with how much it has taken in.
    pub projections: Vec<ProjectionStats>,
    /// Those of the user, by name, as far as they have a file or were asked for.
    pub own_projections: Vec<OwnProjectionStats>,
    /// How many events the projections have not taken in yet.
    pub projections_behind: u64,
    /// Bytes of the files of the replay cache, which are no part of the store.
    pub replay_disk_bytes: u64,
    /// How many of these there are.
    pub replay_runs: u64,
    /// Whether some of them are being merged now.
    pub replay_merging: bool,
    /// Up to where they reach.
    pub replay_cut: Cut,
    /// How many events they do not have yet.
    pub replay_behind: u64,
    /// When the newest of them was written.
    pub replay_at: Option<DateTime<Utc>>,
    /// Which generation of them it is: how often a [shadow](Engine::rebuild_beside) was promoted.
    pub replay_generation: u64,
    /// Up to where the next generation reaches, if one is being made.
    pub shadow_cut: Option<Cut>,
    /// How many events that does not have yet.
    pub shadow_behind: Option<u64>,
}

/// How far a projection is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProjectionStats {
    /// Its name.
    pub name: &'static str,
    /// Its revision.
    pub revision: u32,
    /// How many events an answer from it has to take in first. Projections are folded from what was
    /// taken in of the log once for all of them, so this is the same for each.
    pub behind: u64,
}

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BackupStats {
    /// Events that this call added.
    pub added: u64,
    /// Events in all.
    pub events: u64,
    /// The root of the tree over them.
    pub root: TreeHash,
}

impl Engine {
    /// What the store holds; none for a book that is not in one.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn stats(&self) -> Result<Option<StoreStats>, Error> {
        let Some(sled) = &self.0.sled else {
            return Ok(None);
        };
        let stats = sled.stats()?;
        let root = sled.frontier_at(stats.head.seq(0))?.root();
        let folded = self.folded();
        let (taken, replay) = (folded.cut(), folded.replay());
        let kept = Cut::single(replay.kept_upto());
        let places = self.places();
        let shadow = places.as_ref().and_then(|it| Replay::reach(&it.next)).map(Cut::single);
        let generation = places.and_then(|it| Generation::at(&it.generation));
        let behind = |cut: &Cut| stats.head.events().saturating_sub(cut.events());
        let projection = |it: &relatum_projections::ProjectionInfo| ProjectionStats {
            name: it.name,
            revision: it.revision,
            behind: behind(&taken),
        };
        Ok(Some(StoreStats {
            commits: stats.commits,
            events: stats.events,
            root,
            last_recorded_at: stats.last_recorded_at,
            blocks: stats.blocks,
            block_bytes: stats.block_bytes.0,
            young_events: stats.young_events,
            young_bytes: stats.young_bytes.0,
            sled_disk_bytes: stats.sled_on_disk.0,
            journal_disk_bytes: stats.journal_on_disk.0,
            archive_disk_bytes: stats.archive_on_disk.0,
            archive_files: stats.archive_files,
            disk_bytes: stats.bytes_on_disk().0,
            projections: Models::LIST.iter().map(projection).collect(),
            own_projections: self.0.own.stats(stats.head.events()),
            projections_behind: behind(&taken),
            replay_disk_bytes: replay.bytes(),
            replay_runs: replay.files() as u64,
            replay_merging: replay.is_merging(),
            replay_behind: behind(&kept),
            replay_cut: kept,
            replay_at: replay.written_at().map(DateTime::from),
            replay_generation: generation.map_or(0, |it| it.number),
            shadow_behind: shadow.as_ref().map(behind),
            shadow_cut: shadow,
            head: stats.head,
        }))
    }

    /// Writes everything that is recorded by now into `folder`, while the store goes on; a folder
    /// that holds an earlier backup of this book gets what is new. None for a book in no store.
    ///
    /// The key file is no part of it: without that, guarded fields of a restored book stay sealed.
    ///
    /// # Errors
    /// [`Error::Log`].
    pub fn backup(
        &self,
        folder: impl AsRef<std::path::Path>,
    ) -> Result<Option<BackupStats>, Error> {
        let Some(sled) = &self.0.sled else {
            return Ok(None);
        };
        let made = sled.backup(folder)?;
        let (events, root) = (made.tree.size(), made.tree.root());
        Ok(Some(BackupStats { added: events.saturating_sub(made.before), events, root }))
    }
}
