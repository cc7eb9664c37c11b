//! How a run spreads buckets over blocks: a small run has few, so that none is tiny.
//!
//! Pure arithmetic. Blocks of every spread are ranges of buckets in their order; that of a wider
//! spread lie within one of a narrower.

use std::ops::Range;

use bitcode::{Decode, Encode};
use relatum_projections::Bucket;

/// About how many gists a block holds, at least.
const BLOCK: u64 = 1_024;

/// Buckets of accounts are two to the power of this.
const BITS: u8 = 12;

/// The most threads that may ever share a fold are two to the power of this.
const UNIT_BITS: u8 = 6;

/// Blocks of accounts are two to the power of this; one more is for what is no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode)]
pub(crate) struct Spread(u8);

impl Spread {
    /// The spread of a run of so many events.
    pub(crate) fn of(events: u64) -> Self {
        let bits = events.div_euclid(BLOCK).max(1).ilog2();
        Self(u8::try_from(bits).unwrap_or(BITS).min(BITS))
    }

    /// Whether a file may say so.
    pub(crate) const fn is_valid(self) -> bool {
        self.0 <= BITS
    }

    /// How many blocks there may be, the one for what is no account included.
    pub(crate) const fn count(self) -> u16 {
        (1 << self.0) + 1
    }

    /// In which block a bucket is.
    pub(crate) const fn block(self, bucket: Bucket) -> u16 {
        if bucket.0 >= Bucket::COMMON.0 { 1 << self.0 } else { bucket.0 >> (BITS - self.0) }
    }

    /// The blocks of this spread that hold buckets of `block` of another.
    pub(crate) const fn meeting(self, other: Self, block: u16) -> Range<u16> {
        if block >= 1 << other.0 {
            let common = 1 << self.0;
            return common..common + 1;
        }
        if self.0 >= other.0 {
            let more = self.0 - other.0;
            (block << more)..((block + 1) << more)
        } else {
            let at = block >> (other.0 - self.0);
            at..at + 1
        }
    }

    /// The same, or one of fewer and larger blocks: what one thread takes at once.
    pub(crate) fn units(self) -> Self {
        self.min(Self(UNIT_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_events_the_more_blocks() {
        let counts =
            [0, 1, 2_047, 2_048, 200_000, 5_000_000, u64::MAX].map(|it| Spread::of(it).count());
        assert_eq!(counts, [2, 2, 2, 3, 129, 4_097, 4_097]);
    }

    #[test]
    fn every_bucket_is_in_the_blocks_that_meet() {
        let spreads = [0, 3, 6, 9, 12].map(Spread);
        for (one, other) in spreads.iter().flat_map(|one| spreads.map(|other| (*one, other))) {
            for bucket in (0..Bucket::COUNT).map(Bucket) {
                let meeting = one.meeting(other, other.block(bucket));
                assert!(meeting.contains(&one.block(bucket)), "{one:?} {other:?} {bucket:?}");
                assert!(meeting.end <= one.count());
            }
        }
    }
}
