//! What must hold of a store after any fault, looked at through its public face only.
//!
//! Owns the checks. Knows nothing of faults and of files.
//!
//! *Invariant: a sound verdict means that everything acknowledged is there, with its content, and
//! that everything else that is there was offered whole.*

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use relatum_log::{
    ByteSize, Corruption, Cursor, EventLog as _, LogError, Seq, StoredCommit, StreamId, TreeHash,
    Version, leaf_hashes, root_at, verify,
};
use relatum_log_sled::SledLog;
use sha2::{Digest as _, Sha256};

use crate::Outcome;
use crate::content::{Author, Name};
use crate::draw::Draw;
use crate::panics;
use crate::store::Variant;
use crate::witness::{Acknowledged, Witness};

/// A run that no workload has: what the check itself appends.
const OWN_RUN: u64 = 1_000_000;

/// What became of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All is as it must be; how many commits there are.
    Sound { commits: u64 },
    /// The store says that it is damaged.
    Detected(String),
    /// It is not as it must be, and does not say so.
    Violation(String),
}

/// What went wrong in a check.
#[derive(Debug)]
pub(crate) enum Fault {
    Detected(LogError),
    Violation(String),
}

impl From<LogError> for Fault {
    fn from(error: LogError) -> Self {
        Self::Detected(error)
    }
}

impl From<Box<dyn std::error::Error + Send + Sync>> for Fault {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        Self::Violation(error.to_string())
    }
}

pub(crate) type Checked<T> = Result<T, Fault>;

fn violation<T>(text: impl Into<String>) -> Checked<T> {
    Err(Fault::Violation(text.into()))
}

/// Checks the store below `root`; a lossy one may have lost what was acknowledged last.
pub(crate) fn run(root: &Path, witness: &Path, variant: Variant, lossy: bool) -> Outcome<Verdict> {
    panics::watch();
    let mut witness = Witness::read(witness)?;
    if lossy {
        witness.forget();
    }
    let verdict = match check(root, &witness, variant) {
        Ok(commits) => Verdict::Sound { commits },
        Err(Fault::Detected(error)) => Verdict::Detected(described(&error)),
        Err(Fault::Violation(text)) => Verdict::Violation(text),
    };
    let panics = panics::ours();
    if panics.is_empty() {
        Ok(verdict)
    } else {
        Ok(Verdict::Violation(format!("panicked at {}; {verdict:?}", panics.join(", "))))
    }
}

fn described(error: &LogError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn check(root: &Path, witness: &Witness, variant: Variant) -> Checked<u64> {
    if let Some(first) = witness.violations.first() {
        return violation(format!("the workload saw: {first}"));
    }
    let author = witness.author;
    let log = variant.open(root, witness.promises_nothing())?;
    let book = Book::read(&log, author)?;
    book.agrees_with(&log, witness)?;
    book.streams_agree(&log)?;
    book.tree_agrees(&log)?;
    let beside = root.with_extension("backup");
    // A check that was ended may have left its own.
    let _ = std::fs::remove_dir_all(&beside);
    book.is_backed_up(&log, &beside, 0)?;
    drop(log);

    let log = variant.open(root, false)?;
    if commits_of(&log)? != book.commits {
        return violation("another opening shows another log");
    }
    // What a check appended to a store before is no part of what this one may append.
    let counter = book.places.keys().filter(|name| name.run == OWN_RUN).count() as u64;
    append(&log, author, Name { run: OWN_RUN, thread: 0, counter })?;
    book.is_not_recorded_again(&log, author)?;
    book.is_backed_up(&log, &beside, book.events())?;
    let _ = std::fs::remove_dir_all(&beside);
    drop(log);

    let log = variant.open(root, false)?;
    let last = commits_of(&log)?;
    if last.len() != book.commits.len() + 1 || !last.starts_with(&book.commits) {
        return violation("a further append changed what was there, or is not there");
    }
    if let Some(fault) = verify(&log, |_| ())?.fault {
        return Err(Fault::Detected(fault.into()));
    }
    Ok(book.commits.len() as u64)
}

fn append(log: &SledLog, author: Author, name: Name) -> Checked<()> {
    match log.submit(author.commit(name)?).wait() {
        Ok(_) => Ok(()),
        Err(relatum_log::AppendError::Log(error)) => Err(Fault::Detected(error)),
        Err(error) => violation(format!("a further append was refused: {error:?}")),
    }
}

/// Everything in a log.
struct Book {
    commits: Vec<StoredCommit>,
    /// Where each commit stands in the list.
    places: BTreeMap<Name, usize>,
    /// The commits of each stream, and the version that follows them.
    streams: BTreeMap<StreamId, (Vec<usize>, Version)>,
}

impl Book {
    fn read(log: &SledLog, author: Author) -> Checked<Self> {
        let mut this =
            Self { commits: Vec::new(), places: BTreeMap::new(), streams: BTreeMap::new() };
        for commit in commits_of(log)? {
            this.add(commit, author)?;
        }
        this.runs_are_prefixes()?;
        Ok(this)
    }

    /// Takes a commit in, if it is one that was offered, whole.
    fn add(&mut self, commit: StoredCommit, author: Author) -> Checked<()> {
        let place = commit.position;
        let view = commit.view()?;
        let name = view.events.first().and_then(|event| Name::in_data(event.data));
        let Some(name) = name else {
            return violation(format!("{place}: not of this workload"));
        };
        let writes = author.writes(name)?;
        let offered: Vec<_> = writes.iter().flat_map(|it| it.events.iter()).collect();
        let streams: Vec<_> = writes.iter().map(|it| (it.stream, it.events.len() as u64)).collect();
        let found: Vec<_> = view.writes.iter().map(|it| (it.stream, it.events)).collect();
        if streams != found {
            return violation(format!("{place}: commit {name} writes {found:?}, not {streams:?}"));
        }
        for (event, offered) in view.events.iter().zip(&offered) {
            let key = offered.key.as_ref().map(|key| key.as_str());
            if event.data != offered.data.as_str()
                || event.key.as_deref() != key
                || event.event_type != offered.event_type.as_str()
                || event.schema != offered.schema
            {
                return violation(format!("{place}: commit {name} has other content"));
            }
        }
        let at = self.commits.len();
        for write in &view.writes {
            let (places, next) = self.streams.entry(write.stream).or_default();
            let expected = next.0.max(1);
            if write.version.0 != expected {
                return violation(format!("{place}: version {}, not {expected}", write.version));
            }
            *next = write.last().plus(1);
            places.push(at);
        }
        if self.places.insert(name, at).is_some() {
            return violation(format!("{place}: commit {name} stands there twice"));
        }
        self.commits.push(commit);
        Ok(())
    }

    /// A thread's commits are recorded in the order in which it submitted them.
    fn runs_are_prefixes(&self) -> Checked<()> {
        let mut threads: BTreeMap<(u64, u64), Vec<(u64, usize)>> = BTreeMap::new();
        for (name, at) in &self.places {
            threads.entry((name.run, name.thread)).or_default().push((name.counter, *at));
        }
        for ((run, thread), found) in threads {
            let in_order = found.is_sorted_by(|one, two| one.1 < two.1);
            let whole = (0..).zip(&found).all(|(count, (counter, _))| count == *counter);
            if !in_order || !whole {
                let what = if whole { "out of order" } else { "with a gap" };
                return violation(format!("run {run}, thread {thread}: recorded {what}"));
            }
        }
        Ok(())
    }

    /// A backup holds what the log does, and another one only adds what is new.
    fn is_backed_up(&self, log: &SledLog, folder: &Path, before: u64) -> Checked<()> {
        let done = log.backup(folder)?;
        let head = log.read(Cursor::start(), ByteSize(1)).wait()?.head.events();
        if done.before != before || done.tree.size() != head {
            return violation(format!("a backup of {head} after {before} events: {done:?}"));
        }
        if head == self.events() && done.tree.root() != self.root_at(head)? {
            return violation("a backup has another root");
        }
        Ok(())
    }

    /// Events with keys that are offered again are found where they are.
    fn is_not_recorded_again(&self, log: &SledLog, author: Author) -> Checked<()> {
        let keyed: Vec<_> =
            self.places.iter().filter(|(name, _)| author.is_keyed(**name)).collect();
        let mut draw = Draw::of(keyed.len() as u64);
        for _ in 0..keyed.len().min(24) {
            let Some((name, at)) = draw.one_of(&keyed).copied() else { break };
            let Some(commit) = self.commits.get(*at) else { break };
            let receipt = match log.submit(author.commit(*name)?).wait() {
                Ok(receipt) => receipt,
                Err(relatum_log::AppendError::Log(error)) => return Err(Fault::Detected(error)),
                Err(error) => return violation(format!("{name} offered again: {error:?}")),
            };
            let view = commit.view()?;
            let there = view.events.iter().map(|event| event.event);
            let told = receipt.events.iter().map(|event| event.event);
            if receipt.position.is_some() || !there.eq(told) {
                return violation(format!("commit {name}, offered again, was recorded again"));
            }
        }
        Ok(())
    }

    fn agrees_with(&self, log: &SledLog, witness: &Witness) -> Checked<()> {
        let events = self.events();
        let verified = verify(log, |_| ())?;
        if let Some(fault) = verified.fault {
            return Err(Fault::Detected(fault.into()));
        }
        if verified.tree.root() != self.root_at(self.events())? {
            return violation("the root is not that of what is there");
        }
        let stats = log.stats()?;
        let commits = self.commits.len() as u64;
        let counted = [(verified.commits, verified.events), (stats.commits, stats.events)];
        if counted != [(commits, events); 2] {
            return violation(format!("{commits} commits, {events} events; counted {counted:?}"));
        }
        let bytes: usize = self.commits.iter().map(|it| it.bytes.as_slice().len()).sum();
        let last = self.commits.last().map(|it| it.view()).transpose()?.map(|it| it.recorded_at);
        let told = (stats.block_bytes.0 + stats.young_bytes.0, stats.last_recorded_at);
        if told != (bytes as u64, last) {
            return violation(format!(
                "{bytes} bytes, the last recorded at {last:?}; told {told:?}"
            ));
        }
        if witness.shown > events {
            return violation(format!("readers saw up to {}, now {events}", witness.shown));
        }
        witness.acknowledged.iter().try_for_each(|it| self.holds(it))
    }

    fn holds(&self, it: &Acknowledged) -> Checked<()> {
        let Acknowledged { name, seq, cut, versions } = it;
        let commit = self.places.get(name).and_then(|at| self.commits.get(*at));
        let Some(commit) = commit else {
            let events = self.events();
            return violation(format!(
                "commit {name}, acknowledged at {seq}, is lost; the log ends at {events}"
            ));
        };
        let place = commit.position.seq.0;
        let found: Vec<u64> = commit.view()?.writes.iter().map(|it| it.version.0).collect();
        if *seq != 0 && *seq != place || *cut > self.events() || *cut < place {
            return violation(format!("commit {name} is at {place}, acknowledged at {seq}, {cut}"));
        }
        if found != *versions {
            return violation(format!("commit {name} has {found:?}, acknowledged {versions:?}"));
        }
        Ok(())
    }

    /// Reading a stream gives the same as reading everything and leaving out the others.
    fn streams_agree(&self, log: &SledLog) -> Checked<()> {
        let mut draw = Draw::of(self.commits.len() as u64);
        for (stream, (places, next)) in &self.streams {
            let from = if draw.once_in(2) { 1 } else { draw.between(1, next.0) };
            let mut expected = places.iter().filter_map(|at| self.commits.get(*at)).peekable();
            // The first is the one that holds the version.
            while let Some(commit) = expected.peek() {
                let view = commit.view()?;
                let holds =
                    |it: &relatum_log::WriteView| it.stream == *stream && it.last().0 < from;
                if !view.writes.iter().any(holds) {
                    break;
                }
                expected.next();
            }
            let mut cursor = Cursor::Stream(*stream, Version(from));
            loop {
                let block = log.read(cursor, ByteSize(draw.magnitude(1 << 20))).wait()?;
                if block.commits.is_empty() {
                    break;
                }
                for found in &block.commits {
                    if expected.next() != Some(found) {
                        return violation(format!("{stream} from {from}: at {}", found.position));
                    }
                }
                cursor = block.next;
            }
            if expected.next().is_some() {
                return violation(format!("{stream} from {from} ends too early"));
            }
        }
        let strange = crate::content::stream(999);
        let block = log.read(Cursor::stream(strange), ByteSize::mib(1)).wait()?;
        let keys: BTreeSet<_> = self.streams.keys().collect();
        if !block.commits.is_empty() || keys.contains(&strange) {
            return violation("a stream that nobody wrote has commits");
        }
        Ok(())
    }

    /// The root over the first events, computed here.
    fn root_at(&self, events: u64) -> Checked<TreeHash> {
        let mut leaves = Vec::new();
        for commit in &self.commits {
            leaves.extend(
                leaf_hashes(commit.bytes.as_slice())
                    .map_err(|kind| LogError::from(Corruption::at(commit.position, kind)))?,
            );
        }
        leaves.truncate(usize::try_from(events).unwrap_or(usize::MAX));
        Ok(root_over(&leaves))
    }

    /// The tree that the store keeps is the one over its events.
    fn tree_agrees(&self, log: &SledLog) -> Checked<()> {
        let tree = log.tree()?;
        let events = self.events();
        let some = Draw::of(events).below(events + 1);
        for size in [events, some] {
            let found =
                root_at(&tree, size).map_err(|error| Fault::Violation(error.to_string()))?;
            if found != self.root_at(size)? || log.frontier_at(Seq(size))?.root() != found {
                return violation(format!("the kept tree has another root at {size}"));
            }
        }
        Ok(())
    }

    fn events(&self) -> u64 {
        self.commits.last().map_or(0, |last| {
            let events = last.view().map_or(0, |view| view.event_count());
            last.position.seq.0 + events - 1
        })
    }
}

/// Everything in a log, from the first event to its head without a gap.
pub(crate) fn commits_of(log: &SledLog) -> Checked<Vec<StoredCommit>> {
    let (mut commits, mut from, mut next) = (Vec::new(), Cursor::start(), 1);
    loop {
        let block = log.read(from, ByteSize::mib(1)).wait()?;
        if block.commits.is_empty() {
            if block.head.events() + 1 != next {
                return violation(format!("the head is {}, not {next} - 1", block.head));
            }
            return Ok(commits);
        }
        for commit in block.commits {
            if commit.position.seq.0 != next || commit.position.partition != 0 {
                return violation(format!("{} where {next} is next", commit.position));
            }
            next += commit.view()?.event_count();
            commits.push(commit);
        }
        from = block.next;
    }
}

/// The root as RFC 6962 defines it, without anything kept from before.
fn root_over(leaves: &[TreeHash]) -> TreeHash {
    match leaves {
        [] => TreeHash::empty(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            let (left, right) = (root_over(left), root_over(right));
            let digest = Sha256::new()
                .chain_update([1])
                .chain_update(left.as_bytes())
                .chain_update(right.as_bytes());
            TreeHash::from_bytes(digest.finalize().into())
        }
    }
}
