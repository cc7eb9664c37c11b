//! How the store under test is opened.
//!
//! Owns the variants of options. The one module that changes when the store's options do.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use relatum_log::LogError;
use relatum_log_sled::{Durability, SledLog, SledOptions};

/// The options of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As everybody opens it.
    Default,
    /// With a memory of few keys, so that streams are read again all the time.
    Forgetful,
    /// The journal in a folder of its own.
    Elsewhere,
    /// Nothing old is kept in the journal.
    NoArchive,
    /// Answers before the journal is synced.
    Batched,
    /// No journal.
    SledOnly,
}

impl Variant {
    /// Those with a journal that is synced before the answer stand first.
    pub(crate) const ALL: &[Self] = &[
        Self::Default,
        Self::Default,
        Self::Forgetful,
        Self::Elsewhere,
        Self::NoArchive,
        Self::SledOnly,
        Self::Batched,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Forgetful => "forgetful",
            Self::Elsewhere => "elsewhere",
            Self::NoArchive => "no-archive",
            Self::Batched => "batched",
            Self::SledOnly => "sled-only",
        }
    }

    /// Whether the journal keeps everything that was ever recorded.
    pub(crate) const fn has_twin(self) -> bool {
        !matches!(self, Self::NoArchive | Self::SledOnly)
    }

    /// A point that every commit passes on its way.
    pub(crate) const fn recording_point(self) -> &'static str {
        if matches!(self, Self::SledOnly) { "sled_sync_before" } else { "journal_sync" }
    }

    /// Whether a power cut may take what was acknowledged last.
    pub(crate) const fn is_lossy(self) -> bool {
        matches!(self, Self::Batched)
    }

    /// The options of the store below `root`, which may hold more than the store's folder.
    pub(crate) fn options(self, root: &Path) -> SledOptions {
        let options = SledOptions::new();
        match self {
            Self::Default => options,
            Self::Forgetful => options.remembered_keys(8),
            Self::Elsewhere => options.journal(root.join("disk/journal")),
            Self::NoArchive => options.archive(false),
            Self::Batched => options.durability(Durability::Batched(Duration::from_millis(20))),
            Self::SledOnly => options.durability(Durability::SledOnly),
        }
    }

    /// Opens the store below `root`.
    pub(crate) fn open(self, root: &Path, create: bool) -> Result<SledLog, LogError> {
        SledLog::open(root.join("store"), self.options(root).create(create))
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Variant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|variant| variant.name() == text);
        found.copied().ok_or_else(|| format!("no variant is called {text}"))
    }
}
