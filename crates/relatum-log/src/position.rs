//! Where an event stands in a log, and how much of a log is meant.
//!
//! Owns [`Seq`], [`Position`] and [`Cut`]. Knows neither streams nor bytes.
//!
//! *Invariant: a cut never holds a partition at seq 0, so that equal cuts are equal values.*

use std::collections::BTreeMap;
use std::fmt;

/// The number of an event in its partition: 1 for the first, without gaps; 0 for none.
///
/// The seq of the last event is the number of events in the partition.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first event.
    pub const NONE: Self = Self(0);
    /// The first event.
    pub const FIRST: Self = Self(1);

    /// The seq `count` events later.
    #[must_use]
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The place of an event in a log, printed `17`, or `3:17` in a partition other than 0.
///
/// Positions of different partitions have no order in time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Position {
    /// The partition; a log that is not sharded has partition 0 only.
    pub partition: u16,
    /// The place there.
    pub seq: Seq,
}

impl Position {
    /// The place `seq` of partition 0.
    #[must_use]
    pub const fn of(seq: u64) -> Self {
        Self { partition: 0, seq: Seq(seq) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.partition {
            0 => fmt::Display::fmt(&self.seq, f),
            partition => write!(f, "{partition}:{}", self.seq),
        }
    }
}

/// A beginning of a log: every event up to one seq per partition.
///
/// # Example
/// ```
/// use relatum_log::{Cut, Position, Seq};
/// let cut = Cut::single(Seq(17));
/// assert!(cut.includes(Position::of(17)) && !cut.includes(Position::of(18)));
/// assert_eq!(cut.to_string(), "17");
/// assert_eq!(Cut::of([(0, Seq(0)), (3, Seq(5))]).to_string(), "3:5");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(from = "BTreeMap<u16, Seq>")]
pub struct Cut(BTreeMap<u16, Seq>);

impl Cut {
    /// Nothing at all.
    #[must_use]
    pub const fn start() -> Self {
        Self(BTreeMap::new())
    }

    /// Up to `seq` of partition 0, the only one of a log that is not sharded.
    #[must_use]
    pub fn single(seq: Seq) -> Self {
        Self::of([(0, seq)])
    }

    /// Up to the given seq of each partition.
    #[must_use]
    pub fn of(seqs: impl IntoIterator<Item = (u16, Seq)>) -> Self {
        Self(seqs.into_iter().filter(|(_, seq)| *seq > Seq::NONE).collect())
    }

    /// The last seq of `partition`, 0 if the cut holds nothing of it.
    #[must_use]
    pub fn seq(&self, partition: u16) -> Seq {
        self.0.get(&partition).copied().unwrap_or(Seq::NONE)
    }

    /// The last position of every partition that the cut holds something of, in their order.
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        self.0.iter().map(|(partition, seq)| Position { partition: *partition, seq: *seq })
    }

    /// Whether the event at `position` belongs to the cut.
    #[must_use]
    pub fn includes(&self, position: Position) -> bool {
        position.seq > Seq::NONE && position.seq <= self.seq(position.partition)
    }

    /// Whether every event of this cut belongs to `other` too.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|(partition, seq)| *seq <= other.seq(*partition))
    }

    /// Extends the cut so that it includes `position`; a position it includes changes nothing.
    pub fn extend_to(&mut self, position: Position) {
        if position.seq > self.seq(position.partition) {
            self.0.insert(position.partition, position.seq);
        }
    }

    /// The number of events in the cut.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.0.values().fold(0, |sum, seq| sum.saturating_add(seq.0))
    }

    /// Whether the cut holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<BTreeMap<u16, Seq>> for Cut {
    fn from(seqs: BTreeMap<u16, Seq>) -> Self {
        Self::of(seqs)
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("0");
        }
        for (at, position) in self.positions().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{position}")?;
        }
        Ok(())
    }
}
