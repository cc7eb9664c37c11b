//! Places where a test may end the process.
//!
//! Without the feature `faults` they do nothing and are compiled away. With it, variables of the
//! environment say what happens, the same as in the store below:
//!
//! | variable | meaning |
//! | --- | --- |
//! | `RELATUM_FAULT_POINT` | `name:n`: the process aborts at the nth passing of that point |
//! | `RELATUM_FAULT_MARKS` | a file that gets the name of every point passed, a line each |
//!
//! Owns the names. Knows nothing of what happens at a point.
//!
//! *Invariant: a build without the feature behaves as if this module were not there.*

/// Where the process may be ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Point {
    /// Blocks of a run of new events are being written.
    Checkpoint,
    /// Blocks of a run that was merged of others are being written.
    CacheMerge,
    /// A run is written, and not in its place yet.
    CacheRename,
    /// A merged run is in its place, and its parts are still there.
    CacheDelete,
    /// The live cache is put aside, and the next one is not in its place yet.
    CacheAside,
    /// The next cache is in its place, and the former one is still there.
    CachePromoted,
}

/// The names of the points.
#[cfg(feature = "faults")]
pub const POINTS: &[&str] =
    &["checkpoint", "cache_merge", "cache_rename", "cache_delete", "cache_aside", "cache_promoted"];

/// A place where the process may be ended.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub(crate) const fn point(_: Point) {}

/// A place where the process may be ended.
#[cfg(feature = "faults")]
pub(crate) fn point(point: Point) {
    use std::fs::OpenOptions;
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static END: LazyLock<Option<(String, u64)>> = LazyLock::new(|| {
        let asked = std::env::var("RELATUM_FAULT_POINT").ok()?;
        let (name, nth) = asked.split_once(':')?;
        Some((name.to_owned(), nth.parse().ok()?))
    });
    static PASSED: AtomicU64 = AtomicU64::new(0);
    static MARKS: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os("RELATUM_FAULT_MARKS").map(PathBuf::from));

    let Some(here) = POINTS.get(point as usize) else { return };
    if let Some(path) = &*MARKS {
        let file = OpenOptions::new().create(true).append(true).open(path);
        // Whoever asked for the file finds nothing in it, and says so.
        let _ = file.and_then(|mut file| file.write_all(format!("{here}\n").as_bytes()));
    }
    let Some((name, nth)) = &*END else { return };
    if here == name && PASSED.fetch_add(1, Ordering::Relaxed) + 1 == *nth {
        std::process::abort();
    }
}
