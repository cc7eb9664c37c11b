//! The process that makes backups, restores them and repairs stores, and looks at what came of it.
//!
//! Owns what a repair must say. Knows nothing of how a store was damaged.
//!
//! *Invariant: a repair that is called whole gave every event; one that is not says so itself.*

use std::collections::BTreeMap;
use std::path::Path;

use relatum_log::{LogError, Seq, StoredCommit, StreamId};
use relatum_log_sled::{LostEvents, Repaired, SledLog, repair, restore};

use crate::Outcome;
use crate::check::commits_of;
use crate::panics;
use crate::store::Variant;

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mended {
    /// Everything is there.
    Whole,
    /// Something is lost, and it says what, or at least how much.
    Told(String),
    /// Something is lost, and no more than that something was set aside is said.
    Silent(String),
    /// It was refused with an error.
    Refused(String),
    /// It did what it never may.
    Wrong(String),
}

impl Mended {
    /// As the exit code of a process, and the text that it prints.
    pub(crate) fn told(self) -> (u8, String) {
        match self {
            Self::Whole => (0, String::new()),
            Self::Told(text) => (4, text),
            Self::Silent(text) => (5, text),
            Self::Refused(text) => (3, text),
            Self::Wrong(text) => (1, text),
        }
    }

    pub(crate) fn of(code: i32, text: String) -> Self {
        match code {
            0 => Self::Whole,
            4 => Self::Told(text),
            5 => Self::Silent(text),
            3 => Self::Refused(text),
            _ => Self::Wrong(text),
        }
    }
}

/// Does `task` with the store below `root`; `other` is a backup, or the store as it was.
pub(crate) fn run(task: &str, root: &Path, variant: Variant, other: &Path) -> Outcome<Mended> {
    panics::watch();
    let done = match task {
        "backup" => variant.open(root, false).and_then(|log| log.backup(other)).map(|_| None),
        "restore" => restore(other, root.join("store"), variant.options(root)).map(|_| None),
        "repair" => repair(root.join("store"), None).map(Some),
        _ => return Err(format!("mend {task}: say backup, restore or repair").into()),
    };
    let mended = match done {
        Ok(None) => Mended::Whole,
        Ok(Some(repaired)) => match judged(&repaired, root, variant, other) {
            Ok(mended) => mended,
            Err(error) => Mended::Refused(format!("looking at it: {error}")),
        },
        Err(error) => Mended::Refused(format!("{error}: {error:?}")),
    };
    Ok(match panics::ours().as_slice() {
        [] => mended,
        panics => Mended::Wrong(format!("panicked at {}; {mended:?}", panics.join(", "))),
    })
}

/// Compares what a repair left and said with the log as it was.
fn judged(repaired: &Repaired, root: &Path, variant: Variant, other: &Path) -> Outcome<Mended> {
    let before = read(&variant.open(other, false)?)?;
    let log = variant.open(root, false)?;
    let after = read(&log)?;
    if !before.starts_with(&after) {
        return Ok(Mended::Wrong("the repaired log is no beginning of what it was".to_owned()));
    }
    let end = repaired.tree.size();
    if log.frontier_at(Seq(end))? != repaired.tree || events(&after)? != end {
        return Ok(Mended::Wrong(format!("the repair told of {end} events with another root")));
    }
    let (kept, lost) = before.split_at_checked(after.len()).unwrap_or((&before, &[]));
    let lost = ends(lost)?;
    if lost.is_empty() {
        let nothing = repaired.lost.is_empty() && repaired.known.is_none();
        let text = || Mended::Wrong(format!("nothing is lost, but it told of {:?}", repaired.lost));
        return Ok(if nothing { Mended::Whole } else { text() });
    }
    let kept = ends(kept)?;
    for told in &repaired.lost {
        let LostEvents { stream, first, last } = told;
        let begins = kept.get(stream).copied().unwrap_or(0) + 1;
        if first.0 != begins || lost.get(stream).is_none_or(|it| last.0 > *it) {
            return Ok(Mended::Wrong(format!("it told of {told:?}, and {first} is not lost")));
        }
    }
    let (told, all) = (repaired.lost.len(), lost.len());
    let text =
        format!("{told} of {all} streams that lost events, head known: {:?}", repaired.known);
    if repaired.set_aside.is_empty() {
        return Ok(Mended::Wrong(format!("nothing is set aside: {text}")));
    }
    let silent = told == 0 && repaired.known.is_none();
    Ok(if silent { Mended::Silent(text) } else { Mended::Told(text) })
}

fn read(log: &SledLog) -> Outcome<Vec<StoredCommit>> {
    commits_of(log).map_err(|fault| format!("{fault:?}").into())
}

fn events(commits: &[StoredCommit]) -> Result<u64, LogError> {
    let last = commits.last().map(|last| Ok((last.position.seq.0, last.view()?.event_count())));
    last.unwrap_or(Ok((1, 0))).map(|(first, count)| first + count - 1)
}

/// The last version of every stream that is written.
fn ends(commits: &[StoredCommit]) -> Result<BTreeMap<StreamId, u64>, LogError> {
    let mut ends = BTreeMap::new();
    for commit in commits {
        for write in commit.view()?.writes {
            ends.insert(write.stream, write.last().0);
        }
    }
    Ok(ends)
}
