//! What a disk may hold after a power cut, made from a trace.
//!
//! # The model
//!
//! - Writes and changes of length of a file that were made before the beginning of a sync of it
//!   (`fsync` or `fdatasync`) that ended well are on the disk. `sync_file_range` counts as nothing.
//! - Of later ones any subset may be, sector (512 bytes) by sector: all, none, a beginning with a
//!   torn end, only the latest, or any. A sector that is on the disk holds what the page cache held
//!   at one of the writes. A file may have its new length without its new data: zeros then.
//! - What was written before a sync that failed is as good as dropped: the system marks the pages
//!   clean, so that a later sync that ends well does not write them.
//! - Names (create, rename, link, unlink, folders made and removed) are on the disk if they were
//!   made before the beginning of a sync of their folder that ended well. Of later ones a
//!   beginning is, for each folder by itself.
//!
//! Not covered: a disk that loses what it confirmed, bits that rot, sectors torn inside, names that
//! survive in another order than they were made within a folder, holes punched into files, files
//! changed through memory maps, more than one process, and renames from one folder to another
//! that survive in one of the two only.
//!
//! *Invariant: a file with everything surviving is byte for byte the file of the process.*

use std::collections::BTreeMap;
use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::Outcome;
use crate::draw::Draw;
use crate::trace::{Call, Trace};

const SECTOR: usize = 512;

type Node = usize;

/// A change of one file: the number of the call, and which call.
#[derive(Debug)]
struct Change {
    at: usize,
    call: usize,
}

/// A change of names in a folder, in one step.
#[derive(Debug)]
struct Renaming {
    at: usize,
    folder: Node,
    /// What is there afterwards.
    entries: Vec<(Node, String, Option<Node>)>,
}

/// When a sync of a file or folder began and ended.
#[derive(Debug)]
struct Sync {
    begin: usize,
    end: usize,
    failed: bool,
}

#[derive(Debug, Default)]
struct Thing {
    is_folder: bool,
    /// Where it leads, if it is a symbolic link.
    link: Option<String>,
    /// What was there before the trace began.
    before: Vec<u8>,
    changes: Vec<Change>,
    syncs: Vec<Sync>,
}

impl Thing {
    /// Everything before this call is on the disk if the power goes at `cut`.
    fn durable(&self, cut: usize) -> usize {
        let good = self.syncs.iter().filter(|sync| !sync.failed && sync.end < cut);
        good.map(|sync| sync.begin).max().unwrap_or(0)
    }

    /// Whether a sync failed between this change and the cut, and none had confirmed it before.
    fn is_dropped(&self, change: usize, cut: usize) -> bool {
        let first = self.syncs.iter().filter(|it| it.begin > change && it.end < cut);
        first.min_by_key(|sync| sync.end).is_some_and(|sync| sync.failed)
    }
}

/// Everything that happened to the files below one folder.
#[derive(Debug)]
pub(crate) struct Disk<'a> {
    trace: &'a Trace,
    root: String,
    things: Vec<Thing>,
    /// The names before the trace began.
    before: BTreeMap<(Node, String), Node>,
    renamings: Vec<Renaming>,
    /// The names as the process sees them; only while the trace is read.
    names: BTreeMap<(Node, String), Node>,
    nodes: BTreeMap<u64, Node>,
}

const ROOT: Node = 0;

impl<'a> Disk<'a> {
    /// Reads the trace of a process that began with what is in `initial`, if anything.
    pub(crate) fn of(trace: &'a Trace, root: &Path, initial: Option<&Path>) -> Outcome<Self> {
        let mut this = Self {
            trace,
            root: root.display().to_string(),
            things: vec![Thing { is_folder: true, ..Thing::default() }],
            before: BTreeMap::new(),
            renamings: Vec::new(),
            names: BTreeMap::new(),
            nodes: BTreeMap::new(),
        };
        if let Some(initial) = initial {
            this.take_in(ROOT, initial, initial)?;
            this.names = this.before.clone();
        }
        for (at, call) in trace.calls.iter().enumerate() {
            this.note(at, call);
        }
        Ok(this)
    }

    fn take_in(&mut self, folder: Node, path: &Path, copy: &Path) -> Outcome<()> {
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let (is_folder, mut thing) = (kind.is_dir(), Thing::default());
            if kind.is_symlink() {
                // It leads to a place below the copy.
                let place = fs::read_link(entry.path())?;
                let place = place.strip_prefix(copy)?.display().to_string();
                thing.link = Some(format!("{}/{place}", self.root));
            } else if !is_folder {
                thing.before = fs::read(entry.path())?;
            }
            let node = self.add(Thing { is_folder, ..thing });
            self.before.insert((folder, entry.file_name().to_string_lossy().into_owned()), node);
            if is_folder {
                self.take_in(node, &entry.path(), copy)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, thing: Thing) -> Node {
        self.things.push(thing);
        self.things.len() - 1
    }

    /// The folder that holds a path, and the name there.
    fn split<'p>(&self, path: &'p str) -> Option<(Node, &'p str)> {
        let below = path.strip_prefix(&self.root)?.strip_prefix('/')?;
        let (above, name) = below.rsplit_once('/').unwrap_or(("", below));
        let mut folder = ROOT;
        for part in above.split('/').filter(|part| !part.is_empty() && *part != ".") {
            folder = self.behind(*self.names.get(&(folder, part.to_owned()))?)?;
        }
        Some((folder, name))
    }

    fn look_up(&self, path: &str) -> Option<Node> {
        if path.trim_end_matches('/') == self.root {
            return Some(ROOT);
        }
        let (folder, name) = self.split(path)?;
        self.behind(*self.names.get(&(folder, name.to_owned()))?)
    }

    /// The file or folder itself, where there is a link.
    fn behind(&self, node: Node) -> Option<Node> {
        match &self.things.get(node)?.link {
            Some(path) => self.look_up(path),
            None => Some(node),
        }
    }

    fn rename(&mut self, at: usize, folder: Node, entries: Vec<(Node, String, Option<Node>)>) {
        for (folder, name, node) in &entries {
            let key = (*folder, name.clone());
            match node {
                Some(node) => self.names.insert(key, *node),
                None => self.names.remove(&key),
            };
        }
        self.renamings.push(Renaming { at, folder, entries });
    }

    fn make(&mut self, at: usize, path: &str, ino: u64, is_folder: bool) {
        let Some((folder, name)) = self.split(path) else { return };
        let name = name.to_owned();
        let node = self.add(Thing { is_folder, ..Thing::default() });
        self.nodes.insert(ino, node);
        self.rename(at, folder, vec![(folder, name, Some(node))]);
    }

    fn moved(&mut self, at: usize, from: &str, to: &str, keep: bool) {
        let (Some((from_folder, from)), Some((to_folder, to))) = (self.split(from), self.split(to))
        else {
            return;
        };
        let (from, to) = (from.to_owned(), to.to_owned());
        let Some(node) = self.names.get(&(from_folder, from.clone())).copied() else { return };
        let mut entries = vec![(to_folder, to, Some(node))];
        if !keep {
            entries.insert(0, (from_folder, from, None));
        }
        self.rename(at, to_folder, entries);
    }

    fn change(&mut self, at: usize, ino: u64) {
        let node = self.nodes.get(&ino).copied();
        if let Some(thing) = node.and_then(|node| self.things.get_mut(node)) {
            thing.changes.push(Change { at, call: at });
        }
    }

    fn note(&mut self, at: usize, call: &Call) {
        match call {
            Call::Open { ino, created: true, path, folder } => self.make(at, path, *ino, *folder),
            Call::Open { ino, path, .. } => {
                if let Some(node) = self.look_up(path) {
                    self.nodes.insert(*ino, node);
                }
            }
            Call::MakeLink { to, path } => {
                if let Some((folder, name)) = self.split(path) {
                    let name = name.to_owned();
                    let node = self.add(Thing { link: Some(to.clone()), ..Thing::default() });
                    self.rename(at, folder, vec![(folder, name, Some(node))]);
                }
            }
            Call::MakeFolder { ino, path } => self.make(at, path, *ino, true),
            Call::Write { ino, .. } | Call::Length { ino, .. } => self.change(at, *ino),
            Call::Rename { from, to } => self.moved(at, from, to, false),
            Call::Link { from, to } => self.moved(at, from, to, true),
            Call::Unlink { path } => {
                if let Some((folder, name)) = self.split(path) {
                    let name = name.to_owned();
                    self.rename(at, folder, vec![(folder, name, None)]);
                }
            }
            Call::SyncEnds { ino, number, failed } => {
                let is_it = |call: &Call| match call {
                    Call::SyncBegins { number: begun } => begun == number,
                    _ => false,
                };
                let calls = self.trace.calls.get(..at).unwrap_or_default();
                let begin = calls.iter().rposition(is_it).unwrap_or(at);
                let node = self.nodes.get(ino).copied();
                if let Some(thing) = node.and_then(|node| self.things.get_mut(node)) {
                    thing.syncs.push(Sync { begin, end: at, failed: *failed });
                }
            }
            Call::SyncBegins { .. } | Call::Mark { .. } | Call::Point | Call::Failed => {}
        }
    }

    /// Writes what the disk holds when the power goes before call `cut`, into a new folder.
    pub(crate) fn image(&self, cut: usize, taste: Taste, to: &Path) -> Outcome<()> {
        let mut draw = Draw::of(taste.seed);
        let names = self.names_at(cut, taste, &mut draw);
        fs::create_dir_all(to)?;
        let mut image = Image { disk: self, names: &names, cut, taste, draw, root: to };
        image.write_folder(ROOT, to)
    }

    fn names_at(
        &self,
        cut: usize,
        taste: Taste,
        draw: &mut Draw,
    ) -> BTreeMap<(Node, String), Node> {
        let mut names = self.before.clone();
        let mut bounds: BTreeMap<Node, usize> = BTreeMap::new();
        for renaming in self.renamings.iter().take_while(|it| it.at < cut) {
            let durable = self.things.get(renaming.folder).map_or(0, |it| it.durable(cut));
            let bound = *bounds.entry(renaming.folder).or_insert_with(|| match taste.kind {
                Kind::Nothing | Kind::Contents => durable,
                Kind::Everything | Kind::Names => cut,
                Kind::Mixed => match draw.below(3) {
                    0 => durable,
                    1 => cut,
                    _ => {
                        usize::try_from(draw.between(durable as u64, cut as u64 + 1)).unwrap_or(cut)
                    }
                },
            });
            if renaming.at >= bound {
                continue;
            }
            for (folder, name, node) in &renaming.entries {
                match node {
                    Some(node) => names.insert((*folder, name.clone()), *node),
                    None => names.remove(&(*folder, name.clone())),
                };
            }
        }
        names
    }

    /// What a file holds.
    fn content(&self, thing: &Thing, cut: usize, kind: Kind, draw: &mut Draw) -> Outcome<Vec<u8>> {
        let durable = thing.durable(cut);
        let end = thing.changes.partition_point(|change| change.at < cut);
        let changes = thing.changes.get(..end).unwrap_or_default();
        let mut file = Pages { cache: thing.before.clone(), ..Pages::default() };
        let (safe, open) = changes.split_at(changes.partition_point(|it| it.at < durable));
        let dropped: Vec<bool> = changes
            .iter()
            .map(|it| kind != Kind::Everything && thing.is_dropped(it.at, cut))
            .collect();
        if dropped.iter().any(|it| *it) {
            // Rare: one by one from the beginning.
            file.disk = file.cache.clone();
            for (change, dropped) in changes.iter().zip(dropped) {
                let survival =
                    if dropped || change.at >= durable { Survival::None } else { Survival::All };
                file.apply(self.trace, change, survival, draw)?;
            }
            return Ok(file.disk);
        }
        for change in safe {
            file.cache_only(self.trace, change)?;
        }
        if open.is_empty() {
            return Ok(file.cache);
        }
        file.disk = file.cache.clone();
        let plan = Plan::of(kind, open.len() as u64, draw);
        for (count, change) in (0..).zip(open) {
            file.apply(self.trace, change, plan.survival(count), draw)?;
        }
        if plan.length_only && file.disk.len() < file.cache.len() {
            file.disk.resize(file.cache.len(), 0);
        }
        Ok(file.disk)
    }
}

/// A disk that is being written as files.
struct Image<'a> {
    disk: &'a Disk<'a>,
    names: &'a BTreeMap<(Node, String), Node>,
    cut: usize,
    taste: Taste,
    draw: Draw,
    root: &'a Path,
}

impl Image<'_> {
    fn write_folder(&mut self, folder: Node, to: &Path) -> Outcome<()> {
        let Self { disk, names, cut, taste, root, .. } = *self;
        for ((_, name), node) in names.iter().filter(|((of, _), _)| *of == folder) {
            let Some(thing) = disk.things.get(*node) else { continue };
            let path = to.join(name);
            if let Some(link) = &thing.link {
                let below = link.strip_prefix(&disk.root).map(|rest| rest.trim_matches('/'));
                std::os::unix::fs::symlink(root.join(below.unwrap_or(link)), &path)?;
            } else if thing.is_folder {
                fs::create_dir_all(&path)?;
                self.write_folder(*node, &path)?;
            } else {
                write_sparse(&path, &disk.content(thing, cut, taste.kind, &mut self.draw)?)?;
            }
        }
        Ok(())
    }
}

/// How bad the cut is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taste {
    pub(crate) kind: Kind,
    pub(crate) seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing survives that need not.
    Nothing,
    /// Everything survives.
    Everything,
    /// All names survive, and of what is in files what must: a journal of the file system does so.
    Names,
    /// What is in files survives, and of names those that must.
    Contents,
    /// Each file and folder has its own fate.
    Mixed,
}

/// What survives of one change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Survival {
    None,
    All,
    /// Each sector, as many times in 16.
    Some(u64),
}

/// What survives of the changes of one file after its last sync.
struct Plan {
    from: u64,
    to: u64,
    within: Survival,
    last: Survival,
    length_only: bool,
}

impl Plan {
    fn of(kind: Kind, changes: u64, draw: &mut Draw) -> Self {
        let all = Self {
            from: 0,
            to: changes,
            within: Survival::All,
            last: Survival::All,
            length_only: false,
        };
        let fate = match kind {
            Kind::Nothing | Kind::Names => 0,
            Kind::Everything | Kind::Contents => 1,
            Kind::Mixed => draw.below(7),
        };
        let torn = Survival::Some(draw.between(1, 16));
        match fate {
            0 => Self { to: 0, ..all },
            1 => all,
            2 => Self { to: draw.between(1, changes + 1), last: torn, ..all },
            3 => Self { from: draw.below(changes), ..all },
            4 => Self { to: 0, length_only: true, ..all },
            5 => Self { to: draw.between(1, changes + 1), last: torn, length_only: true, ..all },
            _ => Self { within: torn, last: torn, length_only: draw.once_in(2), ..all },
        }
    }

    const fn survival(&self, number: u64) -> Survival {
        if number < self.from || number >= self.to {
            Survival::None
        } else if number + 1 == self.to {
            self.last
        } else {
            self.within
        }
    }
}

/// One file: as the process sees it, and as the disk holds it.
#[derive(Default)]
struct Pages {
    cache: Vec<u8>,
    disk: Vec<u8>,
}

impl Pages {
    fn cache_only(&mut self, trace: &Trace, change: &Change) -> Outcome<()> {
        match trace.calls.get(change.call) {
            Some(Call::Write { at, bytes, .. }) => {
                let bytes = trace.bytes.get(bytes.clone()).ok_or("a write without bytes")?;
                put(&mut self.cache, usize::try_from(*at)?, bytes);
            }
            Some(Call::Length { length, .. }) => self.cache.resize(usize::try_from(*length)?, 0),
            _ => {}
        }
        Ok(())
    }

    fn apply(
        &mut self,
        trace: &Trace,
        change: &Change,
        survival: Survival,
        draw: &mut Draw,
    ) -> Outcome<()> {
        self.cache_only(trace, change)?;
        let survives = |draw: &mut Draw| match survival {
            Survival::None => false,
            Survival::All => true,
            Survival::Some(times) => draw.below(16) < times,
        };
        match trace.calls.get(change.call) {
            Some(Call::Write { at, bytes, .. }) => {
                let from = usize::try_from(*at)?;
                let to = from + bytes.len();
                for sector in from / SECTOR..to.div_ceil(SECTOR) {
                    let begin = sector * SECTOR;
                    let end = (begin + SECTOR).min(self.cache.len());
                    if survives(draw)
                        && let Some(bytes) = self.cache.get(begin..end)
                    {
                        put(&mut self.disk, begin, bytes);
                    }
                }
            }
            Some(Call::Length { length, .. }) if survives(draw) => {
                self.disk.resize(usize::try_from(*length)?, 0);
            }
            _ => {}
        }
        Ok(())
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(at..end) {
        place.copy_from_slice(bytes);
    }
}

/// Writes a file; what is zero becomes a hole.
pub(crate) fn write_sparse(path: &Path, bytes: &[u8]) -> Outcome<()> {
    const BLOCK: usize = 64 * 1_024;
    const ZEROS: &[u8] = &[0; BLOCK];
    let mut file = fs::File::create(path)?;
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        if ZEROS.get(..block.len()) != Some(block) {
            file.seek(SeekFrom::Start((number * BLOCK) as u64))?;
            file.write_all(block)?;
        }
    }
    file.set_len(bytes.len() as u64)?;
    Ok(())
}
