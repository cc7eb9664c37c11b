//! Opening a store: sled, the journal, and what a crash left of them.
//!
//! Owns the lock, the format and the head record, and the choice of who is right when sled and the
//! journal end apart. Knows nothing of threads.
//!
//! *Invariant: an open store holds everything that either side holds, and both say the same.*

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chrono::DateTime;
use relatum_log::{
    Corruption, CorruptionKind, Frontier, LogError, Position, Seq, StoredCommit, TreeHash,
};

use crate::blocks::{self, Blocks, OpenBlock};
use crate::engine::{self, Handle, damage, guarded};
use crate::faults::{Bug, Point, bug, point, scaled};
use crate::files::{self, failed};
use crate::head::{Head, HeadFile};
use crate::journal::{self, Journal};
use crate::layout::{self, EDGE_KEY, Edge, FORMAT, FORMAT_KEY, YOUNG};
use crate::live::Live;
use crate::options::{Durability, SledOptions};
use crate::record::Record;
use crate::repair;
use crate::sealer::Sealer;
use crate::stats::End;
use crate::tail::{Tail, Young};

/// More than this is not kept in memory while a store is completed.
const RECOVERED: usize = 8 * 1_024 * 1_024;

/// An open store, at rest.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) sealer: Sealer,
    /// The end of the log, and the tree up to there.
    pub(crate) end: End,
    pub(crate) frontier: Frontier,
    /// `None` if commits go to sled alone.
    pub(crate) journal: Option<Journal>,
    /// Held until the last reader is gone too.
    pub(crate) lock: Arc<File>,
}

impl Store {
    /// Opens the store in `folder`, or creates it there.
    pub(crate) fn open(folder: &Path, options: &SledOptions) -> Result<Self, LogError> {
        let sled_folder = folder.join("sled");
        let db_path = sled_folder.join("db");
        // Nothing is created where nothing is to be created: a mistyped path stays clean.
        let exists = HeadFile::read(folder)?.is_some() || exists(&db_path)?;
        if !exists && !options.create {
            return Err(LogError::NotFound { path: folder.to_owned() });
        }
        fs::create_dir_all(&sled_folder).map_err(failed("create", &sled_folder))?;
        let lock = Arc::new(files::lock(folder)?);
        // Only now is the record what it will stay; another process may have written meanwhile.
        let head = HeadFile::read(folder)?;
        let journal = place_journal(folder, options).and_then(repair::at_rest)?;
        let sides = Sides { folder, journal: &journal, head, lock };
        match sides.open(options) {
            Err(LogError::Corrupt(found)) if sides.can_do_without_sled() => {
                let aside = repair::set_aside(&sled_folder)?;
                tracing::warn!(%found, aside = %aside.display(), "takes all from the journal");
                sides.open(options)
            }
            opened => opened,
        }
    }
}

/// The two sides of a store that is opened.
struct Sides<'a> {
    folder: &'a Path,
    journal: &'a Path,
    head: Option<Head>,
    lock: Arc<File>,
}

impl Sides<'_> {
    /// Whether the store was in use, so that the power may have gone while sled wrote, and the
    /// journal proves everything by itself.
    ///
    /// What sled had not synced may be there in part, in any order; it does not always open then.
    fn can_do_without_sled(&self) -> bool {
        let mut tree = Frontier::default();
        let all = |record| blocks::follow(record, &mut tree, "the journal");
        let Some(head) = self.head.filter(|head| !head.closed) else { return false };
        let read = journal::each_from(self.journal, Seq::NONE, all);
        read.is_ok_and(|(end, _)| end.is_some_and(|end| end >= head.seq))
    }

    fn open(&self, options: &SledOptions) -> Result<Store, LogError> {
        let Self { folder, journal, head, ref lock } = *self;
        let sled_folder = folder.join("sled");
        let db_path = sled_folder.join("db");
        fs::create_dir_all(&sled_folder).map_err(failed("create", &sled_folder))?;
        files::remove_unfinished_snapshots(&sled_folder)?;
        if head.is_none() && journal::list(journal)?.is_empty() {
            set_aside_unfinished(&sled_folder)?;
        }
        let left_open = head.is_some_and(|head| !head.closed);
        let db = Handle::new(engine::open(&sled_folder, options.cache, left_open)?);
        // sled gives up segments that it needs no longer, given the snapshot that it just made.
        files::sync_folder(&sled_folder)?;
        let is_new = !has_format(&db)?;
        let edge = edge_of(&db)?;
        if is_new {
            guarded("write the format", || db.insert(FORMAT_KEY, &FORMAT.to_be_bytes()))?;
        }
        if is_new || head.is_none() {
            engine::flush(&db)?;
            files::sync_tree(&sled_folder)?;
        }
        let db_file = File::open(&db_path).map_err(failed("open", &db_path))?;
        let writes_journal = options.durability != Durability::SledOnly;
        let none =
            Head { closed: true, journal: Seq::NONE, seq: Seq::NONE, root: TreeHash::empty() };
        let said = head.unwrap_or(none);
        let journal_from = if writes_journal { said.journal.max(Seq(1)) } else { Seq::NONE };
        let said = Head { journal: journal_from, ..said };
        let frontier = edge.frontier().map_err(damage)?;
        let end = End {
            commits: edge.commits,
            seq: edge.seq(),
            recorded_at: DateTime::from_timestamp_micros(edge.recorded_at)
                .filter(|_| edge.commits > 0),
        };
        let live = Arc::new(Live::new(Blocks::new((**db).clone()), edge, Tail::default()));
        let mut store = Store {
            sealer: Sealer {
                db,
                db_file,
                db_path,
                live,
                head: Arc::new(Mutex::new(HeadFile::new(folder, said))),
                frontier: frontier.clone(),
                young: None,
            },
            end,
            frontier,
            journal: None,
            lock: Arc::clone(lock),
        };
        if left_open && writes_journal {
            store.sealer.live.blocks.check_after(said.seq, store.end.seq)?;
        }
        store.load_young()?;
        store.compare(journal, head, writes_journal)?;
        store.check(head)?;
        if head.is_none() {
            HeadFile::new(folder, said).replace(said)?;
            if !bug(Bug::SkipFolderSync) {
                files::sync_entry(folder)?;
            }
        }
        Ok(store)
    }
}

impl Store {
    /// Takes in the commits that were left in sled without a block.
    fn load_young(&mut self) -> Result<(), LogError> {
        let first = self.end.seq.plus(1);
        let Some(value) = self.sealer.live.blocks.value(YOUNG, first)? else { return Ok(()) };
        let record = Record::read(&value).map_err(|kind| journal::damage(first, kind))?;
        self.sealer.young = Some(first);
        self.take(record, "the store")
    }

    /// Takes in what a record holds after the end; the record must agree on everything.
    fn take(&mut self, record: Record, what: &'static str) -> Result<(), LogError> {
        let head = record.head;
        let mut block = OpenBlock::of(record)?;
        if bug(Bug::WrongOrderOnReplay) {
            block.commits.reverse();
        }
        for it in block.commits {
            if it.last <= self.end.seq {
                continue;
            }
            let position = Position { partition: 0, seq: self.end.seq.plus(1) };
            let found = it.commit.position.seq;
            if found > position.seq && !bug(Bug::WrongOrderOnReplay) {
                let kind = CorruptionKind::Gap { expected: position.seq, found };
                return Err(Corruption::at(position, kind).into());
            }
            let commit = StoredCommit { position, bytes: it.commit.bytes };
            let young = Young::of(commit, self.end.commits + 1)
                .map_err(|kind| LogError::from(Corruption::at(position, kind)))?;
            self.frontier.extend(young.leaves());
            self.end = End {
                commits: young.number,
                seq: young.last(),
                recorded_at: Some(young.recorded_at),
            };
            self.sealer.live.change(|inside| inside.tail.push(Arc::new(young)));
        }
        agree(what, head.last(), head.root, &self.frontier)
    }

    /// Lets the longer of sled and the journal complete the shorter.
    fn compare(
        &mut self,
        folder: &Path,
        head: Option<Head>,
        writes_journal: bool,
    ) -> Result<(), LogError> {
        point(Point::OpenCompare);
        let found = journal::list(folder)?;
        if journal::newest(&found) < head.map_or(Seq::NONE, |head| head.needs_journal()) {
            let what = "the newest of the journal of a store that was not closed";
            return Err(damage(CorruptionKind::Missing { what }));
        }
        let in_store = self.end.seq;
        let mut before = None;
        let (end, last) = journal::each_from(folder, in_store, |record| {
            let (seq, root) = (record.head.last(), record.head.root);
            if seq < in_store {
                before = Some((seq, root));
                return Ok(());
            }
            if seq == in_store {
                return agree("the journal", seq, root, &self.frontier);
            }
            point(Point::OpenRecover);
            self.take(record, "the journal")?;
            let young = self.sealer.live.look().tail.bytes();
            if young > scaled(RECOVERED) {
                self.sealer.seal()?;
            }
            Ok(())
        })?;
        if self.end.seq > in_store {
            let (from, to) = (in_store.0, self.end.seq.0);
            tracing::info!(from, to, "completed the store from the journal");
        }
        let in_journal = end.unwrap_or_default();
        let shorter = in_journal < in_store;
        if let Some((seq, root)) = before.filter(|(seq, _)| shorter && *seq > Seq::NONE) {
            let frontier = self.sealer.live.frontier_at(seq.0)?;
            agree("the journal", seq, root, &frontier)?;
        }
        if writes_journal {
            let mut journal = Journal::resume(folder, in_journal, last);
            if shorter {
                crate::copy::copy_after(&self.sealer.live, in_store, in_journal, &mut journal)?;
                let (from, to) = (in_journal.0, in_store.0);
                tracing::warn!(from, to, "completed the journal from the store");
            }
            self.journal = Some(journal);
        }
        Ok(())
    }

    /// A store may hold more than was acknowledged, never less, and nothing else.
    fn check(&self, head: Option<Head>) -> Result<(), LogError> {
        let Some(head) = head else {
            return match self.end.seq {
                Seq::NONE => Ok(()),
                _ => Err(damage(CorruptionKind::Missing { what: "the head record" })),
            };
        };
        if self.end.seq < head.seq {
            let (expected, found) = (head.seq, self.end.seq);
            return Err(damage(CorruptionKind::Head { expected, found }));
        }
        if self.end.seq == head.seq {
            return agree("the head record", head.seq, head.root, &self.frontier);
        }
        let frontier = self.sealer.live.frontier_at(head.seq.0)?;
        agree("the head record", head.seq, head.root, &frontier)
    }
}

/// Checks that what somebody says of the first `seq` events is so.
fn agree(
    what: &'static str,
    seq: Seq,
    expected: TreeHash,
    frontier: &Frontier,
) -> Result<(), LogError> {
    let found = frontier.root();
    if (expected == found && seq.0 == frontier.size()) || bug(Bug::TwinNotCompared) {
        return Ok(());
    }
    Err(journal::mismatch(what, seq, expected, found))
}

/// The folder of the journal: within the store, or behind a link there.
pub(crate) fn place_journal(store: &Path, options: &SledOptions) -> Result<PathBuf, LogError> {
    let place = store.join("journal");
    let is_there = place.symlink_metadata().is_ok();
    if is_there {
        // A disk that is not mounted leaves a link to nothing.
        fs::metadata(&place).map_err(failed("open the journal", &place))?;
    }
    let Some(wanted) = &options.journal else { return Ok(place) };
    fs::create_dir_all(wanted).map_err(failed("create", wanted))?;
    let wanted = fs::canonicalize(wanted).map_err(failed("open", wanted))?;
    if !is_there {
        files::sync_ancestors(&wanted)?;
        std::os::unix::fs::symlink(&wanted, &place).map_err(failed("link", &place))?;
        files::sync_entry(store)?;
        return Ok(place);
    }
    let found = fs::canonicalize(&place).map_err(failed("open", &place))?;
    if found == wanted {
        return Ok(place);
    }
    let other = format!("the journal of this store is in {}", found.display());
    let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, other);
    Err(failed("take as the journal", &wanted)(error))
}

/// Makes room where a store was begun and never finished: sled cannot read half of its first page.
///
/// Nothing was acknowledged there: the head record comes first.
fn set_aside_unfinished(sled: &Path) -> Result<(), LogError> {
    const FIRST_PAGE: u64 = 1_024;
    let length = fs::metadata(sled.join("db")).map_or(0, |metadata| metadata.len());
    if length >= FIRST_PAGE || files::list(sled)?.is_empty() {
        return Ok(());
    }
    let aside = sled.with_extension("unfinished");
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(failed("remove", &aside))?;
    }
    fs::rename(sled, &aside).map_err(failed("set aside", sled))?;
    fs::create_dir_all(sled).map_err(failed("create", sled))
}

fn exists(path: &Path) -> Result<bool, LogError> {
    match path.try_exists() {
        // Below a file that is no folder there is nothing, and nothing can be created.
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(false),
        found => found.map_err(failed("look for", path)),
    }
}

/// Whether the tree names its format, which must be ours; only a new tree does not.
fn has_format(db: &sled::Db) -> Result<bool, LogError> {
    let missing = || damage(CorruptionKind::Missing { what: "the format of the store" });
    let Some(value) = guarded("read the format", || db.get(FORMAT_KEY))? else {
        let first = guarded("read the format", || db.iter().next().transpose())?;
        return if first.is_none() { Ok(false) } else { Err(missing()) };
    };
    let bytes: [u8; 4] = value.as_ref().try_into().map_err(|_| missing())?;
    match u32::from_be_bytes(bytes) {
        FORMAT => Ok(true),
        found => Err(LogError::Format { found, supported: FORMAT }),
    }
}

fn edge_of(db: &sled::Db) -> Result<Edge, LogError> {
    match guarded("read the edge", || db.get(EDGE_KEY))? {
        Some(value) => layout::unframed("the edge of the blocks", &value).map_err(damage),
        None => Ok(Edge::default()),
    }
}
