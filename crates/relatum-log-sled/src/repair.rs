//! Making a damaged store whole: the longest beginning of the log that either side still proves.
//!
//! Owns the choice of records from sled and from the journal, and the list of what is lost.
//! Nothing is thrown away: what was there is set aside under other names.
//!
//! *Invariant: every record that is taken gives the root that it carries, and goes on as a log
//! does.*

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use relatum_log::{
    ByteSize, CorruptionKind, Frontier, LogError, Seq, StreamId, TreeHash, Version, verify,
};

use crate::blocks::{self, BlockCommit, OpenBlock};
use crate::engine::{self, Handle, damage, guarded};
use crate::faults::{Point, point};
use crate::files::{self, failed};
use crate::head::{Head, HeadFile};
use crate::journal::{self, Journal, JournalFile};
use crate::layout::{self, BLOCK, STREAMS, Streams, YOUNG};
use crate::log::SledLog;
use crate::options::SledOptions;
use crate::record::Record;

/// One of the two copies of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// sled's files.
    Store,
    /// The journal.
    Journal,
}

/// What a repair did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repaired {
    /// The tree over what the store holds now.
    pub tree: Frontier,
    /// Events that came from sled's files.
    pub from_store: u64,
    /// Events that came from the journal.
    pub from_journal: u64,
    /// What was recorded and is lost, as far as anything left tells, by stream.
    pub lost: Vec<LostEvents>,
    /// The seq that the head record knew of, if the log ends before it now.
    pub known: Option<Seq>,
    /// What was set aside; empty if nothing was wrong and nothing was touched.
    pub set_aside: Vec<PathBuf>,
}

/// Events of a stream that are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostEvents {
    /// The stream.
    pub stream: StreamId,
    /// The version of the first of them.
    pub first: Version,
    /// The version of the last one known.
    pub last: Version,
}

/// Makes the store in `folder` whole, as far as sled's files and the journal hold it.
///
/// Where both sides are whole in themselves and say different things, it does nothing unless one
/// of them is trusted.
///
/// # Errors
/// [`LogError::Locked`] if the store is in use, [`NotFound`](LogError::NotFound) if nothing is
/// there; [`Corrupt`](LogError::Corrupt) if the sides contradict each other and none is trusted;
/// [`Io`](LogError::Io). What was there stays as it was then, or lies aside.
pub fn repair(folder: impl AsRef<Path>, trusted: Option<Side>) -> Result<Repaired, LogError> {
    let folder = folder.as_ref();
    if !folder.join("sled").exists() && !folder.join("journal").exists() {
        return Err(LogError::NotFound { path: folder.to_owned() });
    }
    let lock = files::lock(folder)?;
    let head = HeadFile::read(folder);
    let journal = folder.join("journal");
    fs::create_dir_all(&journal).map_err(failed("create", &journal))?;
    let mut set_aside = Vec::new();
    set_aside.extend(exchange_journal(&journal)?);
    let fresh = journal.join(BEGUN);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(failed("remove", &fresh))?;
    }
    let mut left = Left::of(folder, &journal)?;
    let needed =
        head.as_ref().ok().and_then(|head| *head).map_or(Seq::NONE, |it| it.needs_journal());
    left.damaged |= journal::newest(&left.files) < needed;
    let mut made = Made {
        journal: Journal::resume(&fresh, Seq::NONE, None),
        frontier: Frontier::default(),
        commits: 0,
        from: [0, 0],
        versions: BTreeMap::new(),
        recorded_at: None,
    };
    while let Some((side, record, commits)) = left.next(&made, trusted)? {
        made.take(side, record, commits)?;
    }
    made.journal.sync()?;
    let end = Seq(made.frontier.size());
    let lost = left.lost(end, &made.versions)?;
    let known = head.as_ref().ok().and_then(|head| *head);
    let known = known.map(|head| head.seq).filter(|seq| *seq > end);
    let whole = !left.damaged && lost.is_empty() && known.is_none() && matches!(head, Ok(Some(_)));
    drop(left);
    let tree = made.frontier.clone();
    let [from_store, from_journal] = made.from;
    let mut repaired = Repaired { tree, from_store, from_journal, lost, known, set_aside };
    if whole {
        let _ = fs::remove_dir_all(&fresh);
        drop(lock);
        SledLog::open(folder, SledOptions::new())?;
        return Ok(repaired);
    }
    repaired.set_aside.extend(exchange(folder, &journal, &fresh)?);
    drop(lock);
    let log = SledLog::open(folder, SledOptions::new())?;
    let found = log.frontier_at(end)?;
    if found == repaired.tree {
        return Ok(repaired);
    }
    let what = "the repaired log";
    Err(journal::mismatch(what, end, repaired.tree.root(), found.root()))
}

/// The new journal while it is written; whole, while the old one is set aside; and while it is put
/// in the place of that. A repair that was cut short is finished by the next one.
const BEGUN: &str = "repairing";
const WHOLE: &str = "repaired";
const MOVING: &str = "repaired.moving";

/// Refuses a journal that is neither the old one nor the new one, as a repair that was cut short
/// leaves it; repairing again finishes it.
pub(crate) fn at_rest(journal: PathBuf) -> Result<PathBuf, LogError> {
    if [WHOLE, MOVING].iter().any(|name| journal.join(name).exists()) {
        return Err(damage(CorruptionKind::Missing { what: "the end of a repair" }));
    }
    Ok(journal)
}

/// Puts the new journal in place of all that was there.
fn exchange(folder: &Path, journal: &Path, fresh: &Path) -> Result<Vec<PathBuf>, LogError> {
    fs::create_dir_all(fresh).map_err(failed("create", fresh))?;
    let whole = journal.join(WHOLE);
    fs::rename(fresh, &whole).map_err(failed("put in place", fresh))?;
    files::sync_folder(journal)?;
    point(Point::RepairWrite);
    let mut set_aside = Vec::from_iter(exchange_journal(journal)?);
    for name in ["sled", "head"] {
        let there = folder.join(name);
        if there.exists() {
            set_aside.push(self::set_aside(&there)?);
        }
    }
    begin_from_journal(folder)?;
    files::sync_entry(folder)?;
    Ok(set_aside)
}

/// Goes on from whatever step was reached; says where the old journal lies now.
fn exchange_journal(journal: &Path) -> Result<Option<PathBuf>, LogError> {
    let (whole, moving) = (journal.join(WHOLE), journal.join(MOVING));
    let mut set_aside = None;
    if whole.exists() {
        let old = journal::all_files(journal)?;
        if !old.is_empty() {
            let aside = unused(&journal.join("damaged"));
            fs::create_dir_all(&aside).map_err(failed("create", &aside))?;
            old.iter().try_for_each(|file| move_into(file, &aside))?;
            set_aside = Some(aside);
        }
        files::sync_folder(journal)?;
        fs::rename(&whole, &moving).map_err(failed("move", &whole))?;
        files::sync_folder(journal)?;
    }
    if moving.exists() {
        journal::all_files(&moving)?.iter().try_for_each(|file| move_into(file, journal))?;
        files::sync_entry(journal)?;
        fs::remove_dir(&moving).map_err(failed("remove", &moving))?;
        files::sync_folder(journal)?;
    }
    Ok(set_aside)
}

/// Makes the head record of a store that knows nothing yet, and takes everything from its journal.
fn begin_from_journal(folder: &Path) -> Result<(), LogError> {
    let head = Head { closed: false, journal: Seq::NONE, seq: Seq::NONE, root: TreeHash::empty() };
    HeadFile::new(folder, head).replace(head)
}

fn move_into(file: &Path, folder: &Path) -> Result<(), LogError> {
    let name = file.file_name().unwrap_or_default();
    fs::rename(file, folder.join(name)).map_err(failed("move", file))
}

/// Renames what is damaged, durably; says what it is called now.
pub(crate) fn set_aside(there: &Path) -> Result<PathBuf, LogError> {
    let aside = unused(&there.with_extension("damaged"));
    fs::rename(there, &aside).map_err(failed("set aside", there))?;
    files::sync_entry(&aside)?;
    Ok(aside)
}

/// `path`, or the first of `path`-2, `path`-3 … that is not used.
fn unused(path: &Path) -> PathBuf {
    let numbered = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!("-{number}"));
        PathBuf::from(name)
    };
    if !path.exists() {
        return path.to_owned();
    }
    (2..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| path.to_owned())
}

/// The log that is made.
struct Made {
    journal: Journal,
    frontier: Frontier,
    commits: u64,
    /// Events from the store and from the journal.
    from: [u64; 2],
    versions: BTreeMap<StreamId, Version>,
    recorded_at: Option<DateTime<Utc>>,
}

impl Made {
    /// Whether these commits are what a log goes on with: in their one spelling, each later than
    /// the one before, each write where its stream ended.
    fn goes_on_with(&self, commits: &[BlockCommit]) -> bool {
        let (mut recorded_at, mut versions) = (self.recorded_at, BTreeMap::new());
        commits.iter().all(|it| {
            let Ok(view) = it.commit.bytes.canonical_view() else { return false };
            let later = recorded_at.replace(view.recorded_at) < Some(view.recorded_at);
            later
                && view.writes.iter().all(|write| {
                    let earlier = || self.versions.get(&write.stream).copied();
                    let end = versions.insert(write.stream, write.last()).or_else(earlier);
                    write.version == end.unwrap_or_default().plus(1)
                })
        })
    }

    fn take(
        &mut self,
        side: Side,
        record: Record,
        commits: Vec<BlockCommit>,
    ) -> Result<(), LogError> {
        let next = Seq(self.frontier.size() + 1);
        let mut events = 0;
        for it in &commits {
            let view = it.commit.view()?;
            self.recorded_at = Some(view.recorded_at);
            for write in &view.writes {
                self.versions.insert(write.stream, write.last());
            }
            events += it.leaves().len() as u64;
            self.frontier.extend(it.leaves());
        }
        let as_it_is = record.head.first == next;
        let root = record.head.root;
        let record = if as_it_is { record } else { blocks::part(&commits, self.commits + 1, root) };
        self.commits += commits.len() as u64;
        let [store, journal] = &mut self.from;
        *(if side == Side::Store { store } else { journal }) += events;
        self.journal.append(next, &[record])
    }
}

/// What is left of a store.
struct Left {
    db: Option<Handle<sled::Db>>,
    files: Vec<JournalFile>,
    /// The records of one file of the journal, and which.
    open: Option<(usize, Vec<Record>)>,
    /// Whether anything was found that should not be so.
    damaged: bool,
}

type Candidate = (Side, Record, Vec<BlockCommit>);

impl Left {
    fn of(folder: &Path, journal: &Path) -> Result<Self, LogError> {
        let sled = folder.join("sled");
        let mut damaged = false;
        let mut db = None;
        if sled.join("db").exists() {
            // Opening changes what sled's files hold; a copy is what is looked at.
            let copy = unused(&folder.join("sled.looked-at"));
            files::copy_tree(&sled, &copy)?;
            files::remove_unfinished_snapshots(&copy)?;
            match engine::open(&copy, ByteSize::mib(64), false) {
                Ok(opened) => db = Some(Handle::new(opened)),
                Err(error) => {
                    tracing::warn!(error = ?error, "sled cannot read its files");
                    damaged = true;
                }
            }
            // The open files stay readable.
            let _ = fs::remove_dir_all(&copy);
        } else {
            damaged = true;
        }
        Ok(Self { db, files: journal::list(journal)?, open: None, damaged })
    }

    /// The record that goes on after what was made, from either side.
    fn next(&mut self, made: &Made, trusted: Option<Side>) -> Result<Option<Candidate>, LogError> {
        let next = Seq(made.frontier.size() + 1);
        let record = self.in_journal(next);
        let journal = self.checked(Side::Journal, record, made);
        let record = self.in_store(next);
        let store = self.checked(Side::Store, record, made);
        match (store, journal) {
            (Some(store), Some(journal)) => {
                let leaves = |it: &Candidate| -> Vec<TreeHash> {
                    it.2.iter().flat_map(BlockCommit::leaves).copied().collect()
                };
                let (here, there) = (leaves(&store), leaves(&journal));
                let same = here.iter().zip(&there).all(|(here, there)| here == there);
                self.damaged |= !same;
                match trusted {
                    _ if same => Ok(Some(if there.len() > here.len() { journal } else { store })),
                    Some(Side::Store) => Ok(Some(store)),
                    Some(Side::Journal) => Ok(Some(journal)),
                    None => {
                        let (expected, found) = (journal.1.head.root, store.1.head.root);
                        Err(journal::mismatch("the journal", next, expected, found))
                    }
                }
            }
            (store, journal) => Ok(journal.or(store)),
        }
    }

    /// A record, if it goes on after what was made and gives its root.
    fn checked(&mut self, side: Side, record: Option<Record>, made: &Made) -> Option<Candidate> {
        let record = record?;
        let head = record.head;
        let next = Seq(made.frontier.size() + 1);
        let block = OpenBlock::of(record.clone()).ok();
        let commits: Option<Vec<BlockCommit>> =
            block.map(|block| block.commits.into_iter().filter(|it| it.last >= next).collect());
        let whole = commits.filter(|commits| {
            let mut after = made.frontier.clone();
            after.extend(commits.iter().flat_map(BlockCommit::leaves));
            let begins = commits.first().is_some_and(|it| it.commit.position.seq == next);
            let ends = after.root() == head.root && after.size() == head.last().0;
            begins && ends && made.goes_on_with(commits)
        });
        self.damaged |= whole.is_none();
        whole.map(|commits| (side, record, commits))
    }

    fn in_journal(&mut self, next: Seq) -> Option<Record> {
        let at = self.files.partition_point(|file| file.first <= next).checked_sub(1)?;
        if self.open.as_ref().is_none_or(|(open, _)| *open != at) {
            let file = self.files.get(at)?;
            let (records, sound) = journal::salvage(file);
            self.damaged |= !sound;
            self.open = Some((at, records));
        }
        let (_, records) = self.open.as_ref()?;
        records.iter().find(|it| (it.head.first..=it.head.last()).contains(&next)).cloned()
    }

    fn in_store(&mut self, next: Seq) -> Option<Record> {
        let db = self.db.as_ref()?;
        let mut found = None;
        for kind in [BLOCK, YOUNG] {
            let range = layout::part_key(kind, Seq::NONE, 0)..=layout::part_key(kind, next, 0);
            let last = guarded("read from sled", || db.range(range).next_back().transpose());
            let first = last.ok().flatten().and_then(|(key, _)| layout::seq_of(kind, &key));
            if let Some(first) = first.filter(|first| found.is_none_or(|(_, best)| *first > best)) {
                found = Some((kind, first));
            }
        }
        let (kind, first) = found?;
        let bytes = blocks::value_of(db, kind, first).ok().flatten();
        let record = bytes.and_then(|bytes| Record::read(&bytes).ok());
        self.damaged |= record.is_none();
        record.filter(|it| (it.head.first..=it.head.last()).contains(&next))
    }

    /// What is told of events after `end`, and is not in the log that was made.
    fn lost(
        &mut self,
        end: Seq,
        kept: &BTreeMap<StreamId, Version>,
    ) -> Result<Vec<LostEvents>, LogError> {
        let mut lost: BTreeMap<StreamId, LostEvents> = BTreeMap::new();
        let mut tell = |stream: StreamId, last: Version| {
            let first = kept.get(&stream).copied().unwrap_or_default().plus(1);
            if last >= first {
                let it = lost.entry(stream).or_insert(LostEvents { stream, first, last });
                it.last = it.last.max(last);
            }
        };
        for file in &self.files {
            let (records, _) = journal::salvage(file);
            for record in records.into_iter().filter(|it| it.head.last() > end) {
                each_write(record, &mut tell);
            }
        }
        let Some(db) = &self.db else { return Ok(lost.into_values().collect()) };
        let mut numbered = Vec::new();
        for found in db.scan_prefix([STREAMS]) {
            let Ok((key, _)) = guarded("read from sled", || found) else { break };
            let first = layout::seq_of(STREAMS, &key).unwrap_or_default();
            if key.last() != Some(&0) {
                continue;
            }
            let bytes = blocks::value_of(db, STREAMS, first)?.unwrap_or_default();
            let streams = layout::unframed::<Streams>("the streams of a block", &bytes);
            let Ok(streams) = streams else { break };
            numbered.extend(streams.new);
            for it in streams.writes {
                let last = it.version.plus(it.marks.len() as u64).0.saturating_sub(1);
                if let Some(stream) = numbered.get(it.stream as usize) {
                    tell(*stream, Version(last));
                }
            }
        }
        Ok(lost.into_values().collect())
    }
}

/// Tells of every stream that a record writes.
fn each_write(record: Record, tell: &mut impl FnMut(StreamId, Version)) {
    for bytes in record.commits().unwrap_or_default() {
        let Ok(view) = bytes.view() else { continue };
        view.writes.iter().for_each(|write| tell(write.stream, write.last()));
    }
}

/// Makes a store in `folder` from a backup.
///
/// # Errors
/// [`LogError::Io`] if something is there already; [`Corrupt`](LogError::Corrupt) if the backup is
/// damaged. Nothing is left in `folder` then.
pub fn restore(
    backup: impl AsRef<Path>,
    folder: impl AsRef<Path>,
    options: SledOptions,
) -> Result<Frontier, LogError> {
    let (backup, folder) = (backup.as_ref(), folder.as_ref());
    let files = journal::list(backup)?;
    if files.is_empty() {
        return Err(LogError::NotFound { path: backup.to_owned() });
    }
    if folder.exists() && !files::list(folder)?.is_empty() {
        let error = std::io::Error::new(
            std::io::ErrorKind::AlreadyExists,
            "something is there already; restore into a new folder",
        );
        return Err(failed("restore into", folder)(error));
    }
    let mut frontier = Frontier::default();
    journal::each_from(backup, Seq::NONE, |record| {
        blocks::follow(record, &mut frontier, "the backup")
    })?;
    let restored = restore_files(&files, folder, options).and_then(|log| {
        let found = verify(&log, |_| ())?;
        match found.fault {
            Some(fault) => Err(fault.into()),
            None if found.tree == frontier => Ok(frontier),
            None => Err(damage(CorruptionKind::Missing { what: "a part of the backup" })),
        }
    });
    if restored.is_err() {
        let _ = fs::remove_dir_all(folder);
    }
    restored
}

fn restore_files(
    files: &[JournalFile],
    folder: &Path,
    options: SledOptions,
) -> Result<SledLog, LogError> {
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    let journal = crate::store::place_journal(folder, &options)?;
    fs::create_dir_all(&journal).map_err(failed("create", &journal))?;
    for file in files {
        let to = journal.join(file.path.file_name().unwrap_or_default());
        point(Point::RestoreCopy);
        fs::copy(&file.path, &to).map_err(failed("copy", &file.path))?;
    }
    files::sync_tree(&journal)?;
    begin_from_journal(folder)?;
    files::sync_ancestors(&fs::canonicalize(folder).map_err(failed("open", folder))?)?;
    SledLog::open(folder, options)
}
