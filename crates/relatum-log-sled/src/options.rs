//! How a store is opened.
//!
//! Owns the choices and their defaults. Knows no file.
//!
//! *Invariant: with the defaults nothing is created and nothing acknowledged is lost.*

use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use relatum_log::{ByteSize, Clock};

/// The choices for [`SledLog::open`](crate::SledLog::open).
pub struct SledOptions {
    pub(crate) create: bool,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) cache: ByteSize,
    pub(crate) remembered_keys: Option<usize>,
}

impl SledOptions {
    /// An existing store, the system's clock, 64 MiB of cache.
    #[must_use]
    pub fn new() -> Self {
        Self {
            create: false,
            clock: Box::new(|| DateTime::<Utc>::from(SystemTime::now())),
            cache: ByteSize::mib(64),
            remembered_keys: None,
        }
    }

    /// Whether to make a store where there is none.
    #[must_use]
    pub const fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Where recorded times come from.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// How much sled keeps in memory; more than 64 MiB is taken as 64 MiB.
    #[must_use]
    pub fn cache(mut self, cache: ByteSize) -> Self {
        self.cache = cache.min(ByteSize::mib(64));
        self
    }

    /// How many idempotency keys the writer keeps in memory; others it reads again when needed.
    ///
    /// Units: keys, and four more for each stream; 4,000,000 unless said otherwise, which is some
    /// hundreds of megabytes when they are used.
    #[must_use]
    pub const fn remembered_keys(mut self, keys: usize) -> Self {
        self.remembered_keys = Some(keys);
        self
    }
}

impl Default for SledOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SledOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { create, cache, remembered_keys, .. } = self;
        f.debug_struct("SledOptions")
            .field("create", create)
            .field("cache", cache)
            .field("remembered_keys", remembered_keys)
            .finish_non_exhaustive()
    }
}
