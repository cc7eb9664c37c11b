//! Places where a test may end the process, and mistakes that a test may ask for.
//!
//! Without the feature `faults` both do nothing and are compiled away. With it, variables of the
//! environment say what happens:
//!
//! | variable | meaning |
//! | --- | --- |
//! | `RELATUM_FAULT_POINT` | `name:n`: the process aborts at the nth passing of that point |
//! | `RELATUM_FAULT_MARKS` | a file that gets the name of every point passed, a line each |
//! | `RELATUM_FAULT_BUG` | the name of the mistake to make |
//! | `RELATUM_FAULT_REACHED` | a file that gets that name when the mistake is made first |
//! | `RELATUM_FAULT_SCALE` | sizes are divided by it, so that a small log fills many files |
//!
//! Owns the names. Knows nothing of what happens at a point.
//!
//! *Invariant: a build without the feature behaves as if this module were not there.*

use std::time::Duration;

/// Makes an enum of names and the list of them; a new name is a new line.
macro_rules! names {
    ($(#[$about:meta])* $kind:ident, $list:ident: $($name:ident = $text:literal,)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $kind {
            $($name,)*
        }

        // A name may wait for its place in the code.
        const _: &[$kind] = &[$($kind::$name,)*];

        #[cfg(feature = "faults")]
        impl $kind {
            const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        #[cfg(feature = "faults")]
        $(#[$about])*
        pub const $list: &[&str] = &[$($text,)*];
    };
}

names! {
    /// Where the process may be ended.
    Point, POINTS:
    JournalWrite = "journal_write",
    JournalSync = "journal_sync",
    JournalExtend = "journal_extend",
    JournalRoll = "journal_roll",
    ArchiveAppend = "archive_append",
    ArchiveSync = "archive_sync",
    SegmentDelete = "segment_delete",
    SealBefore = "seal_before",
    SealAfter = "seal_after",
    SledSyncBefore = "sled_sync_before",
    SledSyncAfter = "sled_sync_after",
    HeadWrite = "head_write",
    OpenCompare = "open_compare",
    OpenRecover = "open_recover",
    CloseSeal = "close_seal",
    RestoreCopy = "restore_copy",
    RepairWrite = "repair_write",
}

names! {
    /// What may be done wrong on purpose.
    Bug, BUGS:
    AcknowledgeBeforeSync = "acknowledge_before_sync",
    SkipFolderSync = "skip_folder_sync",
    IndexOutsideBatch = "index_outside_batch",
    SealNotAtomic = "seal_not_atomic",
    TwinNotCompared = "twin_not_compared",
    BigNode = "big_node",
    WrongOrderOnReplay = "wrong_order_on_replay",
    DeleteSegmentBeforeSync = "delete_segment_before_sync",
    ChecksumNotChecked = "checksum_not_checked",
    RootNotChecked = "root_not_checked",
    TornTailAccepted = "torn_tail_accepted",
    HeadAheadOfStore = "head_ahead_of_store",
}

const _: fn(Point) = point;
const _: fn(Bug) -> bool = bug;
const _: fn(usize) -> usize = scaled;
const _: fn(Duration) -> Duration = patience;

/// A place where the process may be ended.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) const fn point(_: Point) {}

/// Whether to make this mistake.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) const fn bug(_: Bug) -> bool {
    false
}

/// A size that a test may make smaller.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) const fn scaled(size: usize) -> usize {
    size
}

/// How long to wait for what may hang; a test waits less.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) const fn patience(time: Duration) -> Duration {
    time
}

#[cfg(feature = "faults")]
pub(crate) use asked::{bug, patience, point, scaled};

#[cfg(feature = "faults")]
mod asked {
    //! What the environment asks for.

    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::path::{Path, PathBuf};
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::{Bug, Duration, Point};

    /// The point at which the process ends, and at which passing of it.
    static END: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let asked = std::env::var("RELATUM_FAULT_POINT").ok()?;
        let (name, nth) = asked.split_once(':')?;
        Some((name.to_owned(), nth.parse().ok()?))
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);
    static MARKS: LazyLock<Option<PathBuf>> = LazyLock::new(|| path_in("RELATUM_FAULT_MARKS"));
    static BUG: LazyLock<Option<String>> =
        LazyLock::new(|| std::env::var("RELATUM_FAULT_BUG").ok());
    static SCALE: LazyLock<usize> = LazyLock::new(|| {
        let asked = std::env::var("RELATUM_FAULT_SCALE").ok();
        asked.and_then(|text| text.parse().ok()).map_or(1, |scale: usize| scale.max(1))
    });
    static REACHED: AtomicBool = AtomicBool::new(false);

    fn path_in(variable: &str) -> Option<PathBuf> {
        std::env::var_os(variable).map(PathBuf::from)
    }

    pub(crate) fn point(point: Point) {
        if let Some(path) = &*MARKS {
            append(path, point.name());
        }
        let Some((name, nth)) = &*END else { return };
        if name == point.name() && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *nth {
            std::process::abort();
        }
    }

    pub(crate) fn bug(bug: Bug) -> bool {
        let asked = BUG.as_deref() == Some(bug.name());
        if asked
            && !REACHED.swap(true, Ordering::Relaxed)
            && let Some(path) = path_in("RELATUM_FAULT_REACHED")
        {
            append(&path, bug.name());
        }
        asked
    }

    pub(crate) fn patience(time: Duration) -> Duration {
        time / 6
    }

    pub(crate) fn scaled(size: usize) -> usize {
        (size / *SCALE).max(1)
    }

    fn append(path: &Path, name: &str) {
        let file = OpenOptions::new().create(true).append(true).open(path);
        // Whoever asked for the file finds nothing in it, and says so.
        let _ = file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes()));
    }
}
